"""Ten seconds of each fuzzer; `scripts/fuzz` runs for as long as you choose."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.skipif(not find_spec("atheris"), reason="atheris is not installed; scripts/fuzz installs it on Linux")
@pytest.mark.parametrize("target", ["midi", "checkpoint"])
def test_fuzzed_files_raise_only_errors_of_the_package(target: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.fuzzing", target, "10"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "DONE" in done.stderr
    assert not list((tmp_path / "fuzzed" / target).iterdir())
