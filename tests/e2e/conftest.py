"""A JupyterLab of its own for each browser test, and a page that must stay on this machine.

Nothing of the user's is read or written: notebooks, settings, kernels and caches lie in temporary folders.
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
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page

from .studio_page import QUICK, SLOW, Lab, Recording, StudioPage

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM_FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)


def find_chromium() -> str:
    """Path of a browser; without one the tests are left out, but not under CI."""
    named = os.environ.get("LSTMMUSIC_CHROMIUM")
    found = shutil.which(named) if named else next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if found is None:
        advice = "no Chromium: install it (Debian: apt-get install chromium) or set LSTMMUSIC_CHROMIUM to where it is"
        give_up = pytest.fail if named or os.environ.get("CI") == "true" else pytest.skip
        give_up(advice)
    return found


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict) -> dict:
    return browser_type_launch_args | {"executable_path": find_chromium(), "args": list(CHROMIUM_FLAGS)}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict) -> dict:
    return browser_context_args | {"viewport": {"width": 1280, "height": 900}}


@pytest.fixture
def page(page: Page) -> Iterator[Page]:
    """Fails the test if the page meets an error, or asks anything of another machine."""
    errors: list[str] = []
    elsewhere: list[str] = []

    def check(url: str) -> None:
        address = urlsplit(url)
        if address.scheme not in ("data", "blob") and address.hostname != "127.0.0.1":
            elsewhere.append(url)

    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.context.on("request", lambda request: check(request.url))
    page.on("websocket", lambda websocket: check(websocket.url))
    yield page
    assert not elsewhere
    assert not errors


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Parsed chorales: once for all tests."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def open_studio(page: Page, cache: Path, tmp_path: Path) -> Iterator[Callable[..., StudioPage]]:
    """Open the studio in a JupyterLab of its own, which ends with the test."""
    with ExitStack() as labs:

        def start(*, theme: str = "Light", sound_card: bool = True) -> StudioPage:
            lab = labs.enter_context(jupyterlab(tmp_path, cache, theme=theme, sound_card=sound_card))
            return StudioPage(page, lab)

        yield start


@contextmanager
def jupyterlab(home: Path, cache: Path, *, theme: str, sound_card: bool) -> Iterator[Lab]:
    folder, log = home / "notebooks", home / "jupyterlab.log"
    shutil.copytree(NOTEBOOKS, folder, ignore=lambda *_: {".ipynb_checkpoints", "runs", "tunes"})
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
    }
    if sound_card:
        environment |= {"SDL_AUDIODRIVER": "disk", "SDL_DISKAUDIOFILE": str(recording.path)}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--ServerApp.root_dir={folder}"),
        *("--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}", "--ServerApp.port_retries=0"),
        *("--IdentityProvider.token=", "--LabApp.news_url=None", "--LabApp.extension_manager=readonly"),
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]
    with log.open("wb") as output:
        server = subprocess.Popen(
            command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        url = f"http://127.0.0.1:{port}"
        wait_for_server(f"{url}/api", server, log)
        yield Lab(url, folder, recording)
    finally:
        server.terminate()  # it ends its kernels first
        try:
            server.wait(QUICK)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def wait_for_server(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + SLOW
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            if server.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"JupyterLab did not start:\n{log.read_text(encoding='utf-8')[-3000:]}")
            time.sleep(0.1)
