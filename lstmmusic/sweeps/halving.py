"""Which runs of a sweep are hopeless: successive halving (Li et al. 2020, arXiv:1810.05934), as Optuna computes it.

The study is only in memory. It is made again from the validation curves of the runs, which are saved with them.
"""

from __future__ import annotations

import math

from lstmmusic.errors import ConfigError

FACTOR = 3  # one of this many runs continues after each comparison
RUNGS = 2  # comparisons of a run with those that were there before it

GET_OPTUNA = "ending hopeless runs early needs Optuna; install it by: pip install 'lstmmusic[sweeps]'"


def can_halve() -> bool:
    """Return whether Optuna is installed, without importing it, which takes a second."""
    from importlib.util import find_spec

    return find_spec("optuna") is not None


class Halving:
    """Compares runs by their validation losses after the same number of epochs.

    After a ninth of the epochs, and again after a third, a run continues only if its loss is in the best third of those
    that have been there, or, while these are fewer than three, if it is the best.

    Parameters
    ----------
    epochs : int
        Of each run.

    Raises
    ------
    ConfigError
        If Optuna is not installed.
    """

    def __init__(self, epochs: int) -> None:
        try:
            import optuna
        except ImportError:
            raise ConfigError(GET_OPTUNA) from None
        self._last = epochs
        shown = optuna.logging.get_verbosity()
        optuna.logging.set_verbosity(optuna.logging.WARNING)  # it would report the new study
        try:
            pruner = optuna.pruners.SuccessiveHalvingPruner(max(1, epochs // FACTOR**RUNGS), FACTOR)
            self._study = optuna.create_study(sampler=optuna.samplers.RandomSampler(0), pruner=pruner)
        finally:
            optuna.logging.set_verbosity(shown)
        self._trials: dict[str, optuna.Trial] = {}
        self._epochs: dict[str, int] = {}  # the last one that was reported of each run

    def is_hopeless(self, name: str, epoch: int, loss: float) -> bool:
        """Return whether a run should end after an epoch.

        Parameters
        ----------
        name : str
            Of the run.
        epoch : int
            Epochs that are complete; 0, those that were reported before, and the last one are not compared.
        loss : float
            Validation loss after it.
        """
        if not self._epochs.get(name, 0) < epoch < self._last or not math.isfinite(loss):
            return False
        if name not in self._trials:
            self._trials[name] = self._study.ask()
        trial, self._epochs[name] = self._trials[name], epoch
        trial.report(loss, epoch)
        return trial.should_prune()
