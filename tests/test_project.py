"""The files around the package: dependencies in step, and scripts that do what they say, without network or browser."""

import itertools
import os
import pty
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
SCRIPTS = [*sorted((ROOT / "scripts").iterdir()), ROOT / ".ci/run"]
BASH = shutil.which("bash") or ""
PYTEST = "-m pytest --numprocesses 2 --dist worksteal"
pytestmark = pytest.mark.skipif(not BASH, reason="the scripts need bash")


# --- what is installed ---


def requirements(lines: list[str]) -> dict[str, SpecifierSet]:
    parsed = [Requirement(line) for line in lines]
    return {canonicalize_name(requirement.name): requirement.specifier for requirement in parsed}


@pytest.fixture(scope="module")
def project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.fixture(scope="module")
def conda() -> list:
    return yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]


@pytest.fixture(scope="module")
def pins() -> dict[str, SpecifierSet]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return requirements([line for line in lines if not line.startswith("#")])


def test_environment_yml_has_the_dependencies_of_pyproject(project, conda):
    (from_pip,) = [entry["pip"] for entry in conda if isinstance(entry, dict)]
    assert from_pip[0] == "--constraint constraints.txt"
    assert from_pip[-1] == "--editable ."
    assert requirements(from_pip[1:-1]) == requirements(project["dependencies"])


def test_environment_yml_starts_at_the_same_python(project, conda):
    (python,) = [entry for entry in conda if isinstance(entry, str) and entry.startswith("python")]
    assert project["requires-python"] in str(Requirement(python).specifier).split(",")


def test_every_direct_dependency_is_pinned_within_its_bounds(project, pins):
    direct = requirements([*project["dependencies"], *itertools.chain(*project["optional-dependencies"].values())])
    assert direct.keys() <= pins.keys()
    for name, bounds in direct.items():
        (pin,) = pins[name]
        assert pin.operator == "=="
        assert pin.version in bounds, name


def test_constraints_name_no_local_builds_or_places(pins):
    for name, pin in pins.items():
        assert "+" not in str(pin), name
    assert "@" not in (ROOT / "constraints.txt").read_text(encoding="utf-8")


def test_every_test_that_security_md_names_is_there():
    named = re.findall(r"`(test_\w+)`", (ROOT / "SECURITY.md").read_text(encoding="utf-8"))
    tests = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    assert len(named) > 20
    assert [name for name in named if f"def {name}(" not in tests] == []


# --- the scripts, in a copy whose .venv/bin/python only writes down how it was called ---

FAKE_PYTHON = """#!/bin/sh
case "$*" in
  '-m pip index versions torch') echo "Available versions: $OFFERED" ;;
  *'version("torch")'*) echo "$INSTALLED" ;;
  -c*) ;;
  *) echo "$*" >>"$CALLS" ;;
esac
"""


def executable(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)


