"""Sound from tunes: players, WAV files and SoundFonts."""
