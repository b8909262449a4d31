"""The README's example and commands work, and the names in it exist."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from dataclasses import replace
from pathlib import Path

import pytest

import lstmmusic as lm
from lstmmusic import compat
from lstmmusic.sweeps import sweeping
from tests.conftest import SMALL, make_scales
from tests.executors import Here

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


# Seconds without a line, however busy the machine is.
PATIENCE = 300

# Appended to an example: how long it takes where nothing else computes.
SECONDS = "\nimport time, torch\nprint('seconds', time.process_time() / torch.get_num_threads())"


def run_as_long_as_it_prints(code: str, folder: Path) -> str:
    """Run a program, and return what it prints."""
    command = [sys.executable, "-u", "-W", "error", "-c", code]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with (
        tempfile.TemporaryFile("w+") as said,
        subprocess.Popen(
            command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=said, text=True
        ) as process,
    ):
        lines = [""]
        while len(lines) == 1 or lines[-1]:
            patience = threading.Timer(PATIENCE, process.kill)
            patience.start()
            lines.append(process.stdout.readline())
            patience.cancel()
        process.wait(PATIENCE)
        said.seek(0)
        assert process.returncode == 0, said.read()
    return "".join(lines)


def test_example_beats_the_markov_baseline_within_90_seconds(tmp_path: Path) -> None:
    example = re.findall(r"```python\n(.*?)```", README, re.DOTALL)[0]
    assert len([line for line in example.splitlines() if line]) <= 11
    printed = run_as_long_as_it_prints(example + SECONDS, tmp_path)
    losses = [float(loss) for loss in re.findall(r"update \d+: ([\d.]+) nats", printed)]
    assert sum(losses[-10:]) < sum(losses[:10])
    assert {path.name for path in tmp_path.iterdir()} == {"tune.mid", "tune.wav", "run.safetensors"}
    trainer = lm.load_run(tmp_path / "run.safetensors", *lm.load_chorales(quiet=True).split(validation=0.15, seed=0))
    # These chorales have neither soft and loud notes nor, on a grid in seconds, bars.
    assert trainer.network.config == replace(lm.NetworkConfig(), velocities=False, metre=False)
    assert trainer.config == lm.TrainingConfig(epochs=trainer.config.epochs)
    assert trainer.validations[-1][1] < trainer.baseline
    assert float(printed.rpartition("seconds ")[2]) < 90


def test_example_of_a_sweep_lists_its_runs_best_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for tune in make_scales(6, 30).tunes:
        lm.write_midi(tune, tmp_path / "scales" / f"{tune.name}.mid")
    monkeypatch.chdir(tmp_path)
    # As the example is written, but on little music, and without waiting for processes to start.
    monkeypatch.setattr(lm, "load_chorales", lambda: lm.load_folder("scales", SMALL, quiet=True))
    monkeypatch.setattr(sweeping, "Processes", Here)
    example = next(code for code in re.findall(r"```python\n(.*?)```", README, re.DOTALL) if "lm.sweep(" in code)
    exec(example, {})
    lines = capsys.readouterr().out.splitlines()
    found = [re.fullmatch(r"which rate learning rate (0\.\d+): ([\d.]+) nats per step", line) for line in lines]
    assert sorted(line[1] for line in found if line) == ["0.002", "0.004", "0.008"]
    losses = [float(line[2]) for line in found if line]
    assert losses == sorted(losses)


def test_every_linked_file_exists() -> None:
    for target in re.findall(r"\]\(([^)]+)\)", README):
        if target.startswith("#"):
            headings = [line.strip("# ").lower().replace(" ", "-") for line in README.splitlines() if line[:1] == "#"]
            assert target[1:] in headings
        elif not target.startswith("https://"):
            assert (ROOT / target).exists(), target
    for name in re.findall(r"`((?:notebooks|assets|scripts)/[\w./-]+)", README):
        assert (ROOT / name).exists(), name


def test_every_name_in_the_table_of_2016_exists() -> None:
    table = README.partition("| 2016 | today |")[2].partition("\n\n")[0]
    rows = [line.strip("| ").split(" | ") for line in table.splitlines() if line.startswith("| `")]
    assert len(rows) >= 9
    old = set(
        re.findall(
            r"\b(midi\w+|RNN4Music|\w+Parameters|genMusic|setNewRates|epsilon|gradClip|sigRand|muRand|genProb\w+)\b",
            " ".join(r[0] for r in rows),
        )
    )
    for name in old:
        assert hasattr(compat, name) or hasattr(compat.RNN4Music, name), name
    for name in re.findall(r"\b([A-Z]\w+|\w+)\(", " ".join(row[1] for row in rows)):
        assert hasattr(lm, name) or hasattr(lm.Trainer, name), name


# Appended to the commands of the README, so that each takes a moment.
SHORTER = {
    "train": "--updates 2 --hidden 6 --length 20",
    "generate": "--steps 4",
    "sweep": "--minutes 0.001 --hidden 6 --length 20",
    "export": "",
    "render": "",
}


@pytest.mark.skipif(sys.platform == "win32", reason="the commands are for a POSIX shell")
def test_commands_work_one_after_the_other(tmp_path: Path) -> None:
    commands = re.findall(r"^lstmmusic (\w+).*$", README, re.MULTILINE)
    lines = re.findall(r"^lstmmusic .*$", README, re.MULTILINE)
    assert set(commands) == {*SHORTER, "studio"}  # which tests/command/test_servers.py opens
    script = [f'lstmmusic() {{ "{sys.executable}" -m lstmmusic "$@"; }}']
    script += [f"{line} {SHORTER[name]}" for name, line in zip(commands, lines, strict=True) if name != "studio"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = ["bash", "-euo", "pipefail", "-c", "\n".join(script)]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    made = {path.name for path in tmp_path.iterdir()}
    assert {"runs", "sweeps", "tunes", "losses.csv", "first.html"} == made
    assert {run.name for run in lm.find_runs(tmp_path)[0]} >= {"first", "which rate learning rate 0.002"}
    assert len(list((tmp_path / "tunes").glob("*.mid"))) == 3


def status_of(address: str) -> int:
    """Return the HTTP status of an address, once the server that printed it listens."""
    deadline = time.monotonic() + 30
    while True:
        try:
            with urllib.request.urlopen(address, timeout=30) as page:
                return page.status
        except urllib.error.URLError:
            assert time.monotonic() < deadline
            threading.Event().wait(0.1)


def is_set_up() -> bool:
    """Return whether scripts/setup has nothing to do: a test must install nothing."""
    stamp = ROOT / ".venv" / "lstmmusic-set-up"
    command = ["bash", "-c", 'source "$1"; set_up_key', "a shell", str(ROOT / "scripts" / "setup")]
    key = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return stamp.is_file() and stamp.read_text().endswith(f"\n{key}")


@pytest.mark.skipif(sys.platform == "win32", reason="the scripts are for bash")
def test_studio_command_opens_the_notebook(tmp_path: Path) -> None:
    """`scripts/studio --no-browser` prints an address, and a server answers there."""
    if not is_set_up():
        pytest.skip("scripts/setup has not set this checkout up")
    process = subprocess.Popen(
        ["bash", str(ROOT / "scripts" / "studio"), "--no-browser"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
    )
    try:
        for line in process.stdout:
            found = re.search(r"http://(?:localhost|127\.0\.0\.1):\d+/\S*studio\.ipynb\S*", line)
            if found:
                break
        else:
            pytest.fail("scripts/studio printed no address")
        assert status_of(found.group()) == 200
    finally:
        process.terminate()
        process.wait(timeout=30)
        process.stdout.close()
