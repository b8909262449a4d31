"""Servers that show the notebooks, such as JupyterLab, for tests and benchmarks in a browser.

No file of the user is read or written: notebooks, settings, kernels and caches lie in temporary folders.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from .studio_page import QUICK, SLOW, Lab, Recording

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM_FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)


class FrontEnd(NamedTuple):
    """A program that shows notebooks: its module, options with `{port}` and `{folder}`, and the path of the studio.

    `idle` selects an element that exists once the kernel is idle; it is "" if the cells run by themselves. If `module`
    is "", a copy of scripts/studio starts the program.
    """

    module: str
    options: tuple[str, ...]
    path: str
    idle: str


_SERVER = (
    *("--no-browser", "--allow-root", "--ServerApp.root_dir={folder}", "--ServerApp.ip=127.0.0.1"),
    *("--ServerApp.port={port}", "--ServerApp.port_retries=0", "--IdentityProvider.token="),
)
JUPYTERLAB = FrontEnd(
    "jupyterlab",
    (
        *_SERVER,
        *("--LabApp.news_url=None", "--LabApp.extension_manager=readonly"),
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--ServerApp.disable_check_xsrf=True",  # for `end_kernels`, which sends no token
    ),
    "doc/tree/studio.ipynb?reset",
    # The notebook's own indicator says idle before there is a kernel, and a cell that is run then may get lost.
    r"role=button[name=/\| Idle$/]",
)
NOTEBOOK = FrontEnd(
    "notebook",
    _SERVER,
    "notebooks/studio.ipynb",
    # The message that it connects to the kernel fades too.
    ".jp-NotebookKernelStatus-fade:not(.jp-NotebookKernelStatus-info)",
)
VOILA = FrontEnd(
    "voila",
    (
        *("{folder}", "--no-browser", "--Voila.ip=127.0.0.1", "--port={port}", "--Voila.port_retries=0"),
        f"--VoilaExecutor.iopub_timeout={SLOW}",  # by default, it shows nothing if a cell takes longer than 4 s
    ),
    "voila/render/studio.ipynb",
    "",
)


APP = FrontEnd(
    "", ("--app", "--no-browser", "--port={port}", "--Voila.ip=127.0.0.1", "--Voila.token=secret"), "?token=secret", ""
)
# Stands for the Python of a set-up that is complete.
PYTHON = f"""#!/bin/sh
[ "$1 $2" = '-m pip' ] || exec '{sys.executable}' "$@"
"""


def find_chromium() -> str | None:
    """Return the path of a browser, or None."""
    named = os.environ.get("LSTMMUSIC_CHROMIUM")
    return shutil.which(named) if named else next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)


@contextmanager
def serve(
    front_end: FrontEnd, home: Path, cache: Path, *, theme: str = "Light", sound_card: bool = False
) -> Iterator[Lab]:
    """Run a front end with a copy of the notebooks until the end of the block."""
    folder, log = home / "notebooks", home / "server.log"
    copy_notebooks(folder)
    recording = Recording(home / "sound.raw")
    settings = home / "config/lab/user-settings/@jupyterlab/apputils-extension"
    settings.mkdir(parents=True)
    for name, values in {
        "notification": {"fetchNews": "false", "checkForUpdates": False},
        "themes": {"theme": f"JupyterLab {theme}"},
    }.items():
        (settings / f"{name}.jupyterlab-settings").write_text(json.dumps(values), encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "SDL_"))} | {
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "IPYTHONDIR": str(home / "ipython"),
        "LSTMMUSIC_CACHE": str(cache),
        "XDG_CONFIG_HOME": str(home / "config"),  # of marimo
        "XDG_STATE_HOME": str(home / "state"),
    }
    if sound_card:
        environment |= {"SDL_AUDIODRIVER": "disk", "SDL_DISKAUDIOFILE": str(recording.path)}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = [option.format(port=port, folder=folder) for option in front_end.options]
    with log.open("wb") as output:
        server = subprocess.Popen(
            [*([sys.executable, "-m", front_end.module] if front_end.module else copy_scripts(home)), *options],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        url = f"http://127.0.0.1:{port}"
        wait_for_server(url, server, log)
        yield Lab(f"{url}/{front_end.path}", front_end.idle, folder, recording)
    finally:
        server.terminate()  # which ends its kernels first
        try:
            server.wait(QUICK)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def jupyterlab(home: Path, cache: Path, *, theme: str, sound_card: bool) -> AbstractContextManager[Lab]:
    """Run a JupyterLab."""
    return serve(JUPYTERLAB, home, cache, theme=theme, sound_card=sound_card)


def copy_notebooks(folder: Path) -> None:
    shutil.copytree(NOTEBOOKS, folder, ignore=lambda *_: {".ipynb_checkpoints", "runs", "tunes"})


def copy_scripts(root: Path) -> list[str]:
    """Copy the scripts beside the notebooks, and return the command that opens the studio."""
    shutil.copytree(NOTEBOOKS.parent / "scripts", root / "scripts")
    for name in ("pyproject.toml", "constraints.txt"):
        shutil.copy(NOTEBOOKS.parent / name, root)
    python = root / ".venv/bin/python"
    python.parent.mkdir(parents=True)
    python.write_text(PYTHON, encoding="utf-8")
    python.chmod(0o755)
    return ["bash", str(root / "scripts/studio")]


def open_copy(lab: Lab, name: str) -> Lab:
    """Copy the notebooks to a new folder of a running JupyterLab, and return the address of that copy."""
    copy_notebooks(lab.folder / name)
    return lab._replace(address=lab.address.replace("/tree/", f"/tree/{name}/"), folder=lab.folder / name)


def end_kernels(lab: Lab) -> None:
    """End the kernels of the notebooks in the folder of a JupyterLab, and delete the recording of their sound."""
    server = lab.address.partition("/doc/")[0]
    with urllib.request.urlopen(f"{server}/api/sessions", timeout=QUICK) as answer:
        running = json.load(answer)
    for session in running:
        if session["path"].startswith(f"{lab.folder.name}/"):
            kernel = f"{server}/api/kernels/{session['kernel']['id']}"
            urllib.request.urlopen(urllib.request.Request(kernel, method="DELETE"), timeout=SLOW).close()
    lab.recording.path.unlink(missing_ok=True)


def wait_for_server(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + SLOW
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except urllib.error.HTTPError:
            return  # it wants a token
        except (urllib.error.URLError, OSError):
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the server did not start:\n{log.read_text(encoding='utf-8')[-3000:]}") from None
            with suppress(subprocess.TimeoutExpired):
                server.wait(0.1)
