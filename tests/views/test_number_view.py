"""The number view without a page: what it accepts, and as which type."""

from __future__ import annotations

import pytest
import traitlets
from traitlets import TraitError

from lstmmusic.views import NumberView

pytestmark = pytest.mark.usefixtures("closed_views")


@pytest.mark.parametrize(("whole", "value", "kept"), [(True, 3.0, 3), (False, 3, 3.0), (False, 1e-7, 1e-7)])
def test_value_has_the_type_of_the_number(whole: bool, value: float, kept: float) -> None:
    view = NumberView(whole=whole, low=0, high=10)
    view.value = value
    assert (view.value, type(view.value)) == (kept, type(kept))
    view.value = 70  # which Python may set beyond the bounds of the page
    assert view.value == 70


@pytest.mark.parametrize("value", ["1", None, True, float("nan"), float("inf")])
def test_what_is_no_number_is_refused(value: object) -> None:
    view = NumberView(description="Rate", value=0.5)
    with pytest.raises(TraitError, match=r"it must be a number|expected an int or a float"):
        view.value = value
    assert view.value == 0.5


@pytest.mark.parametrize(
    ("trait", "value", "words"),
    [
        ("slider", [], "the slider of Rate is \\[\\]; it must be its lowest and its highest value above 0"),
        ("slider", [1.0], "lowest and its highest value"),
        ("slider", [0.0, 1.0], "above 0, as it is logarithmic"),
        ("slider", [1.0, 0.1], "lowest and its highest value"),
        ("slider", [0.1, float("inf")], "lowest and its highest value"),
        ("low", -1, "Rate would be from -1.0 to 1.0; the lower bound .* not below 0, as the slider is logarithmic"),
        ("low", 2, "Rate would be from 2.0 to 1.0; the lower bound must be at most the higher one"),
        ("high", float("nan"), "the lower bound must be at most the higher one"),
    ],
)
def test_bounds_that_no_page_can_show_are_refused(trait: str, value: object, words: str) -> None:
    view = NumberView(description="Rate", low=0.01, high=1, slider=[0.1, 1.0], logarithmic=True, value=0.5)
    before = getattr(view, trait)
    with pytest.raises(traitlets.TraitError, match=words):
        setattr(view, trait, value)
    assert getattr(view, trait) == before
    plain = NumberView(low=0, high=1)
    plain.low, plain.slider = -1, []
    assert (plain.low, plain.slider) == (-1, [])
