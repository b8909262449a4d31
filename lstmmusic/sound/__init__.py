"""Tunes to sound: players, WAV files and SoundFonts."""
