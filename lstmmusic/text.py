"""Text that others wrote, or that bytes became: made fit to be shown. It knows no files and no pages."""

from __future__ import annotations

import unicodedata


def plain_text(text: str) -> str:
    """Make the name of a file, or what a file says, fit to be shown: on one line, and in letters that can be sent."""
    if text.isprintable():  # nearly all are, and looking at each letter takes twenty times as long
        return text
    # Bytes of a name that are not UTF-8 come as surrogates, which no encoding takes; control characters could steer a
    # terminal.
    unfit = ("Cc", "Cs", "Zl", "Zp")
    return "".join("\ufffd" if unicodedata.category(character) in unfit else character for character in text)
