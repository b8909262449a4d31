"""The command as a process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

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
    """Run the command in a folder, and check its exit status, and that it shows no traceback."""
    done = subprocess.run(
        [*COMMAND, *words], cwd=folder, env=environment(), capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == status, done.stderr
    assert "Traceback" not in done.stderr
    return done


def records(output: str) -> list[dict[str, Any]]:
    """Parse JSON lines, in which nothing but JSON is allowed."""

    def refuse(word: str) -> None:
        raise AssertionError(word)

    return [json.loads(line, parse_constant=refuse) for line in output.splitlines()]


def write_scales(folder: Path) -> None:
    for tune in make_scales(6, 30).tunes:
        write_midi(tune, folder / "midi" / f"{tune.name}.mid")
