"""The plan of a sweep: which settings have which values, and what runs that makes; how they are trained is not here."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Self

import numpy as np

from lstmmusic.config import NetworkConfig, TrainingConfig
from lstmmusic.errors import ConfigError
from lstmmusic.runs.recipe import Recipe
from lstmmusic.settings import Setting, check_fields, check_number, settings_of

MOST_RUNS = 1000
MOST_VALUES = 1000

# Draws of a random sweep for each run that it asks for, until no others are found.
_TRIES = 50

_FIXED = ("pitches",)  # by the grid of the music


@dataclass(frozen=True)
class Between:
    """A range from which a random sweep draws the values of a setting.

    Parameters
    ----------
    low, high : float
        Both included. A setting with a logarithmic slider, such as a learning rate, is drawn on that scale.
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        check_fields(self)
        if not -math.inf < self.low < self.high < math.inf:
            raise ConfigError(f"a range from {self.low:g} to {self.high:g} is empty; put the smaller number first")


Values = tuple[Any, ...] | Between


@dataclass(frozen=True)
class Swept:
    """A setting whose values a sweep tries: a field of `NetworkConfig` or `TrainingConfig`, or a part of one.

    Parameters
    ----------
    key : str
        The name of the field, such as 'clip' or 'learning_rates', with the part after a point: 'dropout.hidden'.
    setting : Setting
        Its metadata.
    of_network : bool
        Whether it is a field of `NetworkConfig`.
    """

    key: str
    setting: Setting
    of_network: bool

    @classmethod
    def of(cls, key: str) -> Self:
        """Find a setting by its key.

        Raises
        ------
        ConfigError
            If there is none: the message lists all.
        """
        name, _, part = key.partition(".") if isinstance(key, str) else (key, "", "")
        for config in (TrainingConfig, NetworkConfig):
            known = settings_of(config).get(name) if name not in _FIXED else None
            if known and (part in known.parts or part == ""):
                return cls(key, known, config is NetworkConfig)
        raise ConfigError(f"{key!r} is not a setting that can be swept; these are: {', '.join(list_swept())}")

    @property
    def name(self) -> str:
        """The name of the field."""
        return self.key.partition(".")[0]

    @property
    def part(self) -> str:
        """The part of the field that has the values; '' for all of it."""
        return self.key.partition(".")[2]

    @property
    def words(self) -> str:
        """Its name in words, such as 'learning rate' or 'dropout hidden'."""
        name = self.name.removesuffix("s") if self.name == "learning_rates" else self.name
        return " ".join([*name.split("_"), *filter(None, [self.part])])

    def describe(self, value: Any) -> str:
        """Return a value as the name of a run has it: 'learning rate 0.004'."""
        shown = "-".join(f"{each:g}" for each in value) if isinstance(value, tuple) else value
        shown = f"{shown:g}" if isinstance(shown, float) else shown
        return f"{self.words} {shown}"

    def read(self, text: str) -> Values:
        """Read values as a user types them: '0.002, 0.004', 'standard, peephole', 'on, off' or '0.001 to 0.1'.

        Raises
        ------
        ConfigError
            If a value is not allowed.
        """
        ends = re.fullmatch(r"(.+?)\bto\b(.+)", text.strip()) if self.setting.bounds else None
        if ends:
            low, high = (self._read(end.strip()) for end in ends.groups())
            self.check(between := Between(low, high))
            return between
        values = tuple(self._read(part.strip()) for part in text.split(",") if part.strip())
        self.check(values)
        return values

    def _read(self, text: str) -> Any:
        if text.lower() == "none" and self.setting.optional:
            return None
        if self.setting.bounds is None:
            named: dict[str, Any] = {words: value for value, words in self.setting.choices.items()}
            return (named or {"on": True, "off": False, "True": True, "False": False}).get(text, text)
        scale = 0.01 if text.endswith("%") else 1.0
        try:
            number = float(text.removesuffix("%")) * scale
        except ValueError:
            raise ConfigError(f"{text[:40]!r} is not a number; {self.key} is {self.setting.allowed}") from None
        return int(number) if self.setting.whole and number.is_integer() else number

    def check(self, values: Values) -> None:
        """Refuse values that the setting cannot have, none at all, and one that comes twice.

        Raises
        ------
        ConfigError
            Naming the setting, the value and what is allowed.
        """
        if isinstance(values, Between):
            if self.setting.bounds is None:
                raise ConfigError(f"{self.key} has no range; it is {self.setting.allowed}: list its values")
            values = values.low, values.high
        if not isinstance(values, tuple | list) or not 1 <= len(values) <= MOST_VALUES:
            raise ConfigError(f"{self.key} needs from 1 to {MOST_VALUES} values, separated by commas")
        for value in values:
            single = replace(self.setting, parts=()) if self.setting.parts and not isinstance(value, tuple) else None
            if self.part and single is None:
                raise ConfigError(f"{self.key} is {value!r}; it must be a number")
            (single or self.setting).check(self.key, value)
        if len(set(values)) < len(values):
            raise ConfigError(f"{self.key} has the same value twice; leave one out")

    def apply(self, recipe: Recipe, value: Any) -> Recipe:
        """Return a recipe with another value of this setting.

        A number for a setting of several parts goes to all of them; of the learning rates, which are logarithmic, it
        goes to the first, and the others keep their ratios to that.

        Raises
        ------
        ConfigError
            If the value is not allowed, also together with the other settings.
        """
        before: Any = recipe.shape if self.of_network else recipe.training
        parts, old = self.setting.parts, getattr(before, self.name)
        if self.part:
            value = tuple(value if part == self.part else each for part, each in zip(parts, old, strict=True))
        elif parts and not isinstance(value, tuple):
            scaled = self.setting.logarithmic and old[0]
            # Rounded, as 0.008 / 0.004 * 0.02 would be 0.04 by chance only.
            value = tuple(_round(value * each / old[0], 6) for each in old) if scaled else (value,) * len(parts)
        after = replace(before, **{self.name: value})
        return replace(recipe, **{"network" if self.of_network else "training": after})

    def draw(self, between: Between, random: np.random.Generator) -> Any:
        """Draw a value from a range, with three significant digits."""
        low, high = between.low, between.high
        if self.setting.whole:
            return int(random.integers(math.ceil(low), math.floor(high), endpoint=True))
        if self.setting.logarithmic and low > 0:
            value = math.exp(random.uniform(math.log(low), math.log(high)))
        else:
            value = random.uniform(low, high)
        return min(max(_round(value, 3), low), high)


