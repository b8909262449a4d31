"""The numbers of MIDI files that the reader and the writer have in common."""

from __future__ import annotations

HEADER, TRACK = b"MThd", b"MTrk"
META, SYSEX, ESCAPE = 0xFF, 0xF0, 0xF7
NAME, PORT, END, TEMPO, TIME, KEY = 0x03, 0x21, 0x2F, 0x51, 0x58, 0x59  # kinds of meta-events
OFF, ON, CONTROL, PROGRAM, PRESSURE = 0x8, 0x9, 0xB, 0xC, 0xD  # upper half of a status
BANK, PEDAL, ALL_OFF = 0, 64, (120, 123)  # controllers
DRUM_BANK, PITCHED_BANK = 120, 121
