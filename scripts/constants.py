"""Print the constants that the page shares with Python as a JavaScript module, which scripts/bundle saves."""

import json
import sys

from lstmmusic.generation.inspection import REASONS
from lstmmusic.music.pitches import PITCH_CLASSES
from lstmmusic.sound.timeline import SHORTEST_LOOP, STRIKE_GAP, VELOCITY
from lstmmusic.views.drop import MOST_FILES
from lstmmusic.views.roll.roll import WHOLE

CONSTANTS = {
    "MOST_FILES": MOST_FILES,
    "PITCH_CLASSES": PITCH_CLASSES,
    "REASONS": REASONS,
    "SHORTEST_LOOP": SHORTEST_LOOP,
    "STRIKE_GAP": STRIKE_GAP,
    "VELOCITY": VELOCITY,
    "WHOLE": int(WHOLE),
}
MODULE = "// Made by scripts/bundle: see scripts/constants.py.\n" + "".join(
    f"export const {name} = {json.dumps(value, ensure_ascii=False, indent=2 if isinstance(value, dict) else None)};\n"
    for name, value in CONSTANTS.items()
)

if __name__ == "__main__":
    sys.stdout.buffer.write(MODULE.encode())