def _round(value: float, digits: int) -> float:
    return float(f"{value:.{digits}g}")


def list_swept() -> list[str]:
    """List the keys of all settings that a sweep can try, those of training first."""
    keys = []
    for config in (TrainingConfig, NetworkConfig):
        for name, known in settings_of(config).items():
            if name not in _FIXED:
                keys += [name, *(f"{name}.{part}" for part in known.parts)]
    return keys


@dataclass(frozen=True)
class Plan:
    """What a sweep tries.

    Parameters
    ----------
    recipe : Recipe
        What all runs have in common, also their epochs and minutes.
    settings : mapping of str to tuple, or Between
        The values of each setting; see `Swept` for the names.
    number : int, optional
        Draw this many runs at random; by default every combination of the values is a run.
    seed : int
        For what is drawn. The seed of training is a setting like others.
    stop_early : bool
        Whether hopeless runs end early; see `lstmmusic.sweeps.halving`.

    Raises
    ------
    ConfigError
        If a setting or value is not allowed, there are more than `MOST_RUNS` runs, or `number` is missing for a range.
    """

    recipe: Recipe
    settings: Mapping[str, Values]
    number: int | None = None
    seed: int = 0
    stop_early: bool = False

    def __post_init__(self) -> None:
        check_fields(self)
        check_number("seed", self.seed, 0, 2**63 - 1, whole=True)
        if self.number is not None:
            check_number("number", self.number, 1, MOST_RUNS, whole=True)
        if not self.settings:
            raise ConfigError("a sweep needs a setting and its values, for instance {'learning_rates': [0.002, 0.004]}")
        settings: dict[str, Values] = {}
        for key, values in self.settings.items():
            swept = Swept.of(key)
            settings[key] = values if isinstance(values, Between) else _freeze(values)
            swept.check(settings[key])
            if self.number is None and isinstance(values, Between):
                raise ConfigError(f"{key} has a range: say how many runs to draw from it (number), or list its values")
            if swept.of_network and self.recipe.start:
                raise ConfigError(f"{key} is fixed by the weights that the runs start from; start from new ones")
        object.__setattr__(self, "settings", settings)
        possible = math.prod(len(values) for values in settings.values() if not isinstance(values, Between))
        if self.number is None and possible > MOST_RUNS:
            raise ConfigError(f"these values make {possible:,} runs, more than {MOST_RUNS:,}: draw some at random")

    def combinations(self) -> list[dict[str, Any]]:
        """Return the values of each run: all combinations, the last setting changing fastest, or those drawn.

        Fewer than `number` are drawn where there are no others.

        Raises
        ------
        ConfigError
            If values do not go together.
        """
        if self.number is None:
            choices = [values for values in self.settings.values() if not isinstance(values, Between)]
            found = [dict(zip(self.settings, values, strict=True)) for values in itertools.product(*choices)]
        else:
            found = self._draw(self.number)
        for values in found:
            self.recipe_of(values)
        return found

    def _draw(self, number: int) -> list[dict[str, Any]]:
        random = np.random.default_rng(self.seed)
        swept = [(Swept.of(key), some) for key, some in self.settings.items()]
        listed = [some for some in self.settings.values() if not isinstance(some, Between)]
        wanted = number if len(listed) < len(swept) else min(number, math.prod(map(len, listed)))
        drawn: dict[tuple[Any, ...], None] = {}  # as an ordered set
        for _ in range(_TRIES * number):
            values = (
                each.draw(some, random) if isinstance(some, Between) else some[int(random.integers(len(some)))]
                for each, some in swept
            )
            drawn[tuple(values)] = None
            if len(drawn) == wanted:
                break
        return [dict(zip(self.settings, values, strict=True)) for values in drawn]

    def recipe_of(self, values: Mapping[str, Any]) -> Recipe:
        """Return the recipe of a run with these values."""
        recipe = self.recipe
        swept = [(Swept.of(key), value) for key, value in values.items()]
        for each, value in sorted(swept, key=lambda pair: pair[0].part != ""):  # a whole would undo its parts
            recipe = each.apply(recipe, value)
        return recipe

    def name_of(self, sweep: str, values: Mapping[str, Any]) -> str:
        """Return the name of a run with these values: '<sweep> learning rate 0.004, dropout 0.3'."""
        return f"{sweep} {', '.join(Swept.of(key).describe(value) for key, value in values.items())}"

    def to_dict(self) -> dict[str, Any]:
        """Return the plan as values for JSON."""
        settings = {
            key: asdict(values) if isinstance(values, Between) else list(values)
            for key, values in self.settings.items()
        }
        return {each.name: getattr(self, each.name) for each in fields(self)} | {
            "recipe": asdict(self.recipe),
            "settings": settings,
        }

    @classmethod
    def from_dict(cls, values: Any) -> Self:
        """Inverse of `to_dict`, also after JSON.

        Raises
        ------
        ConfigError
            If anything is unknown or not allowed.
        """
        names = {each.name for each in fields(cls)}
        if not isinstance(values, dict) or set(values) != names or not isinstance(values["settings"], dict):
            raise ConfigError(f"a plan has {', '.join(sorted(names))}")
        settings = {key: _thaw(given) for key, given in values["settings"].items()}
        return cls(**values | {"recipe": Recipe.from_dict(values["recipe"]), "settings": settings})


def _thaw(values: Any) -> Any:
    if isinstance(values, dict):
        if set(values) != {"low", "high"}:
            raise ConfigError("a range has a low and a high end")
        return Between(**values)
    return _freeze(values)


def _freeze(values: Any) -> Any:
    """Make tuples of sequences, and plain numbers of those of numpy."""
    if hasattr(values, "tolist"):
        values = values.tolist()
    if isinstance(values, Sequence) and not isinstance(values, str | bytes):
        return tuple(map(_freeze, values))
    return values
