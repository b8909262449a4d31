"""Print the constants that the page shares with Python as a JavaScript module, which scripts/bundle saves."""

import json
import sys

from lstmmusic.generation.inspection import REASONS
from lstmmusic.music.pitches import PITCH_CLASSES
from lstmmusic.sound.timeline import SHORTEST_LOOP, STRIKE_GAP, VELOCITY
from lstmmusic.views.drop import MOST_FILES
from lstmmusic.views.palette import DIVERGING, NOTE_LINE, PALETTE, VIRIDIS
from lstmmusic.views.roll.roll import WHOLE

CONSTANTS = {
    "DIVERGING": DIVERGING,
    "MOST_FILES": MOST_FILES,
    "NOTE_LINE": NOTE_LINE,
    "PALETTE": PALETTE,
    "PITCH_CLASSES": PITCH_CLASSES,
    "REASONS": REASONS,
    "SHORTEST_LOOP": SHORTEST_LOOP,
    "STRIKE_GAP": STRIKE_GAP,
    "VELOCITY": VELOCITY,
    "VIRIDIS": VIRIDIS,
    "WHOLE": int(WHOLE),
}


def declare(name: str, value: object) -> str:
    """Return JavaScript that exports a constant."""
    long = isinstance(value, dict) or len(json.dumps(value, ensure_ascii=False)) > 90
    return f"export const {name} = {json.dumps(value, ensure_ascii=False, indent=2 if long else None)};\n"


MODULE = "// Made by scripts/bundle: see scripts/constants.py.\n" + "".join(
    declare(*each) for each in CONSTANTS.items()
)

if __name__ == "__main__":
    sys.stdout.buffer.write(MODULE.encode())
