"""The command in this process, which is fast, and as one of its own."""

from __future__ import annotations

import io
import json
import logging
import os
import subprocess
import sys
import warnings
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import torch

from lstmmusic.command.program import main
from lstmmusic.music.playing import write_midi
from tests.conftest import make_scales
from tests.processes import ROOT

COMMAND = (sys.executable, "-W", "error", "-m", "lstmmusic")

# A network that trains in a second on the music of `write_scales`.
SMALL = (
    *("--music", "midi", "--held-out", "0.3", "--lowest", "60", "--highest", "67"),
    *("--hidden", "6", "--batch-size", "2", "--length", "20", "--threads", "1", "--device", "cpu"),
)


def environment(**variables: str) -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(ROOT), "CUDA_VISIBLE_DEVICES": ""} | variables


def run_command(*words: str, folder: Path, status: int = 0) -> subprocess.CompletedProcess[str]:
    """Run the command in a folder, in this process; check its exit status, and that it shows no traceback."""
    out, err = (io.TextIOWrapper(io.BytesIO(), write_through=True) for _ in range(2))
    before, threads = warnings.formatwarning, torch.get_num_threads()
    with chdir(folder), redirect_stdout(out), redirect_stderr(err):
        try:
            ended = main(words)
        except SystemExit as stop:
            ended = stop.code
        finally:
            logging.captureWarnings(False)
            warnings.formatwarning = before
            torch.set_num_threads(threads)
    results, messages = (stream.buffer.getvalue().decode() for stream in (out, err))
    assert ended == status, messages
    assert "Traceback" not in messages
    return subprocess.CompletedProcess(words, status, results, messages)


def records(output: str) -> list[dict[str, Any]]:
    """Parse JSON lines, in which nothing but JSON is allowed."""

    def refuse(word: str) -> None:
        raise AssertionError(word)

    return [json.loads(line, parse_constant=refuse) for line in output.splitlines()]


def write_scales(folder: Path) -> None:
    for tune in make_scales(6, 30).tunes:
        write_midi(tune, folder / "midi" / f"{tune.name}.mid")
