"""The number view without a page: what it accepts, and as which type."""

from __future__ import annotations

import pytest
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
