"""Arguments of the wrong type get a named error that says what was expected."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lstmmusic as lm
from lstmmusic.settings import check_type
from tests.conftest import SMALL, make_scales

PARAMETERS = [
    (name, parameter)
    for name in lm.__all__
    if inspect.isfunction(getattr(lm, name))
    for parameter in inspect.signature(getattr(lm, name)).parameters
]


@pytest.mark.parametrize(("name", "parameter"), PARAMETERS)
def test_each_argument_of_each_public_function_is_checked(name: str, parameter: str) -> None:
    with pytest.raises(lm.ConfigError, match=f"{parameter} is an object; it must be "):
        getattr(lm, name)(**{parameter: object()})


TUNES = make_scales(3, 8)
TUNE = TUNES.tunes[0]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: lm.RollConfig(SMALL), "step is a RollConfig; it must be a number from"),
        (lambda: lm.load_pieces("beats"), "config is 'beats'; it must be a RollConfig or None"),
        (lambda: lm.load_folder("midi", 0.3), "config is 0.3; it must be a RollConfig"),
        (lambda: lm.find_notes(Path("a.mid")), r"tune is a \w*Path; it must be a Tune"),
        (lambda: lm.write_midi(TUNES, "a.mid"), "tune is a Corpus; it must be a Tune"),
        (lambda: lm.read_midi(TUNE), "path is a Tune; it must be a path"),
        (lambda: lm.survey([TUNE]), "corpus is a list; it must be a Corpus"),
        (lambda: lm.measure(TUNES), "tunes is a Corpus; it must be a list of Tunes"),
        (lambda: lm.measure([TUNE, SMALL]), "tunes is a list; it must be a list of Tunes"),
        (lambda: lm.Trainer([TUNE]), "training is a list; it must be a Corpus"),
        (lambda: lm.StackedLSTM(SMALL), "config is a RollConfig; it must be a NetworkConfig or None"),
        (lambda: lm.Corpus("mine", SMALL, TUNE), "tunes is a Tune; it must be a list of Tunes"),
        (lambda: lm.Corpus("mine", TUNE, ()), "config is a Tune; it must be a RollConfig"),
        (lambda: TUNES.choose("a.mid"), "left_out is 'a.mid'; it must be a list of texts"),
        (lambda: TUNES.split(SMALL), "validation is a RollConfig; it must be a number"),
        (lambda: TUNE.part(0, 2.5), "stop is 2.5; it must be a whole number"),
        (lambda: lm.NoteTable.of(TUNE), "score is a Tune; it must be a Score"),
        (lambda: lm.Reference.of(TUNES), "known is a Corpus; it must be a list of Tunes"),
        (lambda: lm.NullPlayer().play(TUNES), "tune is a Corpus; it must be a Tune or a TimedTune"),
        (lambda: lm.Studio(TUNES), "folder is a Corpus; it must be a path"),
        (lambda: lm.plot_loss([1.0, 0.5]), r"curves is \[1.0, 0.5\]; it must be a Curves"),
        (lambda: lm.write_midi(TUNE, "a.mid", tempo=TUNE), "tempo is a Tune; it must be a number"),
        (lambda: lm.Score("mine", 480, [(0, 480)]), "notes is a list; it must be a Notes"),
        (lambda: lm.Source(np.zeros(3)), "kind is an ndarray; it must be one of"),
        (lambda: lm.plot_probabilities(np.zeros(3)), r"must have the shape \(steps, pitches\), not \(3,\)"),
    ],
)
def test_error_says_what_was_given_and_what_was_expected(call: Callable[[], Any], words: str) -> None:
    with pytest.raises(lm.ConfigError, match=words):
        call()


@pytest.mark.parametrize(
    "call",
    [
        lambda: lm.Tune([[1], [0, 1]]),
        lambda: lm.Tune(np.zeros((2, 88)), velocities=[[1], [0, 1]]),
        lambda: lm.Notes.of("no ticks", [60]),
        lambda: lm.Notes.of([(0, 480)], [300]),
        lambda: lm.Notes.of([(0, 480)], np.array([-1])),
        lambda: lm.Notes.of([(0, 480)], [60, 61]),
    ],
)
def test_arrays_that_are_no_music_are_refused(call: Callable[[], Any]) -> None:
    with pytest.raises(lm.MidiError, match="must"):
        call()


@pytest.mark.parametrize("read", [lm.read_midi, lm.read_score, lm.read_original])
def test_name_that_no_file_can_have_was_not_found(read: Callable[[str], Any]) -> None:
    with pytest.raises(lm.MidiError, match="was not found"):
        read("a\0b.mid")


def test_take_is_no_tune() -> None:
    network = lm.StackedLSTM(lm.NetworkConfig(8, (2, 2, 2)))
    take = lm.generate(network, None, 3, config=SMALL, quiet=True)
    for call in (lm.find_notes, lm.plot_roll, lambda tune: lm.generate(network, tune)):
        with pytest.raises(lm.ConfigError, match=r"(tune|primer) is a Take; it must be a Tune"):
            call(take)


def test_numbers_of_numpy_will_do(tmp_path: Path) -> None:
    lm.write_midi(TUNE, tmp_path / "a.mid", tempo=np.float32(90), velocity=np.int64(70))
    lm.write_midi(TUNE, tmp_path / "b.mid", tempo=90, velocity=70)
    assert (tmp_path / "a.mid").read_bytes() == (tmp_path / "b.mid").read_bytes()
    one, other = (TUNES.split(np.float64(0.5), seed)[1].fingerprint() for seed in (np.int32(3), 3))
    assert one == other


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (np.int64(3), int),
        (np.float32(0.5), float),
        (2, float),
        ([1, 2], tuple[int, int]),
        ([TUNE], tuple[lm.Tune, ...]),
        ((), list[int] | tuple[int, ...]),
        (None, int | None),
        (object(), Any),
    ],
)
def test_what_will_do_is_accepted(value: object, kind: Any) -> None:
    check_type("value", value, kind)


@pytest.mark.parametrize(
    ("value", "kind", "words"),
    [
        (True, int, "True; it must be a whole number"),
        (1, bool, "1; it must be True or False"),
        ((1, 2, 3), tuple[int, int], r"\(1, 2, 3\); it must be a list of 2 whole numbers"),
        ("x" * 1000, int, "'x{79}; it must be a whole number"),
        (b"a", str | Path | None, "a bytes; it must be a path or None"),
    ],
)
def test_what_will_not_do_is_refused(value: object, kind: Any, words: str) -> None:
    with pytest.raises(lm.ConfigError, match=f"value is {words}"):
        check_type("value", value, kind)
