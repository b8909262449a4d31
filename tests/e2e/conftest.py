"""The studio for each browser test, and a page that may only use this machine."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page

from .lab import CHROMIUM_FLAGS, end_kernels, find_chromium, jupyterlab, open_copy
from .studio_page import LOST_WIDGET, Lab, StudioPage


def need_chromium() -> str:
    """Return the path of a browser; without one the tests are skipped, or fail under CI."""
    found = find_chromium()
    if found is None:
        advice = "Chromium was not found: install it (Debian: apt-get install chromium) or set LSTMMUSIC_CHROMIUM to it"
        wanted = os.environ.get("LSTMMUSIC_CHROMIUM") or os.environ.get("CI") == "true"
        (pytest.fail if wanted else pytest.skip)(advice)
    return found


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict) -> dict:
    return browser_type_launch_args | {"executable_path": need_chromium(), "args": list(CHROMIUM_FLAGS)}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict) -> dict:
    return browser_context_args | {"viewport": {"width": 1280, "height": 900}}


@contextmanager
def guard(page: Page) -> Iterator[None]:
    """Fail if the page reports an error meanwhile, or sends a request to another machine."""
    errors: list[str] = []
    elsewhere: list[str] = []

    def check(url: str) -> None:
        address = urlsplit(url)
        if address.scheme not in ("data", "blob", "file") and address.hostname != "127.0.0.1":
            elsewhere.append(url)

    def note(words: str) -> None:
        if LOST_WIDGET not in words:  # then the studio is opened again
            errors.append(words)

    page.on("console", lambda message: note(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: note(str(error)))
    page.context.on("request", lambda request: check(request.url))
    page.on("websocket", lambda websocket: check(websocket.url))
    yield
    assert not elsewhere
    assert not errors


@pytest.fixture
def page(page: Page) -> Iterator[Page]:
    """Fail the test if the page reports an error, or sends a request to another machine."""
    with guard(page):
        yield page


@pytest.fixture(scope="session")
def find_lab(cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str, bool], Lab]]:
    """Start a JupyterLab of a theme, with or without a sound card, when it is first needed."""
    with ExitStack() as labs:

        @functools.cache
        def find(theme: str, sound_card: bool) -> Lab:
            home = tmp_path_factory.mktemp("lab")
            return labs.enter_context(jupyterlab(home, cache, theme=theme, sound_card=sound_card))

        yield find


@contextmanager
def opening(page: Page, find_lab: Callable[[str, bool], Lab], folder: str) -> Iterator[Callable[..., StudioPage]]:
    """Give what opens a studio, by a cell with `code`, in a folder and kernel of its own, which ends with the block."""
    with ExitStack() as kernels:

        def start(*, theme: str = "Light", sound_card: bool = True, code: str = "Studio()") -> StudioPage:
            lab = open_copy(find_lab(theme, sound_card), folder)
            notebook = lab.folder / "studio.ipynb"
            notebook.write_text(notebook.read_text(encoding="utf-8").replace("Studio()", code), encoding="utf-8")
            kernels.callback(end_kernels, lab)
            kernels.callback(page.goto, "about:blank")  # first, or it would report that its kernel is gone
            return StudioPage(page, lab)

        yield start


@pytest.fixture
def open_studio(
    page: Page, find_lab: Callable[[str, bool], Lab], tmp_path: Path
) -> Iterator[Callable[..., StudioPage]]:
    """Open a studio for a test."""
    with opening(page, find_lab, tmp_path.name) as start:
        yield start


@pytest.fixture(scope="module")
def open_shared_studio(
    browser: Browser,
    browser_context_args: dict,
    find_lab: Callable[[str, bool], Lab],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Callable[..., StudioPage]]:
    """Open a studio for all tests of a module, in whatever order: opening one takes longer than most of them."""
    with browser.new_context(**browser_context_args) as context:
        page = context.new_page()
        with guard(page), opening(page, find_lab, tmp_path_factory.mktemp("shared").name) as start:
            yield start
