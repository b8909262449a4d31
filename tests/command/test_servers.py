"""`lstmmusic studio` opens the notebook of the studio in a folder."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from tests.command.running import environment, run_command
from tests.processes import ROOT
from tests.test_readme import status_of

NOTEBOOK = ROOT / "notebooks" / "studio.ipynb"


@pytest.mark.parametrize(("options", "shown"), [((), "/doc/tree/studio.ipynb"), (("--app",), "/")])
def test_studio_opens_in_a_folder(tmp_path: Path, options: tuple[str, ...], shown: str) -> None:
    """It prints an address, and a server answers there; a notebook that is there already stays."""
    folder = tmp_path / "my studio"
    folder.mkdir()
    if options:
        (folder / "studio.ipynb").write_bytes(NOTEBOOK.read_bytes().replace(b"Show me", b"My own"))
    before = {path: path.read_bytes() for path in folder.iterdir()}
    words = ["studio", "--folder", str(folder), *options, "--no-browser", "--port=8877"]
    process = subprocess.Popen(
        [sys.executable, "-m", "lstmmusic", *words],  # the libraries of servers may warn
        cwd=tmp_path,
        env=environment(HOME=str(tmp_path)),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        said = []
        for line in process.stdout:
            said.append(line)
            found = re.search(rf"http://(?:localhost|127\.0\.0\.1):\d+{shown}\S*", line)
            if found:
                break
        else:
            pytest.fail("".join(said))
        assert status_of(found.group()) == 200
        if not options:  # nothing asks in front of the studio whether news may be fetched
            setting = "/lab/api/settings/@jupyterlab/apputils-extension:notification"
            with urllib.request.urlopen(found.group().replace(shown, setting), timeout=60) as answer:
                assert json.load(answer)["schema"]["properties"]["fetchNews"]["default"] == "false"
    finally:
        process.terminate()
        process.wait(timeout=60)
        process.stdout.close()
    assert (folder / "studio.ipynb").read_bytes() == before.get(folder / "studio.ipynb", NOTEBOOK.read_bytes())


def test_folder_that_is_a_file_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = run_command("studio", "--folder", "file", folder=tmp_path, status=1)
    assert len(done.stderr.splitlines()) == 1
