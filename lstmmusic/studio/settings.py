"""Controls of settings, derived from the metadata of a config's fields; see `lstmmusic.settings`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

import ipywidgets as widgets

from lstmmusic.settings import Setting, settings_of
from lstmmusic.studio.controls import Act, Widget, choice, control, illustrate, number, on_value, quietly

# Pictures in the help of settings.
_PICTURES = {"learning_rates": "rate", "dropout": "dropout", "length": "length"}


def _make(setting: Setting, label: str, default: Any) -> Widget:
    if setting.unit not in ("", "fraction"):
        label = f"{label} ({setting.unit})"
    tooltip = f"{setting.help}. Default: {setting.format(default)}"
    if setting.choices:
        return choice(label, tooltip, {words: value for value, words in setting.choices.items()})
    if setting.bounds is None:
        return control(widgets.Checkbox, label, tooltip, value=default)
    traits: dict[str, Any] = {
        "whole": setting.whole,
        "percent": setting.unit == "fraction",
        "logarithmic": setting.logarithmic,
    }
    if setting.slider:
        traits |= {"slider": list(setting.slider)}
    return number(label, tooltip, setting.bounds, default or 0, step=setting.step or 1, **traits)


class SettingControls:
    """Controls of some settings of a config.

    Parameters
    ----------
    config : type
        The class of the config.
    names : iterable of str
        The fields to control.

    Attributes
    ----------
    of : dict of str to list of Widget
        Controls of each setting: one, or one for each part of a tuple.
    """

    def __init__(self, config: type[Any], names: Iterable[str]) -> None:
        self._settings = settings_of(config)
        self.of: dict[str, list[Widget]] = {}
        for name in names:
            known, default = self._settings[name], getattr(config, name)
            labels = [f"{known.label}, {part}" for part in known.parts] or [known.label]
            values = default if known.parts else [default]
            self.of[name] = [_make(known, label, value) for label, value in zip(labels, values, strict=True)]
            if name in _PICTURES:
                for each in self.of[name]:
                    illustrate(each, _PICTURES[name])

    def __iter__(self) -> Iterator[Widget]:
        """Iterate over all controls, in the order of the settings."""
        return (each for controls in self.of.values() for each in controls)

    def show(self, config: Any) -> None:
        """Set the controls to a config without triggering actions."""
        with quietly(*self):
            for name, controls in self.of.items():
                values = getattr(config, name)
                for each, value in zip(controls, values if self._settings[name].parts else [values], strict=True):
                    each.value = 0 if value is None else value

    def values(self) -> dict[str, Any]:
        """Read the settings off the controls."""
        values = {name: tuple(each.value for each in controls) for name, controls in self.of.items()}
        return {
            name: value if self._settings[name].parts else self._decode(name, *value) for name, value in values.items()
        }

    def differ(self, config: Any) -> set[str]:
        """Return the names of the settings that differ from those of a config."""
        return {name for name, value in self.values().items() if value != getattr(config, name)}

    def on_change(self, name: str, act: Act, change: Callable[[Callable[[Any], dict[str, Any]]], None]) -> None:
        """Call `change` with a function of the settings before, whenever the user changes a setting.

        Only the changed part of a tuple is new: the controls may not reach the values of the other parts.
        """

        def changed(index: int, value: Any, before: Any) -> dict[str, Any]:
            if not self._settings[name].parts:
                return {name: self._decode(name, value)}
            values = getattr(before, name)
            return {name: (*values[:index], value, *values[index + 1 :])}

        def apply(index: int, value: Any) -> None:
            each = self.of[name][index]
            with quietly(each):
                each.value = value  # since the user has set it, the settings before may have been shown again
            change(partial(changed, index, value))

        for index, each in enumerate(self.of[name]):
            on_value(each, "value", act, partial(apply, index))

    def _decode(self, name: str, value: Any) -> Any:
        return None if self._settings[name].optional and value == 0 else value
