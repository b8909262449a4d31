"""The diagram of the network: its lines and layers show what was measured, and a click leads to the units."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from lstmmusic.analysis.units import read_units
from lstmmusic.analysis.weights import connection_strengths
from lstmmusic.studio import Studio
from lstmmusic.studio.network.diagram import measure
from tests.studios import start_run, stop_run, until
from tests.wires import receive

NETWORK, LISTENING = 1, 3


def test_diagram_shows_what_is_measured_while_it_is_in_view(studio: Studio) -> None:
    view = studio.network.diagram.view
    assert (view.connections, view.activity) == ([], [])
    assert (view.units, view.pitches) == (list(studio.network.config(88).hidden), 88)
    start_run(studio, updates=3)
    stop_run(studio)
    assert view.connections == []
    studio.places.selected_index = NETWORK
    until(lambda: view.connections, studio)
    trainer, excerpt = studio.session.trainer, studio.session.snapshot.excerpt
    assert view.connections == [tuple(each) for each in connection_strengths(trainer.network)]
    active = [np.abs(layer.h).mean() for layer in read_units(trainer.network, excerpt)]
    assert view.activity == pytest.approx(active)


@pytest.mark.parametrize("content", [{"kind": "layer", "layer": 3}, {"kind": "layer", "layer": True}, {"layer": 1}, 7])
def test_only_a_layer_leads_to_its_units(studio: Studio, content: object) -> None:
    receive(studio.network.diagram.view, content)
    assert studio.places.get_title(studio.places.selected_index) != "Inside"
    receive(studio.network.diagram.view, {"kind": "layer", "layer": 1})
    assert studio.places.get_title(studio.places.selected_index) == "Inside"
    assert studio.inside.layer.value == 1


@pytest.mark.parametrize("weight", [float("nan"), 1e20])
def test_page_gets_no_numbers_that_are_not_finite(studio: Studio, weight: float) -> None:
    start_run(studio)
    stop_run(studio)
    trainer = studio.session.trainer
    with torch.no_grad():
        trainer.network.lstms[1].input_weights.fill_(weight)
    assert measure(trainer, studio.session.snapshot.excerpt) == (trainer, (), [])
