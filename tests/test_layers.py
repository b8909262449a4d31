"""Imports point one way, and importing the package is fast and does nothing."""

from __future__ import annotations

import ast
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import lstmmusic
from tests.processes import run_python

PACKAGE = Path(lstmmusic.__file__).parent

# A folder, or a module beside them, may import what its line names: first folders of the package, then other packages.
ROOT = "config settings errors"
MAY_IMPORT = {
    "errors": ("", ""),
    "settings": ("errors", ""),
    "config": ("settings errors", ""),
    "presets": ("config", ""),
    "base": ("errors", "numpy tqdm ray grpc"),
    "music": (f"base {ROOT}", "numpy platformdirs pretty_midi torch"),  # torch draws which tunes are held out
    "figures": (f"music base {ROOT}", "numpy matplotlib plotly"),
    "exports": (f"figures music base {ROOT}", "matplotlib"),
    "network": (f"music base {ROOT}", "numpy torch threadpoolctl"),
    "sound": (f"music base {ROOT}", "numpy"),
    "training": (f"network music base {ROOT}", "numpy torch"),
    "generation": (f"network music base {ROOT}", "numpy torch"),
    "analysis": (f"generation training network music base {ROOT}", "numpy torch"),
    "runs": (f"generation training network music base {ROOT}", "numpy torch safetensors filelock"),
    "cluster": (f"runs training network music base {ROOT}", "numpy torch ray pyarrow"),
    "sweeps": (f"cluster runs training network music base {ROOT}", "numpy torch optuna ray"),
    "compat": (f"runs generation training network music base presets {ROOT}", "numpy torch"),
    "views": ("sound base errors", "numpy anywidget traitlets"),
    "labels": (f"views music {ROOT}", ""),
}
MAY_IMPORT["pages"] = " ".join(("labels views runs", MAY_IMPORT["runs"][0], "sound")), "numpy"
MAY_IMPORT["studio"] = (" ".join(MAY_IMPORT), "numpy ipywidgets IPython filelock pretty_midi")  # everything
MAY_IMPORT["command"] = (
    f"pages sweeps cluster runs generation training network sound exports music base presets __version__ {ROOT}",
    "torch",
)
MAY_IMPORT["__main__"] = ("command", "")


def imports_of(path: Path) -> set[str]:
    """List the modules that a file imports, wherever it does so."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            # `from lstmmusic.music import cache` may import a module of that name.
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def module_name(path: Path) -> str:
    return ".".join(part for part in path.relative_to(PACKAGE.parent).with_suffix("").parts if part != "__init__")


MODULES = {module_name(path): path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py"}


@pytest.mark.parametrize("module", MODULES)
def test_imports_point_one_way(module: str) -> None:
    place = module.split(".")[1]
    folders, packages = (names.split() for names in MAY_IMPORT[place])
    for name in imports_of(MODULES[module]):
        package, _, rest = name.partition(".")
        if name == "lstmmusic":
            assert place == "command"  # for its version
        elif package == "lstmmusic":
            assert rest.partition(".")[0] in (place, *folders)
        else:
            assert package in sys.stdlib_module_names or package in packages


def test_modules_of_a_folder_import_each_other_in_one_direction() -> None:
    within = {name: imports_of(path) & set(MODULES) - {name.rpartition(".")[0]} for name, path in MODULES.items()}
    assert list(TopologicalSorter(within).static_order())  # which raises CycleError


def test_public_names_are_sorted_and_there() -> None:
    stub = ast.parse((PACKAGE / "__init__.pyi").read_text())
    imported = {alias.name for node in stub.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    (declared,) = [ast.literal_eval(node.value) for node in stub.body if isinstance(node, ast.Assign)]
    assert set(declared) == imported == set(lstmmusic.__all__)
    for name in declared:
        assert getattr(lstmmusic, name).__doc__ or name == "PRESETS"


def test_importing_is_fast_and_brings_no_torch() -> None:
    code = (
        "import sys, time; began = time.process_time(); import lstmmusic; took = time.process_time() - began; "
        "assert 'torch' not in sys.modules and 'pygame' not in sys.modules and 'numpy' not in sys.modules; "
        "assert took < 0.5, took; lstmmusic.RollConfig(); assert 'torch' not in sys.modules; "
        "lstmmusic.read_midi; assert 'torch' not in sys.modules"
    )
    run_python("-W", "error", "-c", code)


def test_using_the_library_seeds_and_prints_nothing_and_starts_neither_threads_nor_torchs_compiler() -> None:
    code = (
        "import sys, threading, torch; before = torch.get_rng_state(); threads = threading.active_count(); "
        "import lstmmusic as lm; pieces = lm.load_pieces(quiet=True); shape = lm.NetworkConfig(hidden=(4, 4, 4)); "
        "lm.generate(lm.StackedLSTM(shape), None, 5, quiet=True); "
        "trainer = lm.Trainer(pieces, None, shape, lm.TrainingConfig(length=20), device='cpu'); next(trainer.steps()); "
        "assert torch.equal(before, torch.get_rng_state()); assert threading.active_count() == threads; "
        "assert not {'sympy', 'torch._dynamo', 'torch.distributed.tensor'} & set(sys.modules)"
    )
    done = run_python("-c", code)
    assert (done.stdout, done.stderr) == ("", "")
