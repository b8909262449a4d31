"""Settings as options of a command, derived from their metadata: `hidden=(8, 8, 8)` is `--hidden 8 8 8`."""

from __future__ import annotations

import argparse
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from lstmmusic.config.base import Config
from lstmmusic.errors import ConfigError
from lstmmusic.settings import Setting, settings_of

NONE = "none"  # stands for None

AnyConfig = TypeVar("AnyConfig", bound=Config)


def option_of(name: str) -> str:
    """Return the option that sets a setting."""
    return f"--{name.replace('_', '-')}"


def add_options(group: Any, base: Config, *, without: Collection[str] = (), usual: str = "{}") -> None:
    """Add an option for each setting of a config.

    Parameters
    ----------
    group : ArgumentParser, or a group of one
        Options that are not given leave no value in its namespace; see `read_options`.
    base : Config
        Its values are the defaults.
    without : collection of str
        Settings that get none.
    usual : str
        What the defaults are, in words, for `str.format` with the value in `base`.
    """
    for name, setting in settings_of(type(base)).items():
        if name not in without:
            _add(group, name, setting, usual.format(_describe(setting, getattr(base, name))))


def read_options(parser: argparse.ArgumentParser, options: argparse.Namespace, base: AnyConfig) -> AnyConfig:
    """Return a config with the settings that were given as options.

    Settings that do not go together end the program, as an option that is not allowed does.
    """
    try:
        return replace(base, **given_settings(options, type(base)))
    except ConfigError as error:
        parser.error(str(error))


def given_settings(options: argparse.Namespace, config: type[Config]) -> dict[str, Any]:
    """Return the settings of a config that were given as options."""
    given = vars(options)
    return {name: given[name] for name in settings_of(config) if name in given}


def write_options(config: Config, base: Config) -> list[list[str]]:
    """Return options that make one config of another, of the same type: each as its words."""
    values = {name: getattr(config, name) for name in settings_of(type(config))}
    return [write_option(name, value) for name, value in values.items() if value != getattr(base, name)]


def write_option(name: str, value: Any) -> list[str]:
    """Return the option that gives a setting a value, as its words."""
    if isinstance(value, bool):
        return [option_of(name if value else f"no_{name}")]
    return [option_of(name), *_words(value)]


def read_value(name: str, setting: Setting, words: Sequence[str]) -> Any:
    """Return the value of a setting, other than True or False, as it was typed; a number may stand for all parts.

    Raises
    ------
    ConfigError
        If it is not allowed.
    """
    values = [_read_word(setting, word) for word in words]
    if setting.parts and len(values) == 1:
        values *= len(setting.parts)
    value = tuple(values) if setting.parts else values[0]
    setting.check(name, value)
    return value


def _read_word(setting: Setting, word: str) -> Any:
    if setting.bounds is None:
        return word
    if setting.optional and word == NONE:
        return None
    try:
        return int(word) if setting.whole else float(word)
    except ValueError:
        return word  # which the check refuses, and says what is allowed


def _words(value: Any) -> list[str]:
    if isinstance(value, tuple):
        return [word for part in value for word in _words(part)]
    return [NONE if value is None else f"{value}"]


def _describe(setting: Setting, value: Any) -> str:
    """Return a default as it is typed, and what it means if that is not plain."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if value is None:
        return f"{NONE}, {setting.unset}"
    numbers = value if isinstance(value, tuple) else (value,)
    return " ".join(number if isinstance(number, str) else f"{number:g}" for number in numbers)


def _add(group: Any, name: str, setting: Setting, usual: str) -> None:
    """Add the option of a setting; what it says of itself is its help, range and default."""
    about = {"dest": name, "default": argparse.SUPPRESS}
    begins_with_name = setting.help[1:2].isupper()  # as MIDI
    effect = setting.help if begins_with_name else setting.help[0].lower() + setting.help[1:]
    if setting.bounds is None and not setting.choices:
        words = f"{effect} (default: {usual})"
        group.add_argument(option_of(name), action=argparse.BooleanOptionalAction, help=_plain(words), **about)
        return
    allowed = "" if setting.choices else f"{setting.allowed.replace('None', NONE)}; "
    parts = f"{', '.join(setting.parts)}: a number each, or one for all; " if setting.parts else ""
    group.add_argument(
        option_of(name),
        action=_Set,
        setting=setting,
        nargs="+" if setting.parts else 1,
        metavar=f"{{{','.join(setting.choices)}}}" if setting.choices else "N",
        help=_plain(f"{effect} ({parts}{allowed}default: {usual})"),
        **about,
    )


def _plain(words: str) -> str:
    """Return help in which nothing is replaced."""
    return words.replace("%", "%%")


class _Set(argparse.Action):
    """Reads and checks a setting."""

    def __init__(self, *args: Any, setting: Setting, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._setting = setting

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        try:
            setattr(namespace, self.dest, read_value(self.dest, self._setting, values))
        except ConfigError as error:
            raise argparse.ArgumentError(self, str(error)) from error
