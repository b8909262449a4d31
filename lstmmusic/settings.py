"""The metadata of a setting: its range, its label and what it does, written once, in the field of a config.

The checks below, the controls of the studio and the table in the README are derived from them. The types of arguments
are checked as they are annotated.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields
from inspect import signature
from numbers import Integral, Real
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, ParamSpec, TypeVar, Union, get_args, get_origin, get_type_hints

from lstmmusic.errors import ConfigError

Value = TypeVar("Value")
Arguments = ParamSpec("Arguments")

_WORDS = {
    int: "a whole number",
    float: "a number",
    bool: "True or False",
    str: "a text",
    Path: "a path",
    NoneType: "None",
}


@functools.cache
def _kinds_of(annotated: Any) -> dict[str, Any]:
    return get_type_hints(annotated)


def checked(function: Callable[Arguments, Value]) -> Callable[Arguments, Value]:
    """Let a function refuse arguments of other types than it is annotated with, by `check_type`.

    Numbers of numpy become those of Python: they can be neither seeds nor written as JSON.
    """
    names = list(signature(function).parameters)

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Value:
        kinds = _kinds_of(function)
        for name, value in (*zip(names, args, strict=False), *kwargs.items()):
            if name in kinds:
                check_type(name, value, kinds[name])
        return function(*map(_as_python, args), **{name: _as_python(value) for name, value in kwargs.items()})

    return call


def _as_python(value: Any) -> Any:
    item = getattr(value, "item", None)
    return item() if item and isinstance(value, Real) else value


def check_fields(instance: Any) -> None:
    """Refuse a dataclass with values of other types than its fields are annotated with, by `check_type`."""
    for name, kind in _kinds_of(instance.__class__).items():
        check_type(name, getattr(instance, name), kind)


def check_type(name: str, value: object, kind: Any) -> None:
    """Refuse a value of another type; a list may stand for a tuple, and numbers of numpy for those of Python.

    Parameters
    ----------
    name : str
    value : object
    kind : type
        As in an annotation. What cannot be checked, such as a protocol, accepts anything.

    Raises
    ------
    ConfigError
        Naming the argument, what it is, and what it must be.
    """
    if not _fits(value, kind):
        raise ConfigError(f"{name} is {_shorten(value)}; it must be {_describe(kind)}")


def _fits(value: object, kind: Any) -> bool:
    if type(kind) is type and kind not in (int, float):  # nearly always
        return isinstance(value, kind)
    origin, parts = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return any(_fits(value, part) for part in parts)
    if origin is Literal:
        return _is_one_of(value, parts)
    if kind in (int, float):
        return isinstance(value, Integral if kind is int else Real) and not isinstance(value, bool)
    if origin is Sequence and isinstance(elements := getattr(value, "elements", None), type):
        return issubclass(elements, parts[0])  # they are made when they are asked for
    plain = origin or kind
    is_opaque = getattr(plain, "_is_protocol", False) and not getattr(plain, "_is_runtime_protocol", False)
    if plain is Any or not isinstance(plain, type) or is_opaque:
        return True
    if plain is tuple and isinstance(value, list | tuple):
        each = [parts[0]] * len(value) if parts[1:] == (...,) else parts
        return len(each) == len(value) and all(map(_fits, value, each))
    if plain in (Sequence, Collection) and isinstance(value, plain):
        return not isinstance(value, str | bytes) and all(_fits(part, *parts) for part in value)
    return isinstance(value, plain)


def _is_one_of(value: object, choices: tuple[object, ...]) -> bool:
    # Without the types, 1 would be True, and an array would be neither equal nor different.
    return any(type(value) is type(choice) and value == choice for choice in choices)


def _shorten(value: object) -> str:
    """Return a plain value as it is written, cut to 80 characters, or else the name of its type."""
    if all(isinstance(part, str | Real | NoneType) for part in (value if isinstance(value, list | tuple) else [value])):
        return f"{value!r:.80}"
    return _with_article(type(value).__name__)


def _describe(kind: Any) -> str:
    origin, parts = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        kinds = [part for part in parts if part is not str or Path not in parts]
        return " or ".join(map(_describe, kinds))
    if origin is Literal:
        return f"one of {', '.join(map(str, parts))}"
    if origin in (Sequence, Collection, tuple):
        number = f"{len(parts)} " * (origin is tuple and parts[1:] != (...,))
        return f"a list of {number}{_describe(parts[0]).partition(' ')[2]}s"
    return _WORDS.get(kind) or _with_article((origin or kind).__name__)


def _with_article(noun: str) -> str:
    return f"a{'n' * noun.lower().startswith(('a', 'e', 'i', 'o', 'nd'))} {noun}"


def check_number(name: str, value: object, low: float, high: float, *, whole: bool = False) -> None:
    """Refuse a value that is not a number within [low, high].

    Raises
    ------
    ConfigError
        Naming the field, its value and the allowed range.
    """
    kind = int if whole else (int, float)
    if isinstance(value, bool) or not isinstance(value, kind) or not low <= value <= high:
        bounds = f"at least {low:g}" if math.isinf(high) else f"from {low:g} to {high:g}"
        raise ConfigError(f"{name} is {_shorten(value)}; it must be a {'whole ' if whole else ''}number {bounds}")


def check_choice(name: str, value: object, choices: tuple[object, ...]) -> None:
    """Refuse a value that is not one of `choices`."""
    if not _is_one_of(value, choices):
        raise ConfigError(f"{name} is {_shorten(value)}; it must be one of {', '.join(map(str, choices))}")


@dataclass(frozen=True)
class Setting:
    """The metadata of a setting.

    Parameters
    ----------
    label : str
        The name of its control.
    help : str
        What it does, in one sentence.
    bounds : (float, float) or None
        Smallest and largest value allowed, both included; None if it is not a number.
    whole : bool
        Whether it must be a whole number.
    unit : str
        Unit of its value; a ``fraction`` is shown as a percentage.
    choices : mapping of str to str
        Values allowed, and what a menu calls them.
    parts : tuple of str
        Where the value is a tuple: what each of its numbers applies to.
    optional : bool
        Whether it may be None.
    unset : str
        What None means, in words.
    slider : (float, float) or None
        Range of its slider; None if it is set in a number field.
    logarithmic : bool
        Whether that slider is logarithmic.
    step : float or None
        Increment of the control.
    changeable : bool
        Whether it may change during a run.
    """

    label: str
    help: str
    bounds: tuple[float, float] | None = None
    whole: bool = False
    unit: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)
    parts: tuple[str, ...] = ()
    optional: bool = False
    unset: str = "by size"
    slider: tuple[float, float] | None = None
    logarithmic: bool = False
    step: float | None = None
    changeable: bool = False

    def check(self, name: str, value: object) -> None:
        """Refuse a value that is not allowed.

        Raises
        ------
        ConfigError
            Naming the setting, its value and what is allowed.
        """
        if self.optional and value is None:
            return
        if self.bounds is None:
            check_choice(name, value, tuple(self.choices) or (True, False))
        elif not self.parts:
            check_number(name, value, *self.bounds, whole=self.whole)
        elif not isinstance(value, tuple) or len(value) != len(self.parts):
            raise ConfigError(
                f"{name} is {_shorten(value)}; it must be {len(self.parts)} numbers, for {', '.join(self.parts)}"
            )
        else:
            for part, number in zip(self.parts, value, strict=True):
                check_number(f"{name} ({part})", number, *self.bounds, whole=self.whole)

    @property
    def allowed(self) -> str:
        """The values that are allowed, in words."""
        if self.bounds is None:
            return ", ".join(f"'{value}'" for value in self.choices) or "True, False"
        low, high = self.bounds
        unit = "" if self.unit == "fraction" else self.unit
        range_ = f"at least {low:g}" if high >= 2**53 else f"{low:g} to {high:g}"
        return f"{range_} {unit}".strip() + ", whole" * self.whole + ", or None" * self.optional

    def format(self, value: Any) -> str:
        """Return a value in words, with its unit."""
        if self.parts and isinstance(value, tuple):
            return ", ".join(map(self.format, value))
        if value is None:
            return self.unset
        if self.choices:
            return self.choices.get(value, str(value))
        if isinstance(value, bool):
            return "on" if value else "off"
        if self.unit == "fraction":
            return f"{100 * value:g}%"
        return f"{value:g} {self.unit}".strip()


def setting(default: Value, label: str, help: str, **metadata: Any) -> Value:
    """Return a dataclass field with this default, and a `Setting` as its metadata; whole if the default is."""
    whole = isinstance(default[0] if isinstance(default, tuple) else default, int)
    return field(default=default, metadata={"setting": Setting(label, help, whole=whole, **metadata)})


def settings_of(config: type[Any]) -> dict[str, Setting]:
    """Return the metadata of each field of a config class, in their order."""
    return {each.name: each.metadata["setting"] for each in fields(config)}


def check_settings(config: Any) -> None:
    """Check all fields of a config.

    Lists and arrays first become tuples, and numpy numbers become Python numbers, so that equal settings compare equal,
    and can be written as JSON.

    Raises
    ------
    ConfigError
        At the first value that is not allowed.
    """

    def plain(value: Any) -> Any:
        if isinstance(value, list | tuple):
            return tuple(plain(part) for part in value)
        return plain(value.tolist()) if hasattr(value, "tolist") else value

    for name, metadata in settings_of(type(config)).items():
        value = plain(getattr(config, name))
        object.__setattr__(config, name, value)
        metadata.check(name, value)
