"""Synthetic SoundFonts for tests, valid and invalid ones."""

from __future__ import annotations

import struct
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

INSTRUMENT, KEYS, SAMPLE = 41, 43, 53
ROM = 0x8000

# Samples, start and end of the loop in them, samples per second, root key, correction in cents.
Sound = tuple[NDArray, int, int, int, int, int]


def make_tone(presets: Sequence[tuple[str, int, int]]) -> bytes:
    """Make an SF2 file whose instrument sounds at 441 Hz for key 69, on the keys 60 to 80."""
    tone = (12000 * np.sin(2 * np.pi * np.arange(44_100) / 100)).astype("<i2")
    zones = [{KEYS: 60 | 80 << 8, 54: 1, 58: 69, 53: 0}]
    return make_font([(tone, 0, 44_100, 44_100, 69, 0)], zones, presets=presets)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return kind + struct.pack("<I", len(content)) + content + bytes(len(content) % 2)


def _bags(zones: Sequence[dict[int, int]]) -> tuple[bytes, bytes]:
    """Return the position of each zone, and the generators of all."""
    starts = [sum(map(len, zones[:number])) for number in range(len(zones) + 1)]
    pairs = [pair for zone in zones for pair in zone.items()]
    return (
        b"".join(struct.pack("<HH", start, 0) for start in starts),
        b"".join(struct.pack("<Hh", *pair) for pair in [*pairs, (0, 0)]),
    )


def make_font(
    samples: Sequence[Sound],
    zones: Sequence[dict[int, int]],
    *,
    preset: dict[int, int] | None = None,
    presets: Sequence[tuple[str, int, int]] = (("test", 0, 0),),
    instrument: int = 0,
    kind: int = 1,
    length: int | None = None,
    copies: int = 1,
) -> bytes:
    """Make an SF2 file with one instrument, which all of its presets use.

    `zones` and `preset` have generators by number; each of `presets` has a name, a program and a bank; `length` is the
    declared length of each sample, and `copies` the number of times that each is listed.
    """
    headers, start = [], 0
    for sound, loop_start, loop_end, rate, key, correction in samples:
        end = start + (len(sound) if length is None else length)
        loop = (start + loop_start, start + loop_end)
        headers += [struct.pack("<20sIIIIIBbHH", b"sound", start, end, *loop, rate, key, correction, 0, kind)] * copies
        start += len(sound)
    preset_bags, preset_generators = _bags([(preset or {}) | {INSTRUMENT: instrument}] * len(presets))
    bags, generators = _bags(zones)
    tables = {
        b"phdr": b"".join(
            struct.pack("<20sHHHIII", name.encode(), program, bank, number, 0, 0, 0)
            for number, (name, program, bank) in enumerate([*presets, ("", 0, 0)])
        ),
        b"pbag": preset_bags,
        b"pmod": bytes(10),
        b"pgen": preset_generators,
        b"inst": struct.pack("<20sH", b"test", 0) + struct.pack("<20sH", b"", len(zones)),
        b"ibag": bags,
        b"imod": bytes(10),
        b"igen": generators,
        b"shdr": b"".join(headers) + bytes(46),
    }
    data = b"".join(sound.astype("<i2").tobytes() for sound, *_ in samples)
    about = _chunk(b"ifil", struct.pack("<HH", 2, 4)) + _chunk(b"isng", b"EMU8000\0") + _chunk(b"INAM", b"test\0\0")
    lists = _chunk(b"LIST", b"INFO" + about)
    lists += _chunk(b"LIST", b"sdta" + _chunk(b"smpl", data))
    lists += _chunk(b"LIST", b"pdta" + b"".join(_chunk(name, table) for name, table in tables.items()))
    return _chunk(b"RIFF", b"sfbk" + lists)
