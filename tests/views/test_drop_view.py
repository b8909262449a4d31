"""The drop box without a browser: which files it requests, in which order, and how it reports the others."""

from __future__ import annotations

import pytest

from lstmmusic.errors import MidiError
from lstmmusic.views import DropView
from tests.wires import receive

pytestmark = pytest.mark.usefixtures("closed_views")


ENDINGS = (".mid", ".midi", ".kar", ".rmi", ".musicxml", ".abc", ".zip")


class Desk:
    """A view, and what it passed on."""

    def __init__(self, **traits):
        self.files, self.done = [], []
        self.view = DropView(
            lambda *file: self.files.append(file), lambda *end: self.done.append(end), endings=ENDINGS, **traits
        )

    def begin(self, *files, batch="b"):
        self.receive(kind="begin", batch=batch, files=[{"name": name, "size": size} for name, size in files])

    def send(self, index, content, batch="b"):
        self.receive(content, kind="file", batch=batch, index=index)

    def receive(self, *buffers, **message):
        receive(self.view, message, buffers)

    @property
    def requested(self):
        return self.view.upload.get("index")


def test_files_are_requested_one_after_the_other():
    desk = Desk()
    desk.begin(("a.mid", 3), ("folder/B.MIDI", 2))
    assert desk.view.upload == {"batch": "b", "index": 0, "answered": 0, "count": 2}
    assert (desk.files, desk.done) == ([], [])
    desk.send(0, b"abc")
    assert desk.view.upload == {"batch": "b", "index": 1, "answered": 1, "count": 2}
    desk.send(1, b"de")
    assert desk.files == [("a.mid", b"abc"), ("folder/B.MIDI", b"de")]
    assert desk.done == [(2, [])]
    assert desk.view.upload == {"batch": "b", "index": None}
    assert desk.view.message == "2 files added"


def test_unrequested_files_are_ignored():
    desk = Desk()
    desk.send(0, b"before any upload")
    desk.begin(("a.mid", 1), ("b.mid", 1), ("c.mid", 1))
    desk.send(1, b"early")
    desk.send(0, b"of another batch", batch="c")
    desk.send(0, b"1")
    desk.send(0, b"twice")
    assert desk.files == [("a.mid", b"1")]
    desk.send(1, b"2")
    desk.send(2, b"3")
    desk.send(2, b"late")
    assert [content for _, content in desk.files] == [b"1", b"2", b"3"]
    assert len(desk.done) == 1


def test_large_file_is_named_with_advice_and_never_requested():
    desk = Desk()
    desk.begin(("big.mid", 12_400_000), ("small.mid", 8_000_000))
    assert desk.requested == 1
    desk.send(1, b"small")
    [(taken, [line])] = desk.done
    assert taken == 1
    assert line == ("big.mid has 12.4 MB, and a file may have at most 8 MB: choose another")
    assert desk.view.message == f"1 file added, 1 left out:\n{line}"


def test_file_one_byte_too_large_is_refused():
    desk = Desk()
    desk.begin(("big.mid", 8_000_001))
    assert desk.done[0][1][0].startswith("big.mid has 8.1 MB, and a file may have at most 8 MB")


def test_batch_has_a_limit_and_smaller_files_still_fit():
    desk = Desk(total_limit=10_000_000)
    desk.begin(("a.mid", 6_000_000), ("b.mid", 6_000_000), ("c.mid", 4_000_000))
    desk.send(0, b"a")
    assert desk.requested == 2
    desk.send(2, b"c")
    [(taken, [line])] = desk.done
    assert taken == 2
    assert line.startswith("b.mid is too much; an upload carries at most 10 MB together: copy it")


def test_files_of_another_kind_are_named_and_the_rest_is_taken():
    desk = Desk()
    desk.begin(("photo.jpg", 9_000_000), ("a.kar", 1), ("mid", 1), ("b.MusicXML", 1), ("c.zip", 1), ("d.krn", 1))
    for index in (1, 3, 4):
        desk.send(index, b"a")
    [(taken, refused)] = desk.done
    assert (taken, [line.split()[0] for line in refused]) == (3, ["photo.jpg", "mid", "d.krn"])
    assert refused[0] == f"photo.jpg is not a music file: its name ends in none of {', '.join(ENDINGS)}"


def test_endings_are_those_of_the_reader():
    with pytest.raises(TypeError, match="endings"):
        DropView(print)
    assert DropView(print, endings=[".krn"]).endings == (".krn",)


def test_upload_without_a_wanted_file_ends_at_once():
    desk = Desk()
    desk.begin(("photo.jpg", 1))
    assert (desk.requested, [taken for taken, _ in desk.done]) == (None, [0])
    assert desk.view.upload["batch"] == "b"  # so that the page knows that it was answered


def test_many_refusals_are_summarised():
    desk = Desk()
    desk.begin(*[(f"{n}.txt", 1) for n in range(1200)])
    lines = desk.view.message.splitlines()
    assert (lines[0], len(lines), lines[-1]) == ("0 files added, 1,200 left out:", 7, "and 1,195 more")
    assert len(desk.done[0][1]) == 1200


