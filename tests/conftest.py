"""What several tests need: small music, and a cache that is not the user's.

Modules that import torch are imported where they are used: the process that distributes the tests does not need them.
"""

from __future__ import annotations

import ctypes
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import settings

import lstmmusic as lm

if TYPE_CHECKING:
    from torch import Tensor

    from lstmmusic.studio import Studio
    from tests.studios import Recorder

# The same examples each time, however long one takes on a busy machine.
settings.register_profile("lstmmusic", derandomize=True, deadline=None, database=None)
settings.load_profile("lstmmusic")

SMALL = lm.RollConfig(lowest=60, highest=67)


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One for all processes that run tests: reading the chorales takes seconds."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent  # which the workers have in common
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LSTMMUSIC_CACHE", str(folder / "cache"))
        yield folder / "cache"


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> Iterator[None]:
    import torch

    # Small networks: more threads only wait for each other, in processes that tests start too.
    torch.set_num_threads(1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OMP_NUM_THREADS", "1")
        yield


def make_scales(tunes: int, steps: int, config: lm.RollConfig = SMALL) -> lm.Corpus:
    """Make tunes that can be learned: scales that go round, two notes at a time."""
    made = []
    for number in range(tunes):
        roll = np.zeros((steps + number, config.pitches), np.uint8)
        at = np.arange(len(roll))
        roll[at, (at + number) % config.pitches] = 1
        roll[at, (at + number + 2) % config.pitches] = 1
        made.append(lm.Tune(roll, f"scale {number}", config))
    return lm.Corpus("scales", config, tuple(made))


@pytest.fixture
def scales() -> tuple[lm.Corpus, lm.Corpus]:
    return make_scales(6, 30).split(0.3)


def until(condition: Callable[[], object]) -> None:
    """Wait until a condition holds."""
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        threading.Event().wait(0.001)


def same_weights(one: Mapping[str, Tensor], other: Mapping[str, Tensor]) -> bool:
    """Whether two networks have the same weights, to the last bit."""
    return all(weight.equal(other[name]) for name, weight in one.items())


@pytest.fixture
def player() -> Recorder:
    from tests.studios import Recorder

    return Recorder()


@pytest.fixture
def studio(tmp_path: Path, player: Recorder) -> Iterator[Studio]:
    from tests.studios import open_studio

    made = open_studio(tmp_path, player)
    yield made
    made.close()


@pytest.fixture
def closed_views() -> Iterator[None]:
    """Close what a test has opened of widgets."""
    from ipywidgets import Widget

    yield
    Widget.close_all()


@pytest.fixture
def modes() -> Iterator[None]:
    """Let root, as which CI runs, be bound by the modes of files as everybody is."""
    if not hasattr(os, "geteuid"):
        pytest.skip("files have no modes here")
    if os.geteuid() != 0:
        yield
        return
    if sys.platform != "linux":
        pytest.skip("root cannot be bound here")
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)  # the third version, and this thread, from which others inherit
    held = (ctypes.c_uint32 * 6)()  # effective, permitted and inheritable capabilities, and once more for higher ones
    assert libc.capget(header, held) == 0
    fewer = (ctypes.c_uint32 * 6)(*held)
    fewer[0] &= ~0b110  # to write, and to read, what a mode forbids: CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH
    assert libc.capset(header, fewer) == 0
    yield
    assert libc.capset(header, held) == 0


@contextmanager
def mode(path: Path, bits: int) -> Iterator[None]:
    """Give a file or folder another mode, for a time; with the fixture `modes`, it binds."""
    before = path.stat().st_mode
    path.chmod(bits)
    try:
        yield
    finally:
        path.chmod(before)


@pytest.fixture
def shared() -> Path:
    """Reference data beside the project, where it is present."""
    folder = Path(__file__).parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("shared/ is not beside the project: its reference data are not tried")
    return folder
