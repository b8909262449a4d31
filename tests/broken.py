"""Files as users download them: damaged, odd, or not music at all; how each is made, and its verdict.

`python -m tests.broken` writes them into `tests/data/broken`.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent / "data" / "broken"


def track(*messages: bytes, name: bytes = b"MTrk", size: int | None = None) -> bytes:
    """Make a track; each message starts with its own time."""
    body = b"".join(messages)
    return name + struct.pack(">L", len(body) if size is None else size) + body


def file(*tracks: bytes, resolution: int = 96, header: bytes = b"", count: int | None = None) -> bytes:
    """Make a MIDI file."""
    number = len(tracks) if count is None else count
    return struct.pack(">4sLhHh", b"MThd", 6 + len(header), 1, number, resolution) + header + b"".join(tracks)


NOTE = b"\x00\x90\x3c\x50"  # C4 now
END = b"\x60\x80\x3c\x00"  # off 96 ticks later: half a second
SOUND = NOTE + END
STOP = b"\x00\xff\x2f\x00"  # end of track

_PART = "damaged: what could be read is used"
_NONE = "has no notes in its readable part"
_UNREAD = "is not a readable MIDI file"


class Broken(NamedTuple):
    """A file, whether its notes are used, and the reason in its verdict, which follows its name if they are not."""

    content: bytes
    used: bool
    reason: str


BROKEN = {
    # used completely
    "no end of track.mid": Broken(file(track(SOUND)), True, "2 steps, 1 note"),
    "running status.mid": Broken(
        file(track(NOTE, b"\x60\x3c\x00", b"\x00\x3e\x50\x60\x3e\x00")), True, "3 steps, 2 notes"
    ),
    "running status over sysex.mid": Broken(
        file(track(NOTE, b"\x30\xf0\x01\xf7\x30\x3c\x00")), True, "2 steps, 1 note"
    ),
    "wrapped.rmi": Broken(b"RIFF\x30\0\0\0RMIDdata\x28\0\0\0" + file(track(SOUND, STOP)), True, "2 steps, 1 note"),
    "chunk of another kind.mid": Broken(
        file(track(b"abc", name=b"XFIH"), track(SOUND), count=1), True, "2 steps, 1 note"
    ),
    "impossible key.mid": Broken(file(track(b"\x00\xff\x59\x02\x0b\x05", SOUND)), True, "2 steps, 1 note"),
    "metre of nothing.mid": Broken(file(track(b"\x00\xff\x58\x04\0\0\0\0", SOUND)), True, "2 steps, 1 note"),
    "film frames.mid": Broken(file(track(SOUND), resolution=(-25 << 8) + 40), True, "1 step, 1 note"),
    "markup in the title.mid": Broken(
        file(track(b"\x00\xff\x03\x1c<img src=x onerror=alert(1)>", SOUND)), True, "2 steps, 1 note"
    ),
    "note without end.mid": Broken(file(track(NOTE, STOP)), True, "1 step, 1 note"),
    "end after days.mid": Broken(file(track(SOUND, b"\xff\xff\xff\x7f\xff\x2f\0")), True, "55 steps, 1 note"),
    # used as far as they are readable
    "cut off.mid": Broken(file(track(SOUND, NOTE, END))[:-3], True, f"{_PART}; 3 steps, 2 notes"),
    "fewer tracks than it says.mid": Broken(file(track(SOUND), count=3), True, f"{_PART}; 2 steps, 1 note"),
    "track longer than the file.mid": Broken(file(track(SOUND, size=2**31)), True, f"{_PART}; 2 steps, 1 note"),
    "title longer than the track.mid": Broken(
        file(track(SOUND, b"\x00\xff\x03\x8f\xff\xff\x7fa"), track(SOUND)), True, f"{_PART}; 2 steps, 1 note"
    ),
    "unknown status.mid": Broken(file(track(SOUND, b"\x00\xf4", SOUND)), True, f"{_PART}; 3 steps, 2 notes"),
    "status in a note.mid": Broken(
        file(track(SOUND, b"\x00\x90\x90\x50")), True, f"{_PART}; 2 steps, 2 notes; 1 outside the pitches"
    ),
    "endless number.mid": Broken(file(track(SOUND, b"\xff" * 40)), True, f"{_PART}; 2 steps, 1 note"),
    "tempo of nothing.mid": Broken(file(track(b"\x00\xff\x51\x03\0\0\0", SOUND)), True, f"{_PART}; 2 steps, 1 note"),
    # left out
    "empty.mid": Broken(b"", False, f"{_UNREAD} (it does not start like a MIDI file)"),
    "page.mid": Broken(b"<!DOCTYPE html><title>404</title>", False, f"{_UNREAD} (it does not start like a MIDI file)"),
    "header alone.mid": Broken(file(count=1), False, f"{_UNREAD} (it has no track)"),
    "header that is too long.mid": Broken(file(track(SOUND), header=b"a")[:14], False, f"{_UNREAD} (it has no track)"),
    "no ticks in a beat.mid": Broken(file(track(SOUND), resolution=0), False, f"{_UNREAD} (it has no ticks in a beat)"),
    "film frames of nothing.mid": Broken(
        file(track(SOUND), resolution=-25 << 8), False, f"{_UNREAD} (it has no ticks in a beat)"
    ),
    "pause of days.mid": Broken(
        file(track(NOTE, b"\xff\xff\xff\x7f\x80\x3c\x00")),
        False,
        "would have 4,660,338 steps, more than 500,000: "
        "it has a very long pause, or the step of 0.3 seconds is too short",
    ),
    "drums.mid": Broken(file(track(b"\x00\x99\x24\x50\x10\x89\x24\x00")), False, "has only drums"),
    "pedal.mid": Broken(file(track(b"\x00\xb0\x40\x7f")), False, "has no notes"),
    "notes that nobody hears.mid": Broken(
        file(track(b"\x00\x90\x0c\x50\x60\x0c\x00")), False, "has no note from pitch 21 to 108; widen the range"
    ),
    "no status.mid": Broken(file(track(b"\x00\x3c\x50", END)), False, _NONE),
    "noise.mid": Broken(file(track(bytes(range(255, 0, -7)))), False, _NONE),
    "other.txt": Broken(b"no music", False, "is not a music file by its name"),
}

if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, broken in BROKEN.items():
        (FOLDER / name).write_bytes(broken.content)
