"""The notebooks are committed without outputs, and run from top to bottom.

nbformat and nbclient are imported in the tests, because that takes every process that collects tests seconds.
"""

from __future__ import annotations

import re
import wave
from pathlib import Path

import numpy as np
import pytest

from lstmmusic import find_notes, read_midi

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
PATHS = sorted(NOTEBOOKS.rglob("*.ipynb"))
LESSONS = [path for path in PATHS if path.parent.name == "lessons"]
MINUTE, MOMENT = "trainer.seconds > 60", "trainer.seconds > 0.1"


@pytest.fixture
def run(tmp_path, tmp_path_factory, monkeypatch):
    """Return a function that runs a notebook silently, in a new folder and without the user's settings."""
    from nbclient import NotebookClient

    for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"):
        monkeypatch.setenv(name, str(tmp_path_factory.mktemp("jupyter")))
    monkeypatch.setenv("SDL_AUDIODRIVER", "dummy")

    def run(notebook):
        client = NotebookClient(notebook, timeout=60, kernel_name="python3", resources={"metadata": {"path": tmp_path}})
        client.execute()
        outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
        assert not any(output.output_type == "error" for output in outputs)
        assert not any("Warning" in output.get("text", "") for output in outputs)
        return outputs

    return run


def read(path):
    import nbformat

    return nbformat.read(NOTEBOOKS / path, as_version=4)


def data_of(outputs, kind):
    return [output.data[kind] for output in outputs if kind in output.get("data", ())]


def test_there_are_two_notebooks_and_the_lessons_that_are_listed():
    assert [path.name for path in PATHS if path not in LESSONS] == ["studio.ipynb", "tutorial.ipynb"]
    listed = (NOTEBOOKS / "lessons/README.md").read_text(encoding="utf-8")
    assert re.findall(r"\((\w+\.ipynb)\)", listed) == [path.name for path in LESSONS]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_committed_notebooks_have_no_outputs(path):
    import nbformat

    notebook = read(path)
    nbformat.validate(notebook)
    for cell in notebook.cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None
        assert not cell.metadata


def test_studio_notebook_has_three_cells():
    assert len(read("studio.ipynb").cells) == 3


def test_studio_notebook_shows_the_studio(run):
    (view,) = data_of(run(read("studio.ipynb")), "application/vnd.jupyter.widget-view+json")
    assert view["model_id"]


def test_tutorial_runs_and_shows_all_figures(run, tmp_path):
    tutorial = read("tutorial.ipynb")
    (cell,) = [cell for cell in tutorial.cells if MINUTE in cell.source]
    cell.source = cell.source.replace(MINUTE, MOMENT)
    outputs = run(tutorial)

    assert len(data_of(outputs, "image/png")) == 3
    assert len(data_of(outputs, "application/vnd.plotly.v1+json")) == 2
    assert len(find_notes(read_midi(tmp_path / "tune.mid"))) > 0
    with wave.open(str(tmp_path / "tune.wav")) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(float)
    assert np.sqrt(np.mean(samples**2)) > 50
    assert (tmp_path / "tutorial.safetensors").stat().st_size > 0


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_lesson_is_short_and_runs_with_pictures_and_sounds(run, path, tmp_path):
    lesson = read(path)
    assert 8 <= len(lesson.cells) <= 14
    outputs = run(lesson)
    assert data_of(outputs, "image/png")
    assert len([page for page in data_of(outputs, "text/html") if "<audio" in page]) >= 2
    assert not list(tmp_path.iterdir())  # nothing is left in the user's folder
