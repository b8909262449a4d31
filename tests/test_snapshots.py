from __future__ import annotations

from dataclasses import replace

from lstmmusic.config import TrainingConfig
from lstmmusic.snapshots import Change, add_change

BEFORE = TrainingConfig()


def test_changes_are_told_in_a_line() -> None:
    assert str(Change(3, {"batch_size": 4}, "out of memory")) == "batch size 4 (out of memory)"
    assert str(Change(3, {"rates": (0.004, 0.0, 1e-4, 1.0), "clip_kind": "norm"})) == (
        "rates 0.004 0 0.0001 1, clip kind norm"
    )


def test_what_differs_is_added() -> None:
    changes = add_change((), 3, BEFORE, replace(BEFORE, clip=5))
    assert changes == (Change(3, {"clip": 5}),)
    assert add_change(changes, 4, BEFORE, replace(BEFORE)) == changes


def test_changes_at_one_update_for_one_reason_become_one() -> None:
    changes = add_change((), 3, BEFORE, replace(BEFORE, clip=5, l1=0.1))
    changes = add_change(changes, 3, replace(BEFORE, clip=5), replace(BEFORE, clip=6, epochs=7))
    assert changes == (Change(3, {"clip": 6, "l1": 0.1, "epochs": 7}),)
    other_reason = add_change(changes, 3, BEFORE, replace(BEFORE, batch_size=4), "out of memory")
    assert other_reason == (*changes, Change(3, {"batch_size": 4}, "out of memory"))
    assert len(add_change(other_reason, 4, BEFORE, replace(BEFORE, batch_size=2), "out of memory")) == 3
