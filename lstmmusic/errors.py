"""Every error that LSTMmusic raises on purpose; each message tells what is wrong and how to mend it."""

from __future__ import annotations

import unicodedata


class LSTMMusicError(Exception):
    """Base of all errors of this package."""

    def __str__(self) -> str:
        """Return the message on one line, in letters that can be sent: the names of files may have other ones."""
        return plain_text(super().__str__())


class ConfigError(LSTMMusicError, ValueError):
    """A setting is outside its range; the message names field, value and range."""


class MidiError(LSTMMusicError, ValueError):
    """A file of music cannot be read, or holds nothing that can be used."""


class UnreadError(MidiError):
    """A file of music could not be read today, which says nothing about its content."""


class CorpusError(LSTMMusicError, ValueError):
    """There is no music to learn from: a folder is missing, is empty, or every file was left out."""


class TrainingError(LSTMMusicError, RuntimeError):
    """Training cannot go on, for instance since the loss is no longer finite."""


class CheckpointError(LSTMMusicError, ValueError):
    """A saved run cannot be read, or belongs to another network or to other music."""


class SaveError(LSTMMusicError, OSError):
    """A file cannot be written, for instance since the disk is full; what was there before is unharmed."""


class BusyError(LSTMMusicError, RuntimeError):
    """A run is open in another studio."""


class PlaybackError(LSTMMusicError, RuntimeError):
    """The sound that was asked for cannot be made on this machine."""


def plain_text(text: str) -> str:
    """Make the name of a file, or what a file says, fit to be shown: on one line, and in letters that can be sent."""
    if text.isprintable():  # nearly all are, and looking at each letter takes twenty times as long
        return text
    # Bytes of a name that are not UTF-8 come as surrogates, which no encoding takes; control characters could steer a
    # terminal.
    unfit = ("Cc", "Cs", "Zl", "Zp")
    return "".join("\ufffd" if unicodedata.category(character) in unfit else character for character in text)
