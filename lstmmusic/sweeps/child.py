"""A run in a process of its own: what it reads from its standard input, and the events that it answers.

The first line has everything about the run as JSON. A second line asks it to stop, and so does the end of the input,
when the process that started this one has ended. Each answer is an event, as JSON on one line.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, TextIO

import torch

from lstmmusic.errors import ConfigError, LSTMMusicError, TrainingError
from lstmmusic.network.devices import ran_out_of_memory
from lstmmusic.runs.recipe import Recipe
from lstmmusic.runs.training import RunProgress, train
from lstmmusic.sweeps.execution import EventKind

# Between two reports of updates; a new validation loss and a save are reported at once.
REPORT_SECONDS = 0.25

MORE_MEMORY = "there is not enough memory: use smaller layers or a smaller mini-batch, or close other programs"

logger = logging.getLogger(__name__)


def serve() -> None:
    """Train the run of the first line of the standard input, until there is a second line, or no more."""
    # Ctrl-C reaches every process of a terminal; this one stops when its pipe closes.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    # Keep what libraries print out of the answers.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    task = json.loads(sys.stdin.readline())
    asked: list[EventKind] = []
    threading.Thread(target=_wait_for_line, args=(sys.stdin, asked), daemon=True).start()
    # A notebook kernel that shuts down ends its children before it ends itself.
    signal.signal(signal.SIGTERM, lambda *_: asked.append("interrupted"))
    torch.set_num_threads(task["threads"])
    if hasattr(os, "nice"):
        os.nice(task["nice"])
    for event in train_task(task, asked):
        with suppress(OSError):  # nobody reads any more; the run is saved as always
            answers.write(json.dumps(event) + "\n")
            answers.flush()


def _wait_for_line(lines: TextIO, asked: list[EventKind]) -> None:
    asked.append("stopped" if lines.readline() else "interrupted")


def train_task(task: dict[str, Any], asked: Sequence[EventKind]) -> Iterator[dict[str, Any]]:
    """Train a run, and yield events: a dict of kind, progress and reason; see `lstmmusic.sweeps.execution.Event`.

    Parameters
    ----------
    task : dict
        The 'recipe', 'path', 'folder', 'device' and 'autosave', as `train` takes them.
    asked : sequence of str
        As soon as this has an entry, the run ends after the current update, in the first of these ways.
    """
    kind: EventKind = "finished"
    reason, last = "", None
    try:
        place = {name: task[name] for name in ("device", "folder", "autosave")}
        with closing(train(Recipe.from_dict(task["recipe"]), Path(task["path"]), **place)) as records:
            reported = None
            for last in records:
                if reported is None or _is_due(last, *reported):
                    reported = last, time.monotonic()
                    yield _event("progress", last)
                if asked:
                    kind = asked[0]
                    break
        last = last and replace(last, saved=last.update)
        reason = "its process was asked to end: continue it" if kind == "interrupted" else ""
    except LSTMMusicError as error:
        kind, reason = "failed" if isinstance(error, ConfigError | TrainingError) else "interrupted", str(error)
    except Exception as error:
        if not ran_out_of_memory(error):
            logger.exception("the run failed")
        kind, reason = "failed", MORE_MEMORY if ran_out_of_memory(error) else repr(error)
    yield _event(kind, last, reason)


def _is_due(record: RunProgress, reported: RunProgress, when: float) -> bool:
    news = record.epoch, record.saved, record.problem
    return news != (reported.epoch, reported.saved, reported.problem) or time.monotonic() > when + REPORT_SECONDS


def _event(kind: EventKind, record: RunProgress | None, reason: str = "") -> dict[str, Any]:
    return {"kind": kind, "progress": record and asdict(record), "reason": reason}
