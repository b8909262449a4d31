// The events of the document by which a player, pictures that follow it and a piano communicate.

/** Sent by a player at each change, and ten times a second while it plays. */
export const PLAYHEAD = "lstmmusic-playhead";
/** A picture requests a place, a loop, or the action of a key; with none of them, only a playhead. */
export const REQUEST = "lstmmusic-request";
/** A key of a piano goes down or up. */
export const KEY = "lstmmusic-key";

/**
 * Detail of each event. `rate` is how many seconds of the tune pass per second from now on; 0 if it does not move.
 * @typedef {{
 *   id: string, tune: number, name: string, seconds: number, playing: boolean, rate: number, loop: number[],
 * }} Playhead
 */
/** @typedef {{ id: string, tune: number, seek?: number, loop?: [number, number], key?: string }} Request */
/** @typedef {{ id: string, pitch: number, velocity: number, down: boolean }} Key */
