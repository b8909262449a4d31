"""What loss curves have, for what draws and writes them without torch."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray


@runtime_checkable
class Curves(Protocol):
    """The `Curves` of `lstmmusic.training.snapshot`, whose module needs torch."""

    @property
    def updates(self) -> NDArray[np.float64]:
        """Numbers of the updates."""

    @property
    def training(self) -> NDArray[np.float64]:
        """The loss of each update."""

    @property
    def validation_updates(self) -> NDArray[np.float64]:
        """Updates after which validation was measured."""

    @property
    def validation(self) -> NDArray[np.float64]:
        """The validation loss after each of them."""
