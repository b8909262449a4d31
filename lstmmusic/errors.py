"""The errors that LSTMmusic raises on purpose; each message says what happened and what to do.

`mapped_errors` turns exceptions of libraries into them, and `plain_text` makes text from files safe to show.
"""

from __future__ import annotations

import shutil
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class LSTMMusicError(Exception):
    """Base of all errors of this package."""

    def __str__(self) -> str:
        """Return the message on one line, in characters that can be encoded: file names may have others."""
        return plain_text(super().__str__())


class ConfigError(LSTMMusicError, ValueError):
    """A setting is outside its range, or an argument of another type; the message names it, and what is allowed."""


class MidiError(LSTMMusicError, ValueError):
    """A music file cannot be read, or contains nothing that can be used."""


class UnsupportedError(MidiError):
    """A music file has something that the fast reader of its format does not know, and that another reader may."""


class UnreadError(MidiError):
    """A music file could not be read this time; its content may be fine."""


class DamageWarning(UserWarning):
    """Part of a music file could not be read; what was read is used."""


class CorpusError(LSTMMusicError, ValueError):
    """There is no music to learn from: a folder is missing, is empty, or every file was left out."""


class TrainingError(LSTMMusicError, RuntimeError):
    """Training cannot continue, for instance because the loss is no longer finite."""


class CheckpointError(LSTMMusicError, ValueError):
    """A saved run cannot be read, or belongs to another network or to other music."""


class SaveError(LSTMMusicError, OSError):
    """A file cannot be written, for instance because the disk is full; what was there before is unharmed."""


class ClusterError(LSTMMusicError, RuntimeError):
    """Ray is not installed, a cluster cannot be reached, or its machines failed; what was trained is kept."""


class BusyError(LSTMMusicError, RuntimeError):
    """A run is open in another studio, or the studio is busy with another task."""


class PlaybackError(LSTMMusicError, RuntimeError):
    """Sound cannot be played on this machine, or not from this file."""


@contextmanager
def mapped_errors(
    error: type[LSTMMusicError], message: Callable[[str], str], *kinds: type[Exception]
) -> Iterator[None]:
    """Raise exceptions of some types as an error of this package; one that already is that error passes unchanged.

    Parameters
    ----------
    error : type
        The error to raise.
    message : callable
        Makes its message from the reason that the original exception gives.
    *kinds : types
        The exceptions to replace.
    """
    try:
        yield
    except error:
        raise
    except kinds as problem:
        raise error(message(reason_of(problem))) from problem


def reason_of(error: Exception) -> str:
    """Return what went wrong, in the words of the system or a library, without the paths that it adds."""
    if isinstance(error, shutil.Error):  # lists everything that could not be copied
        return str(error.args[0][0][2])
    return (isinstance(error, OSError) and error.strerror) or str(error)


def plain_text(text: str) -> str:
    """Make a file name, or text from a file, safe to show: on one line, and in characters that can be encoded."""
    if text.isprintable():  # nearly all text is, and checking each character takes twenty times as long
        return text
    # Bytes of a name that are not UTF-8 come as surrogates, which no encoding accepts; control characters could control
    # a terminal.
    unfit = ("Cc", "Cs", "Zl", "Zp")
    return "".join("\ufffd" if unicodedata.category(character) in unfit else character for character in text)
