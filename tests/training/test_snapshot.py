from __future__ import annotations

from dataclasses import replace

from lstmmusic.config import TrainingConfig
from lstmmusic.training.snapshot import Change, add_change

BEFORE = TrainingConfig()


def test_changes_are_formatted_in_a_line() -> None:
    assert str(Change(3, {"batch_size": 4}, "out of memory", {"batch_size": 8})) == "batch size 8 → 4 (out of memory)"
    rates = {"learning_rates": (0.004, 0.0, 0.004, 0.00447)}
    assert str(
        Change(3, rates | {"clip_kind": "norm"}, before={"learning_rates": (0.004,) * 4, "clip_kind": "element"})
    ) == ("rate of layer 2 0.004 → 0, rate of the output 0.004 → 0.00447, clip kind element → norm")


def test_changes_of_the_first_version_have_no_earlier_value() -> None:
    assert str(Change(3, {"clip": 5})) == "clip 5"
    assert str(Change(3, {"learning_rates": (0.004, 0.0, 1e-4, 1.0)})) == (
        "rate of layer 1 0.004, rate of layer 2 0, rate of layer 3 0.0001, rate of the output 1"
    )


def test_differing_settings_are_added() -> None:
    changes = add_change((), 3, BEFORE, replace(BEFORE, clip=5))
    assert changes == (Change(3, {"clip": 5}, before={"clip": BEFORE.clip}),)
    assert add_change(changes, 4, BEFORE, replace(BEFORE)) == changes


def test_changes_at_one_update_for_one_reason_are_merged() -> None:
    changes = add_change((), 3, BEFORE, replace(BEFORE, clip=5, l1=0.1))
    changes = add_change(changes, 3, replace(BEFORE, clip=5, l1=0.1), replace(BEFORE, clip=6, l1=0.1, epochs=7))
    before = {"clip": BEFORE.clip, "l1": BEFORE.l1, "epochs": BEFORE.epochs}
    assert changes == (Change(3, {"clip": 6, "l1": 0.1, "epochs": 7}, before=before),)
    other_reason = add_change(changes, 3, BEFORE, replace(BEFORE, batch_size=4), "out of memory")
    assert other_reason == (
        *changes,
        Change(3, {"batch_size": 4}, "out of memory", {"batch_size": BEFORE.batch_size}),
    )
    assert len(add_change(other_reason, 4, BEFORE, replace(BEFORE, batch_size=2), "out of memory")) == 3


def test_setting_that_is_changed_back_at_once_is_dropped() -> None:
    changes = add_change((), 3, BEFORE, replace(BEFORE, clip=5))
    assert add_change(changes, 3, replace(BEFORE, clip=5), BEFORE) == ()
