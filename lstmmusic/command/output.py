"""What a command says: results on stdout, as lines or as JSON; messages and progress on stderr."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TextIO, TypeVar

from lstmmusic.base.progress import Bar, Work
from lstmmusic.errors import plain_text

Result = TypeVar("Result")

# Where stderr is no terminal, as in the log of a server: the time between two lines of one progress.
BETWEEN_LINES = 10.0  # seconds


class Output:
    """Writes what a command says.

    Parameters
    ----------
    name : str
        Of the command; messages begin with it.
    as_json : bool
        Whether results are JSON lines.
    quiet : bool
        Whether there are no messages but errors, and no progress.
    """

    def __init__(self, name: str, *, as_json: bool = False, quiet: bool = False) -> None:
        self.as_json, self.quiet = as_json, quiet
        self._name = name
        self._bar: Bar | None = None

    def give(self, words: str, **record: Any) -> None:
        """Write a result: its words on a line, or the record as JSON."""
        _write_line(sys.stdout, json.dumps(record) if self.as_json else words)

    def record(self, **record: Any) -> None:
        """Write a result that is only of use to programs."""
        if self.as_json:
            self.give("", **record)

    def say(self, words: str) -> None:
        """Write a message."""
        if not self.quiet:
            self._write_message(words)

    def fail(self, words: str) -> None:
        """Write the message of an error."""
        self._write_message(f"{self._name}: {words}")

    def finish(self, work: Work[Result], label: str) -> Result:
        """Run work and return its result, with its progress."""
        with self.progress(label) as show:
            while True:
                try:
                    progress = next(work)
                except StopIteration as end:
                    result: Result = end.value
                    return result
                show(progress.done / max(progress.total, 1), f"{progress.done:,} of {progress.total:,}")

    @contextmanager
    def progress(self, label: str) -> Iterator[Callable[[float, str], None]]:
        """Show progress in a `with`, by a function of the fraction that is done, and some words: a bar, or lines."""
        if self.quiet or not sys.stderr.isatty():
            yield self._in_lines(label)
            return
        form = "{desc} {percentage:3.0f}% |{bar}| {elapsed} < {remaining}{postfix}"
        with Bar(desc=label, total=1, bar_format=form, leave=False, delay=0.5) as bar:
            self._bar = bar

            def show(done: float, words: str) -> None:
                bar.set_postfix_str(words, refresh=False)
                bar.update(done - bar.n)

            try:
                yield show
            finally:
                self._bar = None

    def _in_lines(self, label: str) -> Callable[[float, str], None]:
        said = time.monotonic()

        def show(done: float, words: str) -> None:
            nonlocal said
            if time.monotonic() - said > BETWEEN_LINES:
                said = time.monotonic()
                self.say(f"{label}: {done:.0%}, {words}")

        return show

    def _write_message(self, words: str) -> None:
        if self._bar is not None:
            self._bar.clear()  # the next update draws it again, below
        _write_line(sys.stderr, plain_text(words))


def _write_line(stream: TextIO, words: str) -> None:
    # What a program reads is written as it is; a name of a file might control a terminal.
    stream.write(f"{plain_text(words) if stream.isatty() else words}\n")
    stream.flush()
