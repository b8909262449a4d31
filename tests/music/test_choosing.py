"""What the user leaves out of a corpus, and copies, which stay together."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lstmmusic.config import RollConfig
from lstmmusic.errors import ConfigError, CorpusError, MidiError
from lstmmusic.music.corpus import Corpus, describe_loaded, list_parts
from lstmmusic.music.formats.midi_writer import write_score
from lstmmusic.music.loading import load_builtin, load_chorales, load_folder, load_pieces, read_original
from lstmmusic.music.note_table import count_lost_notes
from lstmmusic.music.roll import find_notes
from lstmmusic.music.score import Notes, Part, Score
from lstmmusic.music.source import Source
from lstmmusic.music.verdicts import Verdict
from tests.conftest import make_scales

HALVES = RollConfig(0.5, "beats")
VIOLIN, CELLO, KIT = Part(0, 0, 40, "Melody"), Part(1, 1, 42, "Bass"), Part(2, 9, 0, "Kit", drums=True)


def make_score(pitches: Sequence[int], parts: Sequence[int] = (0,), resolution: int = 480) -> Score:
    """Make a score of notes of a beat, for each part in turn."""
    starts = np.arange(len(pitches)) * resolution
    ticks = np.stack((starts, starts + resolution), axis=1)
    notes = Notes.of(ticks, pitches, parts=np.resize(parts, len(pitches)))
    return Score("made", resolution, notes, (VIOLIN, CELLO), time_signatures=np.array([[0, 3, 4]]))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three tunes, one with a cello and drums; a copy; a transposed copy; a page."""
    drums = Notes.of([[0, 100], [480, 500]], [36, 38], parts=[2, 2])
    several = replace(make_score([60, 48, 62, 50], (0, 1)), parts=(VIOLIN, CELLO, KIT), drums=drums)
    scores = {
        "a": make_score([60, 62, 64, 65]),
        "below/b": several,
        "c": make_score([60, 59, 57, 55, 60]),
        "d": make_score([60, 62, 64, 65], resolution=120),
        "e": make_score([57, 59, 61, 62]),
    }
    for name, score in scores.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        write_score(score, tmp_path / f"{name}.mid")
    (tmp_path / "page.mid").write_text("<html>404</html>")
    return tmp_path


def verdict_of(corpus: Corpus, name: str) -> Verdict:
    return next(verdict for verdict in corpus.verdicts if verdict.name == name)


def test_choosing_is_undone_and_reads_nothing(folder: Path) -> None:
    whole = load_folder(folder, HALVES, quiet=True)
    for path in folder.rglob("*.mid"):
        path.unlink()
    fewer = whole.choose({"below/b.mid", "c.mid"})
    assert [tune.name for tune in fewer.tunes] == ["a", "d", "e"]
    assert [path.stem for path in fewer.paths] == ["a", "d", "e"]
    assert verdict_of(fewer, "c.mid").reason == "left out; 10 steps, 5 notes"
    assert fewer.source == Source("folder", str(folder), left_out=("below/b.mid", "c.mid"))
    assert len(fewer.notes.lengths) == 3
    lost = count_lost_notes(fewer.notes, RollConfig(lowest=60))
    assert (lost.notes, lost.outside) == (12, 2)
    assert fewer.choose(()) == whole
    assert fewer.choose(()).tunes[1] is whole.tunes[1]
    assert fewer.choose(["a.mid"]).choose(["c.mid", "c.mid"]) == whole.choose(["c.mid"])


def test_choice_of_all_or_of_what_cannot_be_used_changes_nothing_else(folder: Path) -> None:
    whole = load_folder(folder, HALVES, quiet=True)
    page = verdict_of(whole, "page.mid")
    nothing = whole.choose([verdict.name for verdict in whole.verdicts])
    assert (len(nothing), nothing.notes, verdict_of(nothing, "page.mid")) == (0, None, page)
    with pytest.raises(CorpusError, match="0 tunes; training needs two"):
        nothing.split()
    assert verdict_of(whole.choose(()), "page.mid") == page


@pytest.mark.parametrize("names", [["z.mid"], ["a.mid", "z.mid"]])
def test_choice_of_unknown_files_is_refused(folder: Path, names: list[str]) -> None:
    with pytest.raises(CorpusError, match=r"has no file .z\.mid. to leave out"):
        load_folder(folder, HALVES, quiet=True).choose(names)


