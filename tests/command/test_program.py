"""The command as a whole: its help, exit status, and errors."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path

import pytest

import lstmmusic as lm
from lstmmusic.command.program import COMMANDS
from tests.command.running import COMMAND, environment, run_command
from tests.processes import ROOT, run_python


def test_installed_command_is_the_program() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    module, _, name = project["scripts"]["lstmmusic"].partition(":")
    assert callable(getattr(import_module(module), name))


def test_help_is_fast_and_names_every_command() -> None:
    code = (
        "import sys, time; began = time.process_time()\n"
        "from lstmmusic.command.program import main\n"
        "try: main(['--help'])\n"
        "except SystemExit as stopped: assert stopped.code == 0\n"
        "assert not {'torch', 'numpy', 'ipywidgets', 'matplotlib'} & set(sys.modules)\n"
        "assert time.process_time() - began < 0.5"
    )
    words = run_python("-W", "error", "-c", code).stdout
    for name, module in COMMANDS.items():
        assert f"    {name}" in words
        assert module.HELP in words


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_a_command_fits_and_needs_no_torch(name: str) -> None:
    code = (
        "import sys\nfrom lstmmusic.command.program import main\n"
        f"try: main([{name!r}, '--help'])\n"
        "except SystemExit as stopped: assert stopped.code == 0\n"
        "assert 'torch' not in sys.modules"
    )
    words = run_python("-W", "error", "-c", code, COLUMNS="100").stdout
    assert words.startswith(f"usage: lstmmusic {name} [options]")
    assert max(map(len, words.splitlines())) <= 100
    assert "--json" in words


def test_version_is_that_of_the_package(tmp_path: Path) -> None:
    assert run_command("--version", folder=tmp_path).stdout == f"lstmmusic {lm.__version__}\n"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "required: COMMAND"),
        (("sing",), "invalid choice: 'sing'"),
        (("generate", "--loud"), "--loud"),
        (("train", "--epochs", "0"), "epochs is 0"),
        (("train", "--no-strikes"), "velocities need strikes"),
        (("train", "--resume", "one", "--hidden", "8"), "keeps its hidden"),
        (("export", "one"), "say what to export"),
    ],
)
def test_wrong_usage_has_the_status_2(words: tuple[str, ...], message: str, tmp_path: Path) -> None:
    done = run_command(*words, folder=tmp_path, status=2)
    assert message in done.stderr
    assert done.stderr.startswith("usage: lstmmusic ")
    assert done.stdout == ""


def test_error_is_one_line_with_the_status_1(tmp_path: Path) -> None:
    (tmp_path / "runs" / "first").mkdir(parents=True)
    done = run_command("generate", "second\x1b[2J\n", "--quiet", folder=tmp_path, status=1)
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("lstmmusic generate: there is no run ")
    assert line.endswith("it has: first")
    assert "\x1b" not in line
    (tmp_path / "page.mid").write_text("<html>")
    done = run_command("render", "page.mid", folder=tmp_path, status=1)
    assert len(done.stderr.splitlines()) == 1
    assert list(tmp_path.glob("*.wav")) == []


def test_pipe_that_is_closed_ends_the_command_quietly(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [*COMMAND, "generate", "--steps", "2"],
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    process.stdout.close()
    process.stdout = None
    _, said = process.communicate(timeout=120)
    assert (process.returncode, said) == (1, "")


def test_closed_streams_are_as_none() -> None:
    code = (
        "import os, sys; os.close(1); os.close(2); sys.stdout = sys.stderr = None\n"
        "from lstmmusic.command.program import main\n"
        "ended = main(['generate', 'nowhere'])\n"
        "os._exit(ended + 40)"
    )
    assert subprocess.run([sys.executable, "-c", code], env=environment(), check=False, timeout=60).returncode == 41
