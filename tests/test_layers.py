"""Imports point one way, and importing the package is fast and does nothing."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import lstmmusic

PACKAGE = Path(lstmmusic.__file__).parent

# A module may import from those before it in the list, and from those named outside the package.
ORDER = {
    "text": "",
    "errors": "",
    "config": "",
    "presets": "",
    "sources": "",
    "names": "",
    "files": "",
    "progress": "tqdm",
    "pitches": "",
    "midi": "numpy",
    "scores": "numpy",
    "pianoroll": "numpy pretty_midi",
    "notes": "numpy",
    "measures": "numpy",
    "blind": "numpy",
    "musicxml": "numpy",
    "chorales": "",
    "cache": "numpy platformdirs",
    "processes": "",
    "reading": "",
    "originals": "",
    "uploads": "",
    "soundfont_tables": "numpy",
    "soundfont": "numpy",
    "timed": "numpy",
    "passages": "numpy",
    "mixer": "",
    "synth": "numpy",
    "playback": "",
    "midi_player": "",
    "mixing": "numpy",
    "vorbis": "numpy",
    "wav": "",
    "figures": "numpy matplotlib plotly",
    "exports": "matplotlib",
    "views.base": "anywidget traitlets",
    "views.curves": "numpy",
    "views.loss": "numpy traitlets",
    "views.health": "numpy traitlets",
    "views.roll": "numpy traitlets",
    "views.frame": "",
    "views.code": "traitlets",
    "views.tunes": "numpy traitlets",
    "views.drop": "traitlets",
    "views.samples": "",
    "views.keys": "numpy traitlets",
    "views.transport": "traitlets",
    "views.sound": "numpy traitlets",
    "views.player": "traitlets",
    "views": "",
    "data": "numpy torch",
    "overview": "numpy",
    "batches": "numpy torch",
    "devices": "torch threadpoolctl",
    "memory": "torch",
    "peepholes": "numpy torch",
    "lstm": "torch",
    "outputs": "numpy torch",
    "model": "numpy torch threadpoolctl",
    "evaluation": "numpy torch",
    "stepping": "numpy torch",
    "generation": "numpy torch",
    "continuation": "numpy",
    "inspection": "numpy",
    "diagnosis": "numpy",
    "remedies": "",
    "probabilities": "numpy",
    "snapshots": "numpy",
    "advice": "numpy",
    "beginning": "torch",
    "clipping": "torch",
    "health": "torch",
    "optimizers": "torch",
    "learner": "torch",
    "training": "numpy torch",
    "cost": "torch",
    "headers": "torch safetensors",
    "tensor_files": "torch",
    "checkpoint": "torch",
    "bundled": "",
    "runs": "numpy torch",
    "locks": "filelock",
    "run_folders": "filelock",
    "deleted_runs": "",
    "recipes": "",
    "seed2016": "numpy torch",
    "compat": "numpy torch",
    "job": "",
    "studio.controls": "ipywidgets",
    "studio.background": "",
    "studio.interrupts": "IPython",
    "studio.heat": "numpy",
    "studio.session": "filelock",
    "studio.instruments": "ipywidgets pretty_midi",
    "studio.sound": "ipywidgets numpy",
    "studio.primer": "ipywidgets",
    "studio.blind": "numpy",
    "studio.music": "ipywidgets",
    "studio.network": "ipywidgets",
    "studio.training": "ipywidgets",
    "studio.takes": "",
    "studio.endless": "ipywidgets",
    "studio.exports": "",
    "studio.comparison": "",
    "studio.listening": "ipywidgets",
    "studio.pair": "",
    "studio.runs": "ipywidgets",
    "studio.transport": "ipywidgets",
    "studio": "ipywidgets",
}


def imports_of(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            # `from lstmmusic import chorales` imports a module of that name.
            names |= (
                {f"{node.module}.{alias.name}" for alias in node.names} if node.module == "lstmmusic" else {node.module}
            )
    return names


def module_name(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


MODULES = {module_name(path): path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py"}


def test_every_module_has_its_place() -> None:
    assert set(MODULES) == set(ORDER)


@pytest.mark.parametrize("module", ORDER)
def test_imports_point_one_way(module: str) -> None:
    before = list(ORDER)[: list(ORDER).index(module)]
    for name in imports_of(MODULES[module]):
        if name.startswith("lstmmusic."):
            assert name.removeprefix("lstmmusic.") in before
        elif name.partition(".")[0] not in sys.stdlib_module_names:
            assert name.partition(".")[0] in ORDER[module].split()


@pytest.mark.parametrize("module", ORDER)
def test_modules_are_small(module: str) -> None:
    assert len(MODULES[module].read_text().splitlines()) <= 300


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
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, timeout=60)


def test_using_the_library_seeds_and_prints_nothing_and_starts_neither_threads_nor_torchs_compiler() -> None:
    code = (
        "import sys, threading, torch; before = torch.get_rng_state(); threads = threading.active_count(); "
        "import lstmmusic as lm; pieces = lm.load_pieces(quiet=True); shape = lm.NetworkConfig(hidden=(4, 4, 4)); "
        "lm.generate(lm.StackedLSTM(shape), None, 5, quiet=True); "
        "trainer = lm.Trainer(pieces, None, shape, lm.TrainingConfig(length=20), device='cpu'); next(trainer.steps()); "
        "assert torch.equal(before, torch.get_rng_state()); assert threading.active_count() == threads; "
        "assert not {'sympy', 'torch._dynamo', 'torch.distributed.tensor'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, timeout=60, capture_output=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
