"""A curve shows how much of what the run generates occurs in its training music."""

from __future__ import annotations

import re

import numpy as np

from lstmmusic.analysis.copy_index import CopyIndex
from lstmmusic.music.roll import Tune
from lstmmusic.studio import Studio
from lstmmusic.studio.training.by_heart import HEIGHT, UPDATES, Course, draw, measure_share
from lstmmusic.training.weights import spread
from tests.studios import finish_run, message, until, words


def read_shares(studio: Studio) -> list[tuple[int, float]]:
    found = re.search(r'aria-label="([^"]*)"', studio.training.by_heart.box.value)[1]
    return [
        (int(update.replace(",", "")), int(share)) for update, share in re.findall(r"update ([\d,]+): (\d+)%", found)
    ]


def test_the_share_of_copied_steps_is_shown_along_the_run(studio: Studio) -> None:
    by_heart = studio.training.by_heart
    by_heart.button.value = True
    assert (by_heart.button.value, message(studio)) == (False, "there is no run yet; press Start")
    finish_run(studio)
    by_heart.button.value = True
    until(lambda: by_heart.box.value and not by_heart.busy, studio)
    trainer = studio.session.trainer
    best = trainer.best_snapshot()
    snapshots = spread([*(each for each in trainer.weight_snapshots if each.update < best.update), best], UPDATES)
    index = CopyIndex(trainer.training.tunes)
    expected = [(each.update, measure_share(each, trainer.validation.tunes, index)) for each in snapshots]
    assert read_shares(studio) == [(update, round(100 * share)) for update, share in expected]
    assert re.match(r"Generated steps that occur in the training music: \d+% at update", words(by_heart.box))
    assert "Dashed: of held-out tunes, 100%" in words(by_heart.box)
    by_heart.button.value = False
    assert (by_heart.box.value, by_heart.box.layout.display) == ("", "none")


def test_the_axis_fits_the_curve(studio: Studio) -> None:
    finish_run(studio)
    trainer = studio.session.trainer
    for shares, top in (((0.0, 0.04), "10%"), ((0.0, 0.31), "50%"), ((0.6, 1.0), "100%")):
        drawn = draw(Course(trainer, (), None, None, tuple(zip((0, 40), shares, strict=True))))
        assert f">{top}</text>" in drawn
        assert ">40 updates</text>" in drawn
        assert f'cy="{HEIGHT * (1 - shares[1] / (float(top[:-1]) / 100)):.1f}"' in drawn
    drawn = draw(Course(trainer, (trainer.best_snapshot(),), None, None, ((0, 0.0),)))
    assert "Measuring 1 more …" in drawn
    silent = CopyIndex([Tune(np.zeros((60, 88)), "silence", trainer.training.config)])
    assert measure_share(trainer.best_snapshot(), trainer.validation.tunes, silent) == 0