def test_too_many_files_are_refused_together():
    desk = Desk()
    desk.begin(*[(f"{n}.mid", 1) for n in range(10_001)])
    assert desk.requested is None
    assert "at most 10,000 files: copy them into a folder" in desk.view.message


def test_error_of_a_file_is_shown_and_the_next_one_follows(caplog):
    def take(name, content):
        raise {"a.mid": MidiError("has no notes"), "b.mid": OSError("disk full"), "c.mid": MidiError()}[name]

    done = []
    view = DropView(take, lambda *end: done.append(end), endings=ENDINGS)
    receive(view, {"kind": "begin", "batch": "b", "files": [{"name": f"{name}.mid", "size": 1} for name in "abc"]})
    for index in range(3):
        receive(view, {"kind": "file", "batch": "b", "index": index}, [b"x"])
    assert done == [(0, ["a.mid: has no notes", "b.mid: OSError: disk full", "c.mid: MidiError"])]
    [record] = caplog.records
    assert record.exc_info[0] is OSError


def test_error_at_the_end_is_shown(caplog):
    def fail(taken, refused):
        raise MidiError("the folder holds no notes")

    view = DropView(print, fail, endings=ENDINGS)
    receive(view, {"kind": "begin", "batch": "b", "files": []})
    assert view.message == "0 files added\nthe folder holds no notes"
    assert not caplog.records


def test_end_may_write_its_own_message():
    view = DropView(print, lambda taken, refused: setattr(view, "message", "Reading the music"), endings=ENDINGS)
    receive(view, {"kind": "begin", "batch": "b", "files": []})
    assert view.message == "Reading the music"


def test_file_that_the_browser_cannot_read_is_left_out():
    desk = Desk()
    desk.begin(("a.mid", 1), ("b.mid", 1))
    desk.receive(kind="unreadable", batch="b", index=0)
    desk.send(1, b"b")
    assert desk.done == [(1, ["a.mid: the browser could not read it; choose it again"])]


def test_folder_that_the_browser_cannot_read_is_named():
    desk = Desk()
    desk.begin(("album", -1), ("a.mid", 1))
    assert desk.requested == 1
    desk.send(1, b"a")
    assert desk.done[0][1][0].startswith("album cannot be read by the browser: copy it into a folder on the machine")


def test_cancelled_upload_keeps_what_was_taken():
    desk = Desk()
    desk.receive(kind="cancel")
    assert desk.done == []
    desk.begin(("a.mid", 1), ("b.mid", 1))
    desk.send(0, b"a")
    desk.receive(kind="cancel")
    desk.send(1, b"b")
    assert (desk.files, desk.done, desk.requested) == ([("a.mid", b"a")], [(1, [])], None)
    assert desk.view.message == "Cancelled: 1 file added"


def test_upload_of_a_closed_page_does_not_block_the_next():
    desk = Desk()
    desk.begin(("a.mid", 1), batch="lost")
    desk.begin(("b.mid", 1), batch="new")
    assert desk.done == [(0, [])]
    desk.send(0, b"a", batch="lost")
    desk.send(0, b"b", batch="new")
    assert (desk.files, desk.done[1:]) == ([("b.mid", b"b")], [(1, [])])


@pytest.mark.parametrize("buffers", [[], [b"a", b"b"], [b"x" * 11]])
def test_wrong_size_of_a_file_is_refused(buffers):
    desk = Desk(limit=10)
    desk.begin(("a.mid", 1))
    desk.receive(*buffers, kind="file", batch="b", index=0)
    assert (desk.files, desk.done[0][0]) == ([], 0)
    assert "its size is not what the page had said" in desk.done[0][1][0]


def test_wrong_total_size_is_refused():
    desk = Desk(total_limit=10)
    desk.begin(("a.mid", 1), ("b.mid", 1))
    desk.send(0, b"x" * 6)
    desk.send(1, b"x" * 6)
    assert desk.done[0][0] == 1


@pytest.mark.parametrize(
    "message",
    [
        None,
        [],
        {},
        {"kind": "begin"},
        {"kind": "begin", "batch": 7, "files": []},
        {"kind": "begin", "batch": "b", "files": "a.mid"},
        {"kind": "begin", "batch": "b", "files": ["a.mid"]},
        {"kind": "begin", "batch": "b", "files": [{"name": None, "size": 1}]},
        {"kind": "begin", "batch": "b", "files": [{"name": "a.mid"}]},
        {"kind": "begin", "batch": "b", "files": [{"name": "a.mid", "size": "1"}]},
        {"kind": "file", "batch": "b", "index": 0},
    ],
)
def test_malformed_messages_change_nothing(message):
    desk = Desk()
    before = desk.view.get_state()
    receive(desk.view, message, [b"x"])
    assert (desk.view.get_state(), desk.files, desk.done) == (before, [], [])


def test_names_are_shown_in_printable_characters():
    desk = Desk()
    desk.begin(("\u202e<b>\n\udce9" + "x" * 300 + ".exe", 1))
    line = desk.done[0][1][0]
    assert line.startswith("\N{REPLACEMENT CHARACTER}<b>\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}xxx")
    assert "…xxx" in line
    assert ".exe is not a music file" in line
    assert len(line) < 200
