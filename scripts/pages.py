"""The pages of the site that mkdocs.yml describes: files of the repository at their own paths, and what is generated.

mkdocs calls the functions whose names begin with `on_`.
"""

import ast
import io
import json
import re
import tempfile
from base64 import b64decode
from collections.abc import Iterator
from contextlib import redirect_stdout, suppress
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

import lstmmusic
from lstmmusic.command.program import COMMANDS, make_parser
from lstmmusic.config import NetworkConfig, RollConfig, TrainingConfig
from lstmmusic.settings import settings_of

ROOT = Path(__file__).parents[1]
SHOWN = (
    *("*.md", "LICENSE", "docs/*.md", "benchmarks/*.md", "notebooks/*/*.md"),
    *("assets/*.png", "assets/*.gif", "assets/*/*.md", "assets/*/*.txt"),
)
TUTORIAL = Path("notebooks/tutorial.ipynb")
# Folders and modules of the package, in the order of the pages; those with one title share a page.
TITLES = {
    "music": "Music",
    "network": "Network",
    "training": "Training",
    "cluster": "Training",
    "generation": "Generation",
    "analysis": "Analysis",
    "sound": "Sound",
    "runs": "Runs",
    "pages": "Runs",
    "sweeps": "Sweeps",
    "figures": "Figures and files",
    "exports": "Figures and files",
    "config": "Configuration",
    "presets": "Configuration",
    "studio": "Studio and jobs",
    "base": "Studio and jobs",
    "errors": "Errors",
    "compat": "Calls of 2016",
}


def on_config(config: MkDocsConfig) -> None:
    """List the lessons and the library in the navigation."""
    sections = {
        "Lessons": ["notebooks/lessons/README.md", *map(page_of, lessons()), page_of(TUTORIAL)],
        "Library": [{title: page_about(title)} for title in topics()],
    }
    config.nav = [{name: sections.get(name, entry) for name, entry in section.items()} for section in config.nav]


def on_files(files: Files, config: MkDocsConfig) -> None:
    """Take files from the whole repository instead of the folder docs, and add what is generated."""
    for file in [file for file in files if file.src_dir == config.docs_dir]:
        files.remove(file)
    for path in (path for pattern in SHOWN for path in ROOT.glob(pattern)):
        files.append(File.generated(config, path.relative_to(ROOT).as_posix(), abs_src_path=str(path)))
    contents: dict[str, str | bytes] = {"settings.md": "\n".join(write_settings())}
    contents["command.md"] = "\n".join(write_command())
    contents |= {page_about(title): "\n".join(write_topic(title, names)) for title, names in topics().items()}
    contents |= show_notebook(TUTORIAL, execute=False)
    for lesson in lessons():
        contents |= show_notebook(lesson, execute=config.extra["execute_lessons"])
    for uri, content in contents.items():
        files.append(File.generated(config, uri, content=content))


def on_page_markdown(markdown: str, **_: object) -> str:
    """Let links to notebooks lead to their pages."""
    return re.sub(r"(\]\([^:)]+)\.ipynb\)", r"\1.md)", markdown)


# --- the library and its settings ---


def topics() -> dict[str, list[str]]:
    """Return the public names of the package under the titles of their pages."""
    names: dict[str, list[str]] = {title: [] for title in TITLES.values()}
    for node in ast.parse((ROOT / "lstmmusic/__init__.pyi").read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom):
            names[TITLES[str(node.module).partition(".")[0]]] += [alias.name for alias in node.names]
    return {title: sorted(each) for title, each in names.items() if each}


def page_about(title: str) -> str:
    """Return the path of the page with this title."""
    return f"library/{title.lower().replace(' ', '-')}.md"


def write_topic(title: str, names: list[str]) -> Iterator[str]:
    """Yield the lines of a page of the library, which mkdocstrings fills from the docstrings."""
    yield f"# {title}"
    for name in names:
        yield f"\n::: {lstmmusic.__name__}.{name}"


def write_settings() -> Iterator[str]:
    """Yield the lines of the page of settings, from the metadata of their fields."""
    yield "# Settings"
    yield "\nA setting of a config is also a control of the studio, which has the name in the second column. A setting"
    yield "with ✓ may change during a run."
    for config in (RollConfig, NetworkConfig, TrainingConfig):
        yield f"\n## {config.__name__}\n\n| setting | in the studio | default | allowed | what it does | in a run |"
        yield "| --- | --- | --- | --- | --- | --- |"
        for name, setting in settings_of(config).items():
            default = f"`{getattr(config, name)!r}`"
            cells = [f"`{name}`", setting.label, default, setting.allowed, setting.help, "✓" * setting.changeable]
            yield f"| {' | '.join(cells)} |"


def write_command() -> Iterator[str]:
    """Yield the lines of the page of the command: the help of each subcommand."""
    yield "# Command"
    yield "\nThe command `lstmmusic`, or `python -m lstmmusic`, does without a notebook what the studio does."
    for name in COMMANDS:
        with redirect_stdout(io.StringIO()) as said, suppress(SystemExit):
            make_parser(name).parse_args([name, "--help"])
        yield f"\n## {name}\n\n```text\n{said.getvalue().rstrip()}\n```"


# --- notebooks ---


def lessons() -> list[Path]:
    """Return the paths of the lessons, in their order."""
    return sorted(path.relative_to(ROOT) for path in ROOT.glob("notebooks/lessons/*.ipynb"))


def page_of(notebook: Path) -> str:
    """Return the path of the page that shows a notebook."""
    return notebook.with_suffix(".md").as_posix()


def show_notebook(path: Path, *, execute: bool) -> dict[str, str | bytes]:
    """Return a page with the cells of a notebook, and the files that it shows, each by its path."""
    cells = run(ROOT / path) if execute else json.loads((ROOT / path).read_text(encoding="utf-8"))["cells"]
    lines, files = [], {}
    for cell in cells:
        source = "".join(cell["source"])
        lines.append(source if cell["cell_type"] == "markdown" else f"```python\n{source}\n```")
        for output in cell.get("outputs", ()):
            text, name, content = show_output(output, f"{path.stem}-{len(files)}")
            lines.append(text)
            if content:
                files[f"{path.parent.as_posix()}/{name}"] = content
    return {page_of(path): "\n\n".join(lines), **files}


def run(path: Path) -> list[dict[str, Any]]:
    """Execute a notebook in an empty folder, and return its cells."""
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(path, as_version=4)
    with tempfile.TemporaryDirectory() as folder:
        NotebookClient(notebook, kernel_name="python3", resources={"metadata": {"path": folder}}).execute()
    return list(notebook.cells)


def show_output(output: dict[str, Any], name: str) -> tuple[str, str, bytes]:
    """Return the text that shows an output, and the name and content of a file that it needs."""
    data = output.get("data", {"text/plain": output.get("text", "")})
    sound = re.search(r'src="data:audio/[^;]+;base64,([^"]+)"', data.get("text/html", ""))
    if sound:
        return f'<audio controls src="{name}.wav"></audio>', f"{name}.wav", b64decode(sound[1])
    if "image/png" in data:
        return f"![Figure of the cell above]({name}.png)", f"{name}.png", b64decode(data["image/png"])
    return f"```text\n{''.join(data['text/plain']).rstrip()}\n```", "", b""