def test_corpus_that_was_not_loaded_keeps_its_tunes() -> None:
    scales = make_scales(3, 5)
    assert scales.choose(()) == scales
    with pytest.raises(CorpusError, match="has no file 'scale 0' to leave out"):
        scales.choose(["scale 0"])


def test_choice_is_quick_for_many_tunes() -> None:
    (tune,) = make_scales(1, 5).tunes
    verdicts = [Verdict(Path(f"{number}.mid"), True, "", f"{number}.mid", tune=tune) for number in range(10_000)]
    corpus = Corpus("many", tune.config, (tune,) * 10_000, tuple(verdicts), Source("folder", "many"))
    began = time.process_time()
    fewer = corpus.choose(["0.mid"])
    assert time.process_time() - began < 0.2
    assert len(fewer) == 9_999


def test_loading_leaves_out_what_was_left_out_before(folder: Path) -> None:
    whole = load_folder(folder, HALVES, quiet=True)
    fewer = load_folder(folder, HALVES, left_out=["c.mid", "deleted since.mid"], quiet=True)
    assert fewer.fingerprint() == whole.choose(["c.mid"]).fingerprint()
    assert fewer.source.left_out == ("c.mid", "deleted since.mid")
    assert fewer.choose(()).fingerprint() == whole.fingerprint()


def test_parts_are_left_out_by_instrument_and_by_track(folder: Path) -> None:
    whole = load_folder(folder, HALVES, quiet=True)
    assert [tuple(count) for count in list_parts(whole)] == [
        ("Violin", 5, 19, False),
        ("Cello", 1, 2, False),
        ("Melody", 5, 19, True),
        ("Bass", 1, 2, True),
    ]
    place = [verdict.name for verdict in whole.verdicts].index("below/b.mid")
    for label in ("Cello", "Bass"):
        corpus = load_folder(folder, HALVES, parts_left_out=[label], quiet=True)
        assert find_notes(corpus.tunes[place])[:, 2].tolist() == [60, 62]
        assert list_parts(corpus) == list_parts(whole)
    melody = load_folder(folder, HALVES, parts_left_out=["Violin"], quiet=True)
    assert [tune.name for tune in melody.tunes] == ["b"]
    assert "only in parts that are left out (Violin)" in verdict_of(melody, "a.mid").reason
    with pytest.raises(CorpusError, match="only in parts that are left out"):
        load_folder(folder, HALVES, parts_left_out=["Violin", "Bass"], quiet=True)
    with pytest.raises(MidiError, match="only in parts that are left out"):
        read_original(folder / "a.mid", melody.source)
    assert find_notes(read_original(folder / "below" / "b.mid", melody.source))[:, 2].tolist() == [48, 50]


def test_pedal_holds_notes_where_it_is_wanted(tmp_path: Path) -> None:
    score = replace(make_score([60, 62, 64, 65]), pedal=np.array([[0, 0, 4 * 480]]))
    write_score(score, tmp_path / "held.mid")
    lengths = [
        np.diff(find_notes(load_folder(tmp_path, HALVES, pedal=pedal, quiet=True).tunes[0])[:, :2]).ravel().tolist()
        for pedal in (False, True)
    ]
    assert lengths == [[2, 2, 2, 2], [8, 6, 4, 2]]
    original = find_notes(read_original(tmp_path / "held.mid"))
    assert set(original[:, 1]) == {100}
    assert set(find_notes(read_original(tmp_path / "held.mid", pedal=False))[:, 1]) == {25, 50, 75, 100}


def test_verdict_has_the_facts_of_its_file(folder: Path) -> None:
    corpus = load_folder(folder, RollConfig(lowest=62, highest=62), quiet=True)
    facts = verdict_of(corpus, "below/b.mid").facts
    assert (facts.beats, facts.seconds, facts.tempo, facts.metre, facts.key) == (4.0, 2.0, 120.0, "3/4", "")
    assert [(part.name, notes) for part, notes in facts.parts] == [("Melody", 2), ("Bass", 2), ("Kit", 2)]
    assert not facts.damaged
    assert verdict_of(corpus, "page.mid").facts is None
    unusable = verdict_of(corpus, "c.mid")
    assert not unusable.used
    assert unusable.facts.beats == 5


