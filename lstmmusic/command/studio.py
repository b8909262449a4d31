"""`lstmmusic studio`: JupyterLab, or Voila, with the notebook of the studio."""

from __future__ import annotations

import argparse
import os
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from lstmmusic.base.files import assets, home_path, write_atomically
from lstmmusic.command.output import Output
from lstmmusic.errors import LSTMMusicError

HELP = "open the studio in JupyterLab, or alone"
USAGE = "[options] [options of jupyter lab, or of voila]"
NOTEBOOK = "studio.ipynb"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options to a parser."""
    parser.epilog = (
        "Other options are passed to jupyter lab, such as --port=8890 or --ip=0.0.0.0; with --app, to voila, such as "
        "--port=8890 or --Voila.ip=0.0.0.0."
    )
    parser.add_argument(
        "--folder",
        default=".",
        help="where the notebook, runs and tunes lie; the notebook is copied there (default: this folder)",
    )
    parser.add_argument("--app", action="store_true", help="without a notebook around it, in Voila")
    parser.add_argument("--no-browser", action="store_true", help="only print the address to open, as on a server")


def run(options: argparse.Namespace, output: Output) -> None:
    """Open the studio, and return when its server ends.

    Raises
    ------
    LSTMMusicError
        If Voila is not installed.
    SaveError
        If the notebook cannot be copied to the folder.
    """
    folder = home_path(options.folder).resolve()
    notebook = folder / NOTEBOOK
    if not notebook.exists():
        write_atomically(notebook, _find_notebook().read_bytes())
        output.say(f"The studio is in {notebook}.")
    others = ["--no-browser"] * options.no_browser + options.others
    if options.app:
        _open_alone(notebook, others)
        return
    # JupyterLab refuses to run as root without this option; in a container there is no other user.
    as_root = ["--allow-root"] * (hasattr(os, "geteuid") and os.geteuid() == 0)
    # Given as the default URL, not as a file, so that the address that --no-browser prints opens it too.
    shown = [f"--ServerApp.root_dir={folder}", f"--LabApp.default_url=/doc/tree/{NOTEBOOK}"]
    # By default, JupyterLab asks in front of the studio whether it may fetch its news from the internet.
    paths = (os.environ.get("JUPYTER_CONFIG_PATH"), str(assets() / "jupyter"))
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join(filter(None, paths))
    import_module("jupyterlab.labapp").main([*as_root, *shown, *others])


def _open_alone(notebook: Path, others: list[str]) -> None:
    if find_spec("voila") is None:
        raise LSTMMusicError("--app needs Voila, which is not installed: pip install 'lstmmusic[app]'")
    import_module("voila.app").main(
        [
            str(notebook),
            # A page of the app has a kernel of its own. Voila 0.5 refuses the request of a closed page to end it, since
            # that lacks the token against forgery.
            "--token",
            '--Voila.tornado_settings={"disable_check_xsrf": True}',
            # The text of the notebook is about the notebook.
            "--VoilaExporter.exclude_markdown=True",
            # By default, a cell that takes longer than 4 s shows nothing.
            "--VoilaExecutor.iopub_timeout=60",
            *others,
        ]
    )


def _find_notebook() -> Path:
    """Return the notebook: inside an installed package, beside it in a checkout."""
    packaged = assets() / NOTEBOOK
    return packaged if packaged.exists() else assets().parent / "notebooks" / NOTEBOOK
