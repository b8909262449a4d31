"""The studio with a corpus that is larger than memory may hold: what is tested of one in memory, and more."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import lstmmusic as lm
from lstmmusic.music import loading
from lstmmusic.music.stored import StoredTunes
from lstmmusic.runs.as_command import as_command
from lstmmusic.studio import Studio
from lstmmusic.studio.music.choice import FOLDER
from tests.conftest import SMALL, make_scales
from tests.studio.test_music import (  # noqa: F401 - again, with a stored corpus
    test_columns_say_what_is_in_a_file,
    test_one_tune_stays_ticked,
    test_primer_stays_when_another_tune_is_left_out,
    test_tune_that_is_not_ticked_is_left_out_and_undo_uses_it_again,
)
from tests.studio.test_studio import test_loaded_run_resumes_with_the_same_losses  # noqa: F401
from tests.studio.test_tune_losses import (  # noqa: F401
    test_tunes_are_listed_by_their_loss_and_one_can_be_left_out,
)
from tests.studios import Recorder, is_saved, load_music, message, settle, start_run, stop_run, until
from tests.wires import receive


@pytest.fixture
def player(player: Recorder, monkeypatch: pytest.MonkeyPatch) -> Recorder:
    """Every folder is past the size, before the studio is opened."""
    monkeypatch.setattr(loading, "STORED_BYTES", 0)
    return player


def test_table_of_a_stored_corpus_sorts_and_finds(studio: Studio) -> None:
    table = studio.music.tunes
    assert isinstance(studio.music.corpus.tunes, StoredTunes)
    receive(table, {"kind": "sort", "column": 1})
    lengths = [row["cells"][0] for row in table.rows_shown if row["cells"]]
    assert lengths == sorted(lengths)
    receive(table, {"kind": "page", "first": 0, "find": "TUNE 2", "only_left_out": False})
    assert [row["name"] for row in table.rows_shown] == ["tune 2.mid"]
    assert (table.matching, table.matching_used) == (1, 1)
    assert len(table.thumbnails) > 0


def test_file_of_a_corpus_is_opened_by_its_path(studio: Studio, tmp_path: Path) -> None:
    path = tmp_path / "mine.corpus"
    music = tmp_path / "to store"
    for number, tune in enumerate(make_scales(5, 40).tunes):
        lm.write_midi(tune, music / f"scale {number}.mid")
    lm.store_corpus(lm.load_folder(music, SMALL, quiet=True), path, quiet=True)
    for file in music.iterdir():
        file.unlink()  # the corpus is all that is needed
    place = studio.music
    place.choice.menu.value, place.choice.folder.value = FOLDER, str(path)
    load_music(studio)
    assert place.corpus.source == lm.Source("stored", str(path))
    assert place.config() == SMALL  # the corpus has a grid of its own
    assert "has a grid of its own" in message(studio)
    place.pedal.value = True
    load_music(studio)
    assert (place.corpus.source, place.pedal.value) == (lm.Source("stored", str(path)), False)
    place.parts.left_out = frozenset({"Acoustic Grand Piano"})
    place.parts.apply_button.disabled = False
    place.parts.apply_button.click()
    assert "load its folder to choose others" in message(studio)
    settle(studio)
    until(lambda: place.pair.quantised.title.endswith("scale 0"), studio)
    start_run(studio)
    stop_run(studio)
    until(lambda: is_saved(studio), studio)
    runs, _ = lm.find_runs(studio.session.folder)
    (run,) = runs
    code = lm.as_code(run)
    assert f"music = lm.open_corpus({str(path)!r})" in code
    assert str(path) in as_command(run)


def test_primers_are_a_sample_of_a_large_stored_corpus(studio: Studio, tmp_path: Path) -> None:
    path, tune = tmp_path / "many.corpus", make_scales(1, 1000).tunes[0]
    tunes = [lm.Tune.from_packed(tune.packed, f"tune {number}", SMALL) for number in range(400)]
    verdicts = [lm.Verdict(Path(f"{each.name}.mid"), True, "", f"{each.name}.mid", tune=each) for each in tunes]
    lm.store_corpus(lm.Corpus("many", SMALL, tunes, verdicts), path, quiet=True)
    studio.music.choice.menu.value, studio.music.choice.folder.value = FOLDER, str(path)
    load_music(studio)
    assert studio.music.tunes.total == 400
    offered = [label for label, _ in studio.listening.primer.menu.options]
    assert 150 < len(offered) < 250
    held_out = {each.name for each in studio.music.split()[1].tunes}
    marked = [label.removesuffix(" (held out)") for label in offered if label.endswith(" (held out)")]
    assert marked
    assert set(marked) == held_out & {label.removesuffix(" (held out)") for label in offered}
    assert np.mean([name in held_out for name in marked]) == 1
