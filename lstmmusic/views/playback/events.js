// The events of the document by which a player, pictures that follow it and a piano speak to each other.

export const PLAYHEAD = "lstmmusic-playhead"; // a player sends it at each change, and ten times a second while it plays
export const WISH = "lstmmusic-wish"; // a picture asks a player for a place, a loop, or what a key means
export const KEY = "lstmmusic-key"; // a key of a piano goes down or up
