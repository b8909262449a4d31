"""Controls that the user and the publisher set at the same time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import ipywidgets as widgets
import pytest

from lstmmusic.config import TrainingConfig
from lstmmusic.studio.controls import keep_order, on_choice, quietly
from lstmmusic.studio.settings import SettingControls

pytestmark = pytest.mark.usefixtures("closed_views")


def at_once(action: Callable[[], None]) -> None:
    action()


def test_choice_of_the_user_counts_while_another_thread_sets_the_control() -> None:
    menu, choices = widgets.Dropdown(options=["a", "b", "c"]), []
    on_choice(menu, "value", at_once, lambda: choices.append(menu.value))
    with quietly(menu):
        menu.value = "b"
        user = threading.Thread(target=setattr, args=(menu, "value", "c"))
        user.start()
        user.join()
        menu.value = "a"
    assert choices == ["c"]


def test_every_choice_of_the_user_counts_under_load() -> None:
    slider, made, ended = widgets.IntSlider(min=-1, max=2000), [], threading.Event()
    on_choice(slider, "value", at_once, lambda: made.append(None))

    def publish() -> None:
        while not ended.is_set():
            with quietly(slider):
                slider.value = -1

    publisher = threading.Thread(target=publish)
    publisher.start()
    for value in range(1, 2001):
        slider.value = value
    ended.set()
    publisher.join()
    assert len(made) == 2000


def test_blocks_that_set_the_same_control_may_be_nested() -> None:
    menu, choices = widgets.Dropdown(options=["a", "b", "c"]), []
    on_choice(menu, "value", at_once, lambda: choices.append(menu.value))
    with quietly(menu):
        with quietly(menu):
            menu.value = "b"
        menu.value = "c"
    assert not choices
    menu.value = "a"
    assert choices == ["a"]


@pytest.mark.parametrize(("name", "part", "value"), [("learning_rates", 2, 0.5), ("batch_size", 0, 3)])
def test_change_of_a_setting_survives_that_the_settings_before_are_shown(name: str, part: int, value: float) -> None:
    before = TrainingConfig()
    controls = SettingControls(TrainingConfig, [name])
    changes: list[Any] = []

    def act(action: Callable[[], None]) -> None:  # after the publisher has shown the settings before
        controls.show(before)
        action()

    controls.on_change(name, act, lambda change: changes.append(change(before)))
    controls.of[name][part].value = value
    (change,) = changes
    assert (change[name][part] if isinstance(change[name], tuple) else change[name]) == value
    assert controls.of[name][part].value == value


def test_thread_of_messages_is_chosen_only_where_ipykernel_chooses_another() -> None:
    old, new = SimpleNamespace(), SimpleNamespace(_reply_subshell_for=print)  # connections
    keep_order(SimpleNamespace(comm=old, children=[SimpleNamespace(comm=new)]))
    assert (vars(old), vars(new)) == ({}, {"_reply_subshell_for": None})
