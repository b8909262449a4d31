"""What a run is made of, as a value that can be saved, and from which it can be trained."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from lstmmusic.base.progress import Work
from lstmmusic.config import Config, NetworkConfig, RollConfig, TrainingConfig
from lstmmusic.errors import ConfigError, mapped_errors
from lstmmusic.music.corpus import Corpus
from lstmmusic.music.loading import loading
from lstmmusic.music.source import Source
from lstmmusic.runs.checkpoint import MAX_HEADER
from lstmmusic.runs.listing import Run
from lstmmusic.runs.starts import load_start
from lstmmusic.settings import check_fields, check_number
from lstmmusic.training.trainer import Trainer

MAX_MINUTES = 1e7

Music = tuple[Corpus, Corpus | None]


@dataclass(frozen=True)
class Recipe(Config):
    """Everything that a run is made of.

    Parameters
    ----------
    source : Source
        The music; `held_out` and `seed` say which of it measures validation.
    roll : RollConfig, optional
        Its grid.
    network : NetworkConfig, optional
        By default that of the start, or the recommended sizes on this grid.
    training : TrainingConfig, optional
        The settings of the first update.
    start : str
        What the run starts from, as `load_start` takes it; by default random weights.
    fingerprint : str
        Of the weights of the start; by default any will do.
    minutes : float, optional
        Minutes of training after which the run ends, if its epochs are not done before.

    Raises
    ------
    ConfigError
        If a value is out of range, or network and grid have different numbers of pitches.
    """

    source: Source
    roll: RollConfig = RollConfig()  # noqa: RUF009 - frozen
    network: NetworkConfig | None = None
    training: TrainingConfig = TrainingConfig()  # noqa: RUF009 - frozen
    start: str = ""
    fingerprint: str = ""
    minutes: float | None = None

    def __post_init__(self) -> None:
        check_fields(self)
        if self.minutes is not None:
            check_number("minutes", self.minutes, 0.001, MAX_MINUTES)
        if self.network and self.network.pitches != self.roll.pitches:
            raise ConfigError(
                f"the network has {self.network.pitches} pitches, and the grid {self.roll.pitches}: "
                f"set pitches={self.roll.pitches}"
            )

    @property
    def shape(self) -> NetworkConfig:
        """The network of a run that starts from random weights."""
        return self.network or NetworkConfig(pitches=self.roll.pitches)

    @classmethod
    def of_run(cls, run: Run) -> Self:
        """Return what a saved run was made of; changes that were made during the run are not in it.

        Raises
        ------
        ConfigError
            If the file does not say where its music comes from.
        """
        if run.source is None:
            raise ConfigError(f"the source of the music of {run.name} is unknown ({run.music}): load its folder again")
        origin = run.started_from
        start = (origin.source, origin.fingerprint) if origin else ("", "")
        return cls(run.source, run.roll, run.network, run.first_settings, *start)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """Inverse of `dataclasses.asdict`, also for values that were saved as JSON; what is left out is the default.

        Raises
        ------
        ConfigError
            If a setting is unknown or not allowed.
        """
        if isinstance(values, dict):
            values = dict(values)
            for name, kind, defaults in (
                ("source", Source, {}),
                ("roll", RollConfig, {}),
                # Older files lack some settings, whose defaults were others; a recipe never has those.
                ("network", NetworkConfig, asdict(NetworkConfig())),
                ("training", TrainingConfig, asdict(TrainingConfig())),
            ):
                if values.get(name) is not None:
                    given = values[name]
                    values[name] = kind.from_dict(defaults | given if isinstance(given, dict) else given)
        return super().from_dict(values)

    def to_json(self) -> str:
        """Return all settings as JSON."""
        return json.dumps(asdict(self), indent=1)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote; see `from_dict`.

        Raises
        ------
        ConfigError
            If it is no JSON, or a setting is unknown or not allowed.
        """
        if len(text) > MAX_HEADER:
            raise ConfigError(f"a recipe has at most {MAX_HEADER:,} characters, and this text {len(text):,}")
        with mapped_errors(ConfigError, lambda reason: f"this is no recipe ({reason})", ValueError, RecursionError):
            values = json.loads(text)
        return cls.from_dict(values)

    def loading_music(self) -> Work[Music]:
        """Load the music as a generator; see `lstmmusic.base.progress` and `load_music`."""
        music = yield from loading(self.source, self.roll)
        if self.source.held_out is None:
            return music, None
        return music.split(validation=self.source.held_out, seed=self.source.seed)

    def load_music(self) -> Music:
        """Load the music, without showing progress.

        Returns
        -------
        training : Corpus
        validation : Corpus or None
            None if none of it is held out.

        Raises
        ------
        CorpusError
            If none can be used, or it is too little to be split.
        """
        work = self.loading_music()
        while True:
            try:
                next(work)
            except StopIteration as end:
                music: Music = end.value
                return music

    def trainer(self, *, device: str = "auto", folder: str | Path = ".", music: Music | None = None) -> Trainer:
        """Make the trainer of a new run.

        Parameters
        ----------
        device : str
            See `lstmmusic.network.devices.choose_device`.
        folder : str or Path
            Where the path of a run that it starts from begins.
        music : (Corpus, Corpus or None), optional
            What `load_music` would return, if it is loaded already.

        Returns
        -------
        Trainer

        Raises
        ------
        CheckpointError
            If the start cannot be loaded, or no longer has the weights of `fingerprint`.
        ConfigError
            If the start does not fit the network or the grid.
        CorpusError
            If the music cannot be loaded.
        """
        start = load_start(self.start, fingerprint=self.fingerprint, folder=folder) if self.start else None
        training, validation = music or self.load_music()
        return Trainer(training, validation, self.network, self.training, device=device, start_from=start)