def test_copies_are_found_by_their_notes(folder: Path) -> None:
    corpus = load_folder(folder, HALVES, quiet=True)
    reasons = {verdict.name: verdict.reason for verdict in corpus.verdicts if verdict.copy_of == folder / "a.mid"}
    assert reasons == {
        "d.mid": "8 steps, 4 notes; exact copy of a.mid",
        "e.mid": "8 steps, 4 notes; copy of a.mid, transposed down by 3 semitones",
    }
    assert [verdict.copy_of for verdict in corpus.verdicts].count(None) == 4


def test_copies_are_on_one_side_of_the_split(folder: Path) -> None:
    corpus = load_folder(folder, HALVES, quiet=True)
    for seed in range(20):
        for share in (0.2, 0.5, 0.8):
            training, validation = corpus.split(share, seed)
            sides = [sorted(tune.name for tune in part.tunes) for part in (training, validation)]
            assert sorted(sides[0] + sides[1]) == ["a", "b", "c", "d", "e"]
            assert any({"a", "d", "e"} <= set(side) for side in sides)
            assert all(sides)


def test_copies_of_one_tune_alone_are_split_like_others(folder: Path) -> None:
    copies = load_folder(folder, HALVES, left_out=["below/b.mid", "c.mid"], quiet=True)
    assert [len(part) for part in copies.split(0.3)] == [2, 1]
    # The first of them is left out, but the others are still copies of each other.
    fewer = copies.choose(["a.mid", "below/b.mid"])
    for seed in range(10):
        assert sorted(len(part) for part in fewer.split(0.5, seed)) == [1, 2]


def test_split_without_copies_is_as_ever() -> None:
    training, validation = make_scales(20, 5).split(0.15)
    assert [tune.name for tune in validation.tunes] == ["scale 4", "scale 5", "scale 13"]
    assert len(training) == 17


def test_bundled_music_has_its_fingerprints_and_no_copies() -> None:
    for corpus, fingerprint in (
        (load_pieces(quiet=True), "6e2105e6446df6a2"),
        (load_chorales(quiet=True), "e532b83b0c83628c"),
    ):
        assert corpus.fingerprint() == fingerprint
        assert not any(verdict.copy_of for verdict in corpus.verdicts)


def test_collections_are_loaded_by_name() -> None:
    pieces = load_builtin("pieces", left_out=["joplin-solace.mid"], quiet=True)
    assert pieces.source == Source("pieces", left_out=("joplin-solace.mid",))
    for name in ("nothing", "folder"):
        with pytest.raises(ConfigError, match=rf"name is '{name}'; it must be one of chorales, .*airs$"):
            load_builtin(name)


def test_source_of_an_older_run_has_no_choices() -> None:
    source = Source.from_dict({"kind": "folder", "folder": "midi", "held_out": 0.2, "seed": 3})
    assert (source.left_out, source.parts_left_out, source.pedal) == ((), (), False)
    saved = {"kind": "folder", "folder": "midi", "left_out": ["b", "a"], "parts_left_out": ["Violin"], "pedal": True}
    assert Source.from_dict(saved).left_out == ("a", "b")


@pytest.mark.parametrize(
    "values",
    [{"left_out": "a.mid"}, {"left_out": [1]}, {"parts_left_out": 3}, {"pedal": 1.5}, {"left_out": ["ä" * 900_000]}],
)
def test_choices_that_are_none_are_refused(values: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match=r"must be|too many to save"):
        Source.from_dict({"kind": "folder", **values})


def test_what_was_loaded_is_described_in_a_line(folder: Path) -> None:
    whole = load_folder(folder, HALVES, quiet=True)
    assert describe_loaded(whole) == "5 tunes; 1 file was left out."
    assert describe_loaded(whole.choose(["a.mid", "c.mid", "d.mid", "e.mid"])) == "1 tune; 5 files were left out."
    assert describe_loaded(make_scales(2, 5)) == "2 tunes."


def test_music_is_shown_in_a_line(tmp_path: Path) -> None:
    score = Score("one", 120, Notes.of([[0, 72], [72, 144]], [60, 62]))
    write_score(score, tmp_path / "one.mid")
    corpus = load_folder(tmp_path, quiet=True)
    assert repr(score) == "<Score 'one': 2 notes, 1 part>"
    assert repr(corpus.tunes[0]) == "<Tune 'one': 2 steps; steps of 0.3 seconds, pitches 21 to 108>"
    assert repr(corpus) == f"<Corpus {str(tmp_path)!r}: 1 tune; steps of 0.3 seconds, pitches 21 to 108>"
