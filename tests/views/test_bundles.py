"""The JavaScript of the views, as far as Python can check it: bundles are text, load nothing, and are up to date."""

from __future__ import annotations

import hashlib
import re
import runpy
from pathlib import Path

import pytest

import lstmmusic
from lstmmusic import views
from tests.wires import page_code

pytestmark = pytest.mark.usefixtures("closed_views")

PACKAGE = Path(lstmmusic.__file__).parent
SCRIPTS = PACKAGE.parent / "scripts"
BUNDLES = sorted((PACKAGE / "views/bundles").glob("*.js"))


def hash_sources(bundle: str) -> str:
    """Hash the sources that a bundle names above their parts of it, in the order of their names."""
    sources = re.findall(r"^// lstmmusic/(views/.+\.js)$", bundle, re.MULTILINE)
    return hashlib.sha256(b"".join((PACKAGE / source).read_bytes() for source in sorted(sources))).hexdigest()


def is_fresh(bundle: str) -> bool:
    return bundle.partition("\n")[0] == f"// Made by scripts/bundle: {hash_sources(bundle)}"


@pytest.mark.parametrize("path", BUNDLES, ids=lambda path: path.stem)
def test_bundle_is_up_to_date(path: Path) -> None:
    assert is_fresh(path.read_text(encoding="utf-8")), "run scripts/bundle"


def test_constants_are_those_of_python() -> None:
    made = runpy.run_path(str(SCRIPTS / "constants.py"))["MODULE"]
    assert (PACKAGE / "views/constants.js").read_text(encoding="utf-8") == made, "run scripts/bundle"


def test_stale_bundle_is_found() -> None:
    text = BUNDLES[0].read_text(encoding="utf-8")
    other = "// lstmmusic/views/plots/legend.js"
    assert other not in text
    assert not is_fresh(f"{text}\n{other}\n")


@pytest.mark.parametrize("name", [name for name in views.__all__ if name.endswith("View")])
def test_page_code_is_text_that_loads_nothing(name: str) -> None:
    view = getattr(views, name)
    needed = {
        "DropView": {"on_file": print, "endings": [".mid"]},
        "PlayerView": {"player": None},
        "StripsView": {"name": "Takes", "act_on": print},
    }
    module, css = page_code(view(**needed.get(name, {})))
    assert re.search(r"^export \{", module, re.MULTILINE)
    assert not any(word in module for word in ("innerHTML", "https://", "import ", "import(", "fetch("))
    assert "@import" not in css
