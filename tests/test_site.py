"""The site that scripts/docs builds has no dead link, and loads nothing from elsewhere."""

from __future__ import annotations

import runpy
import subprocess
import sys
from html.parser import HTMLParser
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

import lstmmusic as lm
from lstmmusic.command.program import COMMANDS

ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.skipif(not find_spec("mkdocs"), reason="mkdocs is not installed; scripts/docs installs it")


class Page(HTMLParser):
    """The anchors of a page, where its links lead, and what it loads."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value for name, value in attrs if value}
        self.anchors |= {values[name] for name in ("id", "name") if name in values}
        if "href" in values:
            (self.links if tag == "a" else self.loaded).append(values["href"])
        if "src" in values:
            self.loaded.append(values["src"])


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, Page]:
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return {path: Page(path) for path in folder.rglob("*.html") if path.name != "404.html"}


def test_every_link_of_the_site_leads_somewhere(site: dict[Path, Page]) -> None:
    dead = []
    for path, page in site.items():
        for link in page.links + page.loaded:
            address = urlsplit(link)
            if address.scheme in ("https", "mailto"):
                continue
            target = (path.parent / unquote(address.path)).resolve() if address.path else path
            if not target.is_file() or (address.fragment and unquote(address.fragment) not in site[target].anchors):
                dead.append(f"{path.name}: {link}")
    assert not dead, "\n".join(dead)


def test_site_loads_nothing_from_elsewhere(site: dict[Path, Page]) -> None:
    assert [link for page in site.values() for link in page.loaded if urlsplit(link).netloc] == []


def test_site_describes_every_public_name(site: dict[Path, Page]) -> None:
    anchors = set().union(*(page.anchors for page in site.values()))
    assert {f"lstmmusic.{name}" for name in lm.__all__} <= anchors


def test_site_has_the_options_of_every_command() -> None:
    page = "\n".join(runpy.run_path(str(ROOT / "scripts/pages.py"))["write_command"]())
    for name in COMMANDS:
        assert f"\n## {name}\n\n```text\nusage: lstmmusic {name} [options]" in page
    assert page.count("--learning-rates N [N ...]") == 2


def test_outputs_of_a_lesson_become_files_beside_its_page() -> None:
    show_output = runpy.run_path(str(ROOT / "scripts/pages.py"))["show_output"]
    sound = {"data": {"text/html": '<audio><source src="data:audio/x-wav;base64,UklGRg==" type="audio/x-wav"></audio>'}}
    picture = {"data": {"image/png": "iVBORw0=", "text/plain": "<Figure>"}}
    assert show_output(sound, "a") == ('<audio controls src="a.wav"></audio>', "a.wav", b"RIFF")
    assert show_output(picture, "a") == ("![Figure of the cell above](a.png)", "a.png", b"\x89PNG\r")
    assert show_output({"text": "loss\n"}, "a") == ("```text\nloss\n```", "", b"")
