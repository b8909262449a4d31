"""A number with its label: typed exactly into a field, or set with a slider beside it."""

from __future__ import annotations

import math
from typing import Any

import traitlets

from lstmmusic.views.base import View, read_bundle, read_css


class NumberView(View):
    """A field for a number, with a slider unless `slider` is empty.

    The page refuses what is outside `low` to `high`, and says so; a slider covers the part that is usual. Anything that
    Python sets is shown.

    Traits: `value`, an int if `whole`, else a float; `low` and `high`, both included; `slider`, its lowest and highest
    value; `step` of the slider and of the arrow keys; `logarithmic`: `step` is one of the decimal logarithm; `percent`:
    1 is shown as 100; `description`, its label, and `tooltip`; `label_width` in CSS; `continuous_update`: a slider
    sends while it is dragged; `disabled`.
    """

    _esm = read_bundle("number")
    _css = read_css("number")
    value = traitlets.Union([traitlets.Int(), traitlets.Float()], default_value=0).tag(sync=True)
    whole = traitlets.Bool(False).tag(sync=True)
    low = traitlets.Float(0).tag(sync=True)
    high = traitlets.Float(1).tag(sync=True)
    slider = traitlets.List(traitlets.Float(), maxlen=2).tag(sync=True)
    step = traitlets.Float(1).tag(sync=True)
    logarithmic = traitlets.Bool(False).tag(sync=True)
    percent = traitlets.Bool(False).tag(sync=True)
    description = traitlets.Unicode("").tag(sync=True)
    tooltip = traitlets.Unicode("").tag(sync=True)
    label_width = traitlets.Unicode("118px").tag(sync=True)
    continuous_update = traitlets.Bool(False).tag(sync=True)
    disabled = traitlets.Bool(False).tag(sync=True)

    @traitlets.validate("slider")
    def _check_slider(self, proposal: Any) -> list[float]:
        ends: list[float] = proposal["value"]
        if not ends and not self.slider:
            return ends
        least = 0.0 if self.logarithmic else -math.inf
        if len(ends) != 2 or not least < ends[0] < ends[1] < math.inf:
            above = " above 0, as it is logarithmic" if self.logarithmic else ""
            raise traitlets.TraitError(
                f"the slider of {self._named} is {ends}; it must be its lowest and its highest value{above}"
            )
        return ends

    @traitlets.validate("low", "high")
    def _check_bound(self, proposal: Any) -> float:
        bound, is_low = float(proposal["value"]), proposal["trait"].name == "low"
        low, high = (bound, self.high) if is_low else (self.low, bound)
        if not low <= high or (self.logarithmic and low < 0):
            above = ", and not below 0, as the slider is logarithmic" if self.logarithmic else ""
            raise traitlets.TraitError(
                f"{self._named} would be from {low} to {high}; the lower bound must be at most the higher one{above}"
            )
        return bound

    @property
    def _named(self) -> str:
        return self.description or "a number"

    @traitlets.validate("value")
    def _check_value(self, proposal: Any) -> int | float:
        value = proposal["value"]
        if isinstance(value, bool) or not math.isfinite(value):
            raise traitlets.TraitError(f"{self.description} is {value!r}; it must be a number")
        return int(value) if self.whole else float(value)
