"""The colours of what is drawn, in one place: the page gets them through scripts/constants.py.

They were found by a search for colours that differ, for each kind of colour blindness, by a dE of 25 or more in CIE Lab
within each of `DISTINGUISHED`; see tests/views/test_palette.py. Paper, ink and lines are those of the theme.
"""

from __future__ import annotations

# On light and on dark paper: `brand` for what is new, `warn` for validation and warnings, `second` and `third` for
# what is beside it, `given` for a primer.
PALETTE = {
    "light": {"brand": "#1976d2", "warn": "#e65100", "second": "#0c4025", "third": "#5f1064", "given": "#878787"},
    "dark": {"brand": "#42a5f5", "warn": "#ffa726", "second": "#5dfea6", "third": "#b22286", "given": "#a1a1a1"},
}

# The curves of several runs on one plot, of which each has dashes of its own too; see plots/look.js.
RUNS = {
    "light": ("#1144aa", "#ff4411", "#8800ff", "#3399dd", "#881100", "#aa6677", "#110044", "#330011"),
    "dark": ("#66ffdd", "#ffbb66", "#aabbff", "#eeff00", "#cc0011", "#9900ff", "#336699", "#cc5566"),
}
MOST_RUNS = len(RUNS["light"])
for _theme, _colours in RUNS.items():
    PALETTE[_theme] |= {f"run{number}": colour for number, colour in enumerate(_colours)}

# What is drawn on one plot: the curves of a run; the notes and marks of a piano roll; parts of a layer's bar; the
# curves of several runs.
DISTINGUISHED = (
    ("brand", "warn", "second", "third"),
    ("brand", "given", "warn"),
    tuple(f"run{number}" for number in range(MOST_RUNS)),
)

# Viridis by Smith and van der Walt (CC0): brighter is always likelier, also for colour-blind eyes and in print.
VIRIDIS = ("#440154", "#472d7b", "#3b528b", "#2c728e", "#21918c", "#28ae80", "#5ec962", "#addc30", "#fde725")
# The ends of signed numbers, below zero and above it, on light and on dark paper, which is zero itself.
DIVERGING = {"light": ("#7b2d8e", "#1b7a3d"), "dark": ("#d48be6", "#74dd92")}
# The notes of a tune on its probabilities: a line with edges, of which one differs from each colour.
NOTE_LINE = ("#ffffff", "#000000")
