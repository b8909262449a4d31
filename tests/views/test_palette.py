"""Colours that must be distinguished, as eyes with each kind of colour blindness see them."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from numpy.typing import NDArray

from lstmmusic.views.palette import DISTINGUISHED, DIVERGING, NOTE_LINE, PALETTE, VIRIDIS

# What such eyes see, in linear RGB: Machado, Oliveira and Fernandes (2009), "A physiologically-based model for
# simulation of color vision deficiency", table 1, severity 1.
VISIONS = {
    "usual": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
PAPER = {"light": "#ffffff", "dark": "#111111"}  # of JupyterLab's themes
# CIE Lab: a dE of about 2 is just noticeable between large areas; lines need much more.
CLEAR = 25
READABLE = 3.0  # contrast to the paper, as WCAG asks of graphics


def linear(colour: str) -> NDArray[np.float64]:
    channels = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def lab(light: NDArray[np.float64]) -> NDArray[np.float64]:
    """CIE Lab of linear sRGB, for the white D65."""
    to_xyz = [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
    ratios = np.array(to_xyz) @ light / (0.95047, 1.0, 1.08883)
    x, y, z = np.where(ratios > 216 / 24389, np.cbrt(ratios), (24389 / 27 * ratios + 16) / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def difference(one: str, other: str, vision: str) -> float:
    seen = [lab(np.clip(VISIONS[vision] @ linear(colour), 0, 1)) for colour in (one, other)]
    return float(np.linalg.norm(seen[0] - seen[1]))


def test_simulation_is_right_where_it_is_known() -> None:
    assert lab(linear("#ff0000")) == pytest.approx([53.24, 80.09, 67.20], abs=0.02)
    assert difference("#808080", "#808080", "protanopia") == 0
    grey = [VISIONS[vision] @ linear("#808080") for vision in VISIONS]
    np.testing.assert_allclose(grey, np.broadcast_to(linear("#808080"), (4, 3)), rtol=1e-4)  # grey stays grey
    assert difference("#d00000", "#7a6000", "usual") > 3 * difference("#d00000", "#7a6000", "deuteranopia")


@pytest.mark.parametrize("vision", VISIONS)
@pytest.mark.parametrize("theme", PALETTE)
def test_what_shares_a_plot_can_be_distinguished(theme: str, vision: str) -> None:
    colours = PALETTE[theme]
    for group in DISTINGUISHED:
        for one, other in itertools.combinations(group, 2):
            assert difference(colours[one], colours[other], vision) > CLEAR, (one, other)
    for name, colour in colours.items():
        assert difference(colour, PAPER[theme], vision) > CLEAR, name


@pytest.mark.parametrize("theme", PALETTE)
def test_colours_are_readable_on_paper(theme: str) -> None:
    for name, colour in PALETTE[theme].items():
        darker, lighter = sorted(np.array([0.2126, 0.7152, 0.0722]) @ linear(each) for each in (colour, PAPER[theme]))
        assert (lighter + 0.05) / (darker + 0.05) >= READABLE, name


@pytest.mark.parametrize("vision", VISIONS)
def test_notes_are_visible_on_every_probability(vision: str) -> None:
    for colour in VIRIDIS:
        assert max(difference(part, colour, vision) for part in NOTE_LINE) > CLEAR, colour
    assert min(difference("#ff4d6d", colour, "deuteranopia") for colour in VIRIDIS) < CLEAR  # as red lines were not


@pytest.mark.parametrize("vision", VISIONS)
def test_probabilities_become_lighter_in_order(vision: str) -> None:
    lightness = [lab(np.clip(VISIONS[vision] @ linear(colour), 0, 1))[0] for colour in VIRIDIS]
    assert all(lower < higher for lower, higher in itertools.pairwise(lightness))


@pytest.mark.parametrize("vision", VISIONS)
@pytest.mark.parametrize("theme", DIVERGING)
def test_signs_can_be_distinguished_from_each_other_and_from_zero(theme: str, vision: str) -> None:
    for one, other in itertools.combinations((*DIVERGING[theme], PAPER[theme]), 2):
        assert difference(one, other, vision) > CLEAR, (one, other)