class Copy:
    """A copy of the scripts on a machine of which the test says what it has."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root = folder / "a folder with spaces"
        self.calls = folder / "calls"
        shutil.copytree(ROOT / "scripts", self.root / "scripts")
        for name in ("pyproject.toml", "constraints.txt"):
            shutil.copy(ROOT / name, self.root)
        executable(self.root / ".venv/bin/python", FAKE_PYTHON)
        self.environment = {"PATH": f"{folder / 'bin'}:{os.environ['PATH']}", "CALLS": str(self.calls)}
        self.has(system="Linux", torch="", offered="9.9.9, 9.9.8")

    def has(self, system: str | None = None, torch: str | None = None, offered: str | None = None) -> None:
        if system is not None:
            executable(self.folder / "bin/uname", f"#!/bin/sh\necho {system}\n")
        if torch is not None:
            self.environment["INSTALLED"] = torch
        if offered is not None:
            self.environment["OFFERED"] = offered

    def run(self, script: str, *arguments: str, **options) -> subprocess.CompletedProcess:
        """Run a script from another folder, with a standard input that has ended unless the test gives one."""
        return subprocess.run(
            [BASH, str(self.root / "scripts" / script), *arguments],
            **{"stdin": subprocess.DEVNULL, "cwd": "/", "env": self.environment} | options,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=60,
        )

    def called(self) -> list[str]:
        """How Python was called since the last time this was asked."""
        lines = self.calls.read_text(encoding="utf-8").splitlines() if self.calls.exists() else []
        self.calls.unlink(missing_ok=True)
        return lines


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    return Copy(tmp_path)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_scripts_are_executable_bash(script):
    assert os.access(script, os.X_OK)
    assert script.read_text(encoding="utf-8").startswith("#!/usr/bin/env bash\n")
    subprocess.run([BASH, "-n", str(script)], check=True)


def test_set_up_installs_the_pinned_versions(copy):
    assert copy.run("setup", "--test").returncode == 0
    (install,) = copy.called()
    assert install.startswith("-m pip install")
    assert install.endswith("--constraint constraints.txt --editable .[test]")


def test_set_up_is_done_once(copy):
    copy.run("setup", "--test")
    copy.called()
    for script, *arguments in [("setup", "--test"), ("setup",), ("setup", "--test")]:
        assert copy.run(script, *arguments).stdout == ""
    assert copy.called() == []


@pytest.mark.parametrize("name", ["pyproject.toml", "constraints.txt"])
def test_set_up_follows_a_change(copy, name):
    copy.run("setup", "--test")
    copy.called()
    with (copy.root / name).open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    copy.run("setup")
    assert copy.called()[-1].endswith(".[test]"), "and keeps what was installed for the tests"


def test_set_up_that_failed_is_tried_again(copy):
    copy.run("setup")
    constraints = copy.root / "constraints.txt"
    before = constraints.read_bytes()
    constraints.write_bytes(before + b"# changed\n")
    executable(copy.root / ".venv/bin/python", '#!/bin/sh\n[ "$1" = -c ]\n')
    assert copy.run("setup").returncode != 0
    copy.called()
    executable(copy.root / ".venv/bin/python", FAKE_PYTHON)
    constraints.write_bytes(before)  # pip may have got half-way, so this is not the state of before
    copy.run("setup")
    assert len(copy.called()) == 1


def test_set_up_without_python_says_which_one_is_needed(copy):
    shutil.rmtree(copy.root / ".venv")
    for name in ("python3.13", "python3.12", "python3.11", "python3"):
        executable(copy.folder / "bin" / name, "#!/bin/sh\nexit 1\n")
    result = copy.run("setup")
    assert result.returncode == 1
    assert "needs Python 3.11" in result.stdout.splitlines()[-1]


def test_studio_passes_arguments_on(copy):
    assert copy.run("studio", "--no-browser", "--cpu", "--port=1", "a b").returncode == 0
    assert copy.called()[-1].startswith("-m jupyterlab ")
    copy.run("studio", "--no-browser", "--port=1", "a b")
    (studio,) = copy.called()
    assert studio.endswith("notebooks/studio.ipynb --no-browser --port=1 a b")


@pytest.mark.parametrize("script", ["setup", "studio", "test", "fuzz"])
def test_help_sets_nothing_up(copy, script):
    result = copy.run(script, "--help")
    assert result.returncode == 0
    assert result.stdout.startswith(f"usage: scripts/{script} ")
    assert copy.called() == []


def test_scripts_run_with_standard_input_closed(copy):
    executable(copy.root / ".venv/bin/python", '#!/bin/sh\n[ "$1" = -c ] || cat\n')
    result = copy.run("setup", stdin=None, preexec_fn=lambda: os.close(0))
    assert result.returncode == 0, result.stdout


def test_fuzzers_share_the_minutes(copy):
    assert copy.run("fuzz", "3").returncode == 0
    install, *runs = copy.called()
    assert install.endswith("--editable .[test,fuzz]")
    assert runs == ["-m tests.fuzzing midi 90", "-m tests.fuzzing checkpoint 90"]
    assert copy.run("fuzz", "soon").stdout.startswith("usage: scripts/fuzz ")


def test_ci_installs_the_fuzzers(copy):
    copy.environment |= {"CI": "true", "LSTMMUSIC_CHROMIUM": sys.executable}
    copy.run("test")
    assert copy.called()[0].endswith("--editable .[test,fuzz]")


# --- which torch ---

FROM_PYTORCH = "--index-url=https://download.pytorch.org/whl/cpu"


@pytest.fixture
def pin(pins) -> str:
    (specifier,) = pins["torch"]
    return specifier.version


def answer(copy: Copy, keys: str) -> subprocess.CompletedProcess:
    """Set up at a terminal where somebody types."""
    master, slave = pty.openpty()
    try:
        os.write(master, keys.encode())
        return copy.run("setup", stdin=slave)
    finally:
        os.close(master)
        os.close(slave)


def test_linux_says_what_cuda_costs_and_goes_on(copy):
    result = copy.run("setup")
    assert "3 GB" in result.stdout
    assert "--cpu" in result.stdout
    assert len(copy.called()) == 1, "only the package itself, which brings torch"


def test_cpu_takes_torch_from_the_index_of_pytorch(copy, pin):
    result = copy.run("setup", "--cpu")
    assert "GB" not in result.stdout
    torch, package = copy.called()
    assert torch.endswith(f"--no-deps {FROM_PYTORCH} torch=={pin}+cpu")
    assert package.endswith("--editable .")


@pytest.mark.parametrize("arguments", [(), ("--cpu",)])
def test_cpu_build_that_pip_finds_needs_no_index_and_no_question(copy, pin, arguments):
    copy.has(offered=f"9.9.9, {pin}+cpu, {pin}")
    result = answer(copy, "q\n") if not arguments else copy.run("setup", *arguments)
    assert result.returncode == 0
    assert "GB" not in result.stdout
    torch, _ = copy.called()
    assert torch.endswith(f"--no-deps torch=={pin}+cpu")
    assert "index-url" not in torch


@pytest.mark.parametrize("build", ["", "+cpu"])
def test_installed_torch_is_left_alone(copy, pin, build):
    copy.has(torch=pin + build)
    assert "GB" not in copy.run("setup").stdout
    assert len(copy.called()) == 1


def test_cpu_replaces_an_installed_cuda_build(copy, pin):
    copy.has(torch=pin)
    copy.run("setup")
    copy.called()
    copy.run("setup", "--cpu")
    assert copy.called()[0].endswith(f"{FROM_PYTORCH} torch=={pin}+cpu")


def test_mac_is_asked_nothing(copy):
    copy.has(system="Darwin")
    assert "GB" not in copy.run("setup", "--cpu").stdout
    assert len(copy.called()) == 1


@pytest.mark.parametrize(("keys", "status", "installs"), [("\n", 0, 1), ("c\n", 0, 2), ("q\n", 1, 0)])
def test_question_at_a_terminal(copy, keys, status, installs):
    result = answer(copy, keys)
    assert result.returncode == status, result.stdout
    assert len(copy.called()) == installs


# --- which browser ---


def want_chromium(copy: Copy, **environment: str) -> subprocess.CompletedProcess:
    """Look for a browser where there is nothing at all, and tell what was exported."""
    commands = 'source "$0/scripts/setup"; PATH=; want_chromium; echo "<${LSTMMUSIC_CHROMIUM-}>"'
    return subprocess.run(
        [BASH, "-c", commands, str(copy.root)],
        env=copy.environment | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def test_missing_browser_is_said_in_one_line(copy):
    result = want_chromium(copy)
    assert result.returncode == 0
    said, exported = result.stdout.splitlines()
    assert "browser tests are left out" in said
    assert "apt-get install chromium" in said
    assert exported == "<>"


def test_missing_browser_fails_ci(copy):
    result = want_chromium(copy, CI="true")
    assert result.returncode == 1
    assert "No Chromium" in result.stderr
    assert result.stdout == ""


def test_named_browser_is_taken(copy):
    assert want_chromium(copy, LSTMMUSIC_CHROMIUM=sys.executable).stdout == f"<{sys.executable}>\n"
    result = want_chromium(copy, LSTMMUSIC_CHROMIUM="/no/such/browser")
    assert result.returncode == 1
    assert "/no/such/browser" in result.stderr


def without_browser(copy: Copy, *tools: str) -> None:
    """Leave nothing on the PATH but what the scripts need."""
    for tool in tools:
        (copy.folder / "bin" / tool).symlink_to(shutil.which(tool) or "")
    copy.environment["PATH"] = str(copy.folder / "bin")


@pytest.mark.parametrize("name", ["chromium", "chromium-browser", "google-chrome"])
def test_test_runs_checks_then_pytest_with_the_browser_it_found(copy, name):
    without_browser(copy, "bash", "cat", "cksum", "dirname", "rm", "sed")
    executable(copy.folder / "bin" / name, "#!/bin/sh\n")
    assert copy.run("test", "-k", "a b").returncode == 0
    calls = copy.called()
    assert [call.split()[1] for call in calls] == ["pip", "ruff", "ruff", "mypy", "pytest"]
    assert calls[-1] == f"{PYTEST} -k a b"


def test_test_leaves_browser_tests_out(copy):
    without_browser(copy, "bash", "cat", "cksum", "dirname", "rm", "sed")
    executable(copy.folder / "bin/apt-get", "#!/bin/sh\nexit 100\n")  # there are others that do not have the package
    assert copy.run("test", "-k", "a b").returncode == 0
    assert copy.called()[-1] == f"{PYTEST} -m not browser -k a b"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root installs a browser")
def test_root_gets_chromium_from_apt(copy):
    without_browser(copy, "bash", "cat", "chmod", "cksum", "dirname", "rm", "sed")
    install = f"#!/bin/sh\n[ \"$1\" = update ] || : >'{copy.folder}/bin/chromium'\nchmod +x '{copy.folder}/bin/'*\n"
    executable(copy.folder / "bin/apt-get", install)
    result = copy.run("test")
    assert "installing it with apt-get" in result.stdout
    assert copy.called()[-1] == PYTEST
