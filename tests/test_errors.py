from __future__ import annotations

import errno
import shutil

import pytest

from lstmmusic.errors import CorpusError, SaveError, mapped_errors, plain_text


def test_plain_text_replaces_characters_that_cannot_be_shown() -> None:
    assert plain_text("Für Elise ♫ <b>") == "Für Elise ♫ <b>"
    assert plain_text("a\nb\x1b[1m\ud800\u2028c\x7f") == "a\ufffdb\ufffd[1m\ufffd\ufffdc\ufffd"


@pytest.mark.parametrize("kind", [CorpusError, SaveError])
def test_message_with_an_odd_file_name_can_be_shown(kind: type[Exception]) -> None:
    assert str(kind("caf\udce9\nwas not found")) == "caf\ufffd\ufffdwas not found"


@pytest.mark.parametrize(
    ("problem", "reason"),
    [
        (OSError(errno.ENOSPC, "No space left", "a path"), "No space left"),
        (OSError("in words only"), "in words only"),
        (shutil.Error([("from", "to", "Permission denied"), ("from", "to", "Another")]), "Permission denied"),
        (KeyError("name"), "'name'"),
    ],
)
def test_mapped_error_gives_the_reason_and_keeps_the_cause(problem: Exception, reason: str) -> None:
    with (
        pytest.raises(SaveError) as caught,
        mapped_errors(SaveError, lambda text: f"not saved ({text})", OSError, KeyError),
    ):
        raise problem
    assert str(caught.value) == f"not saved ({reason})"
    assert caught.value.__cause__ is problem


@pytest.mark.parametrize("problem", [SaveError("as it is"), ValueError("of another kind")])
def test_other_errors_pass_unchanged(problem: Exception) -> None:
    with pytest.raises(type(problem)) as caught, mapped_errors(SaveError, str, OSError):
        raise problem
    assert caught.value is problem
