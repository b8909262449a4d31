from __future__ import annotations

from lstmmusic.errors import CorpusError, SaveError, plain_text


def test_text_of_others_is_shown_on_one_line_of_letters() -> None:
    assert plain_text("Für Elise ♫ <b>") == "Für Elise ♫ <b>"
    assert plain_text("a\nb\x1b[1m\ud800\u2028c\x7f") == "a\ufffdb\ufffd[1m\ufffd\ufffdc\ufffd"


def test_messages_can_be_shown_whatever_names_they_tell() -> None:
    for kind in (CorpusError, SaveError):
        assert str(kind("caf\udce9\nis not there")) == "caf\ufffd\ufffdis not there"
