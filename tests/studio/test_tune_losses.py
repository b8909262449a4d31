"""The loss of each tune stands in the table of the Music place, the highest first."""

from __future__ import annotations

import pytest

from lstmmusic.studio import Studio
from lstmmusic.studio.music import tune_losses as module
from lstmmusic.training.evaluation import evaluate
from tests.studios import load_folder, message, pause_run, settle, start_run, until, write_music
from tests.wires import receive


def measure(studio: Studio) -> None:
    studio.music.losses.button.click()
    assert studio.music.losses.busy
    until(lambda: not studio.music.losses.busy, studio)


def test_tunes_are_listed_by_their_loss_and_one_can_be_left_out(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "STEPS", 50)  # so that it takes several turns
    start_run(studio)
    pause_run(studio)
    settle(studio)
    measure(studio)
    table, verdicts = studio.music.tunes, studio.music.corpus.verdicts
    assert table.columns[:2] == ("Loss (nats)", "Length")
    assert (table.sorted_by, table.descending) == (1, True)
    network = studio.session.trainer.newest_snapshot().network()
    held_out = studio.music.split()[1].tunes
    losses = []
    for row in table.rows_shown[:4]:
        tune = verdicts[row["index"]].tune
        losses.append(evaluate(network, [tune]).per_step)
        assert row["cells"][0] == f"{losses[-1]:.2f}"
        assert row["reason"].endswith("; held out") == (tune in held_out)
    assert losses == pytest.approx(sorted(losses, reverse=True), rel=1e-4)
    assert table.rows_shown[4]["cells"] == []  # of a file that cannot be read
    assert message(studio).startswith("The loss of each tune for update ")
    worst = table.rows_shown[0]["index"]
    receive(table, {"kind": "tick", "index": worst, "ticked": False})
    assert verdicts[worst].tune not in studio.music.corpus.tunes
    assert table.rows_shown[0]["cells"][0] == f"{losses[0]:.2f}"
    assert not table.rows_shown[0]["used"]

    load_folder(studio, write_music(studio.folder / "other"))
    assert table.columns[0] == "Length"
    assert len(table.rows_shown[0]["cells"]) == 5


def test_tunes_on_another_grid_than_the_network_are_refused(studio: Studio) -> None:
    studio.music.grid.step.value = 0.2
    studio.music.load_button.click()
    until(lambda: studio.music.corpus.config.step == 0.2, studio)
    studio.music.losses.button.click()
    until(lambda: not studio.music.losses.busy, studio)
    assert "has another grid" in message(studio)
    assert studio.music.losses.button.description == module.LABEL
