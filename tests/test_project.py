"""Dependencies agree in all the files that list them, and the scripts do what they say."""

import ast
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
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
SCRIPTS = [*sorted(path for path in (ROOT / "scripts").iterdir() if not path.suffix), ROOT / ".ci/run"]
BASH = shutil.which("bash") or ""
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
PYTEST = "-m pytest --numprocesses 2 --dist worksteal"
pytestmark = pytest.mark.skipif(not BASH, reason="the scripts need bash")


# --- what is installed ---


def requirements(lines: list[str]) -> dict[str, tuple[SpecifierSet, Marker | None]]:
    parsed = [Requirement(line) for line in lines]
    return {canonicalize_name(requirement.name): (requirement.specifier, requirement.marker) for requirement in parsed}


def read_pins(path: Path) -> dict[str, tuple[SpecifierSet, Marker | None]]:
    return requirements([line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")])


@pytest.fixture(scope="module")
def project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.fixture(scope="module")
def conda() -> list:
    return yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]


@pytest.fixture(scope="module")
def pins() -> dict[str, tuple[SpecifierSet, Marker | None]]:
    return read_pins(ROOT / "constraints.txt")


def test_environment_yml_has_the_dependencies_of_pyproject(project, conda):
    (from_pip,) = [entry["pip"] for entry in conda if isinstance(entry, dict)]
    assert from_pip[0] == "--constraint constraints.txt"
    assert from_pip[-1] == "--editable ."
    assert requirements(from_pip[1:-1]) == requirements(project["dependencies"])


def test_environment_yml_allows_the_versions_of_python_that_are_tested(project, conda):
    (python,) = [entry for entry in conda if isinstance(entry, str) and entry.startswith("python")]
    allowed = Requirement(python).specifier
    assert project["requires-python"] in str(allowed).split(",")
    assert [minor for minor in range(30) if f"3.{minor}" in allowed] == [int(version[2:]) for version in PYTHONS]


def test_every_direct_dependency_is_pinned_within_its_bounds(project, pins):
    direct = requirements([*project["dependencies"], *itertools.chain(*project["optional-dependencies"].values())])
    assert direct.keys() <= pins.keys()
    for name, (bounds, _) in direct.items():
        (pin,) = pins[name][0]
        assert pin.operator == "=="
        assert pin.version in bounds, name


def test_every_pin_has_a_wheel_for_each_python_and_system(project, tmp_path):
    systems = [
        f"sys_platform == '{system}' and platform_machine == '{machine}'"
        for system, machine in [("linux", "x86_64"), ("linux", "aarch64"), ("darwin", "arm64"), ("win32", "AMD64")]
    ]
    required = [f"{system} and python_version == '{python}'" for system in systems for python in PYTHONS]
    (tmp_path / "pyproject.toml").write_text(
        f"""[project]
name = "pins"
version = "0"
requires-python = "{project["requires-python"]}"
[tool.uv]
environments = {required}
required-environments = {required}
""",
        encoding="utf-8",
    )
    # --no-deps: indirect dependencies are pinned too. Nothing but metadata is downloaded.
    options = ["--universal", "--no-deps", "--only-binary=:all:", "--quiet", f"--cache-dir={tmp_path / 'cache'}"]
    python = [f"--python={sys.executable}", f"--python-version={PYTHONS[0]}"]
    done = subprocess.run(
        [sys.executable, "-m", "uv", "pip", "compile", *options, *python, str(ROOT / "constraints.txt")],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    if "Failed to fetch" in done.stderr:
        pytest.skip("no package index can be reached")
    assert done.returncode == 0, done.stderr


def test_constraints_contain_no_local_builds_or_paths(pins):
    for name, (pin, _) in pins.items():
        assert "+" not in str(pin), name
    assert "@" not in (ROOT / "constraints.txt").read_text(encoding="utf-8")


def test_every_test_that_security_md_names_exists():
    named = re.findall(r"`(test_\w+)`", (ROOT / "SECURITY.md").read_text(encoding="utf-8"))
    tests = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    assert len(named) > 20
    assert [name for name in named if f"def {name}(" not in tests] == []


# --- the scripts, in a copy whose .venv/bin/python only records how it was called ---

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
    """A copy of the scripts on a machine whose system, torch and package index the test chooses."""

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
        """Run a script from another folder, with an empty standard input unless the test passes one."""
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
        """Return how Python was called since the last time."""
        lines = self.calls.read_text(encoding="utf-8").splitlines() if self.calls.exists() else []
        self.calls.unlink(missing_ok=True)
        return lines

    def keep_only(self, *tools: str) -> None:
        """Leave nothing on the PATH but these tools and what the test adds."""
        for tool in tools:
            (self.folder / "bin" / tool).symlink_to(shutil.which(tool) or "")
        self.environment["PATH"] = str(self.folder / "bin")


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


def test_second_set_up_installs_nothing(copy):
    copy.run("setup", "--test")
    copy.called()
    for script, *arguments in [("setup", "--test"), ("setup",), ("setup", "--test")]:
        assert copy.run(script, *arguments).stdout == ""
    assert copy.called() == []


@pytest.mark.parametrize("name", ["pyproject.toml", "constraints.txt"])
def test_set_up_installs_again_after_a_change(copy, name):
    copy.run("setup", "--test")
    copy.called()
    with (copy.root / name).open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    copy.run("setup")
    assert copy.called()[-1].endswith(".[test]"), "keeps what was installed for the tests"


def test_failed_set_up_is_repeated(copy):
    copy.run("setup")
    constraints = copy.root / "constraints.txt"
    before = constraints.read_bytes()
    constraints.write_bytes(before + b"# changed\n")
    executable(copy.root / ".venv/bin/python", '#!/bin/sh\n[ "$1" = -c ]\n')
    assert copy.run("setup").returncode != 0
    copy.called()
    executable(copy.root / ".venv/bin/python", FAKE_PYTHON)
    constraints.write_bytes(before)  # but pip may have installed some of it
    copy.run("setup")
    assert len(copy.called()) == 1


@pytest.mark.parametrize(("minor", "accepted"), [(10, False), (11, True), (14, True), (15, False)])
def test_python_is_found_if_its_version_is_supported(copy, minor, accepted):
    shutil.rmtree(copy.root / ".venv")
    copy.keep_only("bash", "cat", "cksum", "dirname", "rm")
    fake = f"import sys; code = sys.argv[1]; sys.version_info = (3, {minor}); exec(code)"
    executable(
        copy.folder / "bin/python3",
        f"""#!/bin/sh
[ "$1" = -c ] && exec {sys.executable} -c '{fake}' "$2"
echo "$*" >>"$CALLS"
""",
    )
    result = copy.run("setup")
    assert result.returncode != 0, "this python3 creates no .venv"
    assert ("none was found" in result.stdout) != accepted
    assert [call.split()[:2] for call in copy.called()] == accepted * [["-m", "venv"]]


def test_uv_brings_a_python_where_none_is_found(copy):
    shutil.rmtree(copy.root / ".venv")
    copy.keep_only("bash", "cat", "chmod", "cksum", "cp", "dirname", "mkdir", "rm", "sed")
    executable(copy.folder / "python", FAKE_PYTHON)
    executable(
        copy.folder / "bin/uv",
        f"""#!/bin/sh
echo "uv $*" >>"$CALLS"
for venv in "$@"; do :; done
mkdir -p "$venv/bin" && cp '{copy.folder}/python' "$venv/bin/python"
""",
    )
    result = copy.run("setup")
    assert result.returncode == 0, result.stdout
    uv, install = copy.called()
    assert uv.startswith("uv venv ")
    assert "--python 3.13" in uv
    assert install.startswith("-m pip install")


def test_studio_passes_arguments_to_jupyterlab(copy):
    assert copy.run("studio", "--no-browser", "--cpu", "--port=1", "a b").returncode == 0
    opened = f"-m lstmmusic studio --folder {copy.root}/notebooks"
    assert copy.called()[-1] == f"{opened} --no-browser --port=1 a b"
    copy.run("studio", "--no-browser", "--port=1", "a b")
    assert copy.called() == [f"{opened} --no-browser --port=1 a b"]


def test_app_installs_voila_and_passes_arguments_to_it(copy):
    assert copy.run("studio", "--app", "--no-browser", "--cpu", "a b").returncode == 0
    *_, install, app = copy.called()
    assert install.endswith("--editable .[app]")
    assert app == f"-m lstmmusic studio --folder {copy.root}/notebooks --app --no-browser a b"


@pytest.mark.parametrize("script", ["setup", "studio", "test", "fuzz", "docs"])
def test_help_installs_nothing(copy, script):
    result = copy.run(script, "--help")
    assert result.returncode == 0
    assert result.stdout.startswith(f"usage: scripts/{script} ")
    assert copy.called() == []


def test_scripts_run_with_standard_input_closed(copy):
    executable(copy.root / ".venv/bin/python", '#!/bin/sh\n[ "$1" = -c ] || cat\n')
    result = copy.run("setup", stdin=None, preexec_fn=lambda: os.close(0))
    assert result.returncode == 0, result.stdout


def test_fuzz_spends_half_of_the_minutes_on_each_target(copy):
    assert copy.run("fuzz", "3").returncode == 0
    install, *runs = copy.called()
    assert install.endswith("--editable .[test,fuzz]")
    assert runs == ["-m tests.fuzzing midi 90", "-m tests.fuzzing checkpoint 90"]
    assert copy.run("fuzz", "soon").stdout.startswith("usage: scripts/fuzz ")


def test_ci_installs_the_fuzzers_and_the_tools_of_the_site(copy):
    copy.environment |= {"CI": "true", "LSTMMUSIC_CHROMIUM": sys.executable}
    copy.run("test")
    assert copy.called()[0].endswith("--editable .[test,fuzz,docs]")


def test_docs_builds_the_site_or_passes_a_command_to_mkdocs(copy):
    assert copy.run("docs").returncode == 0
    assert copy.run("docs", "serve", "--open").returncode == 0
    install, build, serve = copy.called()
    assert install.endswith("--editable .[docs]")
    assert (build, serve) == ("-m mkdocs build --strict", "-m mkdocs serve --strict --open")


def test_lowest_runs_the_tests_without_a_browser_on_the_lower_bounds(copy, project, pins):
    executable(copy.root / ".venv-lowest/bin/python", FAKE_PYTHON)
    copy.has(torch=str(pins["torch"][0]).strip("="))
    assert copy.run("test", "--lowest", "-k", "a b").returncode == 0
    listed = copy.root / ".venv-lowest/constraints.txt"
    install, tests = copy.called()
    assert install.endswith(f"--constraint {listed} --editable .[test]")
    assert tests == f"{PYTEST} -W ignore::DeprecationWarning -m not browser -k a b"

    lowest = {
        name: (str(bound).replace(">=", "=="), marker)
        for name, (bound, marker) in requirements(project["dependencies"]).items()
    }
    others = {name: (str(pin), marker) for name, (pin, marker) in pins.items() if name != "notebook"}
    assert {name: (str(pin), marker) for name, (pin, marker) in read_pins(listed).items()} == others | lowest


# --- which torch ---

FROM_PYTORCH = "--index-url=https://download.pytorch.org/whl/cpu"


@pytest.fixture
def pin(pins) -> str:
    (specifier,) = pins["torch"][0]
    return specifier.version


def answer(copy: Copy, keys: str) -> subprocess.CompletedProcess:
    """Set up at a terminal where a user types."""
    master, slave = pty.openpty()
    try:
        os.write(master, keys.encode())
        return copy.run("setup", stdin=slave)
    finally:
        os.close(master)
        os.close(slave)


def test_linux_warns_of_the_size_of_cuda_and_continues(copy):
    result = copy.run("setup")
    assert "3 GB" in result.stdout
    assert "--cpu" in result.stdout
    assert len(copy.called()) == 1, "only the package itself, which depends on torch"


def test_cpu_build_comes_from_the_index_of_pytorch(copy, pin):
    result = copy.run("setup", "--cpu")
    assert "GB" not in result.stdout
    torch, package = copy.called()
    assert torch.endswith(f"--no-deps {FROM_PYTORCH} torch=={pin}+cpu")
    assert package.endswith("--editable .")


@pytest.mark.parametrize("arguments", [(), ("--cpu",)])
def test_cpu_build_that_pip_finds_is_installed_without_a_question(copy, pin, arguments):
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


def test_mac_installs_torch_without_a_question(copy):
    copy.has(system="Darwin")
    assert "GB" not in copy.run("setup", "--cpu").stdout
    assert len(copy.called()) == 1


@pytest.mark.parametrize(("keys", "status", "installs"), [("\n", 0, 1), ("c\n", 0, 2), ("q\n", 1, 0)])
def test_answer_at_a_terminal_decides_about_torch(copy, keys, status, installs):
    result = answer(copy, keys)
    assert result.returncode == status, result.stdout
    assert len(copy.called()) == installs


# --- which browser ---


def want_chromium(copy: Copy, **environment: str) -> subprocess.CompletedProcess:
    """Look for a browser on an empty PATH, and print what was exported."""
    commands = 'source "$0/scripts/setup"; PATH=; want_chromium; echo "<${LSTMMUSIC_CHROMIUM-}>"'
    return subprocess.run(
        [BASH, "-c", commands, str(copy.root)],
        env=copy.environment | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def test_missing_browser_is_reported_in_one_line(copy):
    result = want_chromium(copy)
    assert result.returncode == 0
    said, exported = result.stdout.splitlines()
    assert "browser tests are skipped" in said
    assert "apt-get install chromium" in said
    assert exported == "<>"


def test_missing_browser_fails_ci(copy):
    result = want_chromium(copy, CI="true")
    assert result.returncode == 1
    assert "No Chromium" in result.stderr
    assert result.stdout == ""


def test_named_browser_is_used(copy):
    assert want_chromium(copy, LSTMMUSIC_CHROMIUM=sys.executable).stdout == f"<{sys.executable}>\n"
    result = want_chromium(copy, LSTMMUSIC_CHROMIUM="/no/such/browser")
    assert result.returncode == 1
    assert "/no/such/browser" in result.stderr


@pytest.mark.parametrize("name", ["chromium", "chromium-browser", "google-chrome"])
def test_checks_run_before_pytest_with_the_browser_that_is_found(copy, name):
    copy.keep_only("bash", "cat", "cksum", "dirname", "rm", "sed")
    executable(copy.folder / "bin" / name, "#!/bin/sh\n")
    assert copy.run("test", "-k", "a b").returncode == 0
    calls = copy.called()
    assert [call.split()[1] for call in calls] == ["pip", "ruff", "ruff", "mypy", "pytest"]
    assert calls[-1] == f"{PYTEST} -k a b"


def test_browser_tests_are_skipped_without_a_browser(copy):
    copy.keep_only("bash", "cat", "cksum", "dirname", "rm", "sed")
    executable(copy.folder / "bin/apt-get", "#!/bin/sh\nexit 100\n")  # some package lists have no Chromium
    assert copy.run("test", "-k", "a b").returncode == 0
    assert copy.called()[-1] == f"{PYTEST} -m not browser -k a b"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root installs a browser")
def test_root_installs_chromium_with_apt(copy):
    copy.keep_only("bash", "cat", "chmod", "cksum", "dirname", "rm", "sed")
    install = f"#!/bin/sh\n[ \"$1\" = update ] || : >'{copy.folder}/bin/chromium'\nchmod +x '{copy.folder}/bin/'*\n"
    executable(copy.folder / "bin/apt-get", install)
    result = copy.run("test")
    assert "installing it with apt-get" in result.stdout
    assert copy.called()[-1] == PYTEST


# Python's own, which are documented in spite of their names.
ALLOWED = {"_exit", "_replace"}


def test_tests_neither_sleep_nor_use_private_members():
    faults = []
    for path in sorted((ROOT / "tests").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Attribute(attr=name) if ast.unparse(node.value) not in ("self", "cls", "super()"):
                    pass
                case ast.Call(args=[_, ast.Constant(str(name)), *_]) if "attr" in ast.unparse(node.func):
                    pass  # such as monkeypatch.setattr
                case ast.alias(name):
                    pass
                case _:
                    continue
            if name in ("sleep", "wait_for_timeout") or (re.match("_[a-z]", name) and name not in ALLOWED):
                faults.append(f"{path.relative_to(ROOT)}:{node.lineno}: {name}")
    assert not faults, "\n".join(faults)
