"""The colours of what is drawn, in one place: the page gets them through scripts/constants.py.

They were found by a search for colours that differ, for each kind of colour blindness, by a dE of 25 or more in CIE Lab
within each of `DISTINGUISHED`; see tests/views/test_palette.py. Paper, ink and lines are those of the theme.
"""

from __future__ import annotations

# On light and on dark paper: `brand` for what is new, `warn` for validation and warnings, `second` and `third` for
# another run, `given` for a primer.
PALETTE = {
    "light": {"brand": "#1976d2", "warn": "#e65100", "second": "#0c4025", "third": "#5f1064", "given": "#878787"},
    "dark": {"brand": "#42a5f5", "warn": "#ffa726", "second": "#5dfea6", "third": "#b22286", "given": "#a1a1a1"},
}

# What is drawn on one plot: the curves of one run or two; the notes and marks of a piano roll; parts of a layer's bar.
DISTINGUISHED = (
    ("brand", "warn", "second", "third"),
    ("brand", "given", "warn"),
)

# Viridis by Smith and van der Walt (CC0): brighter is always likelier, also for colour-blind eyes and in print.
VIRIDIS = ("#440154", "#472d7b", "#3b528b", "#2c728e", "#21918c", "#28ae80", "#5ec962", "#addc30", "#fde725")
# The ends of signed numbers, below zero and above it, on light and on dark paper, which is zero itself.
DIVERGING = {"light": ("#7b2d8e", "#1b7a3d"), "dark": ("#d48be6", "#74dd92")}
# The notes of a tune on its probabilities: a line with edges, of which one differs from each colour.
NOTE_LINE = ("#ffffff", "#000000")
