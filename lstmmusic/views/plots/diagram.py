"""The diagram of a network: its layers and their connections, as thick and as dark as they are strong and active."""

from __future__ import annotations

from collections.abc import Callable

import traitlets

from lstmmusic.views.base import View, read_bundle, read_css


class DiagramView(View):
    """The input, the layers and the output of a network, from the bottom to the top; each layer can be clicked.

    Traits: `pitches`, `units` of each layer, and `skip`, whether the input reaches all layers, and all the output.
    `connections`, each from where ("input", "layer 1" and so on), to where ("output" is the last) and how strong, or
    none where that is not known; `activity` of each layer, 0 to 1, likewise.

    Parameters
    ----------
    choose : callable, optional
        Gets the number of a layer that is clicked, from 0.
    """

    _esm = read_bundle("diagram")
    _css = read_css("plots/diagram")
    pitches = traitlets.Int(88).tag(sync=True)
    units = traitlets.List(traitlets.Int(), default_value=[1, 1, 1]).tag(sync=True)
    skip = traitlets.Bool(True).tag(sync=True)
    connections = traitlets.List(traitlets.Tuple(traitlets.Unicode(), traitlets.Unicode(), traitlets.Float())).tag(
        sync=True
    )
    activity = traitlets.List(traitlets.Float()).tag(sync=True)

    def __init__(self, choose: Callable[[int], None] | None = None, **traits: object) -> None:
        super().__init__(**traits)
        self._choose = choose
        self.on_msg(self._on_message)

    def _on_message(self, _: object, content: object, __: object) -> None:
        layer = content.get("layer") if isinstance(content, dict) and content.get("kind") == "layer" else None
        if self._choose and type(layer) is int and 0 <= layer < len(self.units):
            self._choose(layer)
