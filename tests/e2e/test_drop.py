"""The drop box in a browser, with its Python half behind it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from lstmmusic.errors import MidiError
from lstmmusic.views import DropView
from tests.wires import receive

from .live_view import LiveView

pytestmark = pytest.mark.browser

ENDINGS = (".mid", ".kar", ".musicxml", ".zip")

DROP_TEXTS = """(box, names) => {
  const transfer = new DataTransfer();
  for (const name of names) transfer.items.add(new File([`content of ${name}`], name));
  for (const kind of ["dragenter", "dragover", "drop"]) {
    box.dispatchEvent(new DragEvent(kind, { dataTransfer: transfer, bubbles: true, cancelable: true }));
  }
}"""


class Desk:
    """A view in a page, and what it handed on."""

    def __init__(self, page, on_file=None, **traits):
        self.page, self.files, self.done = page, [], []
        view = DropView(
            on_file or (lambda *file: self.files.append(file)),
            lambda *end: self.done.append(end),
            endings=ENDINGS,
            **traits,
        )
        self.live = LiveView(page, view)
        self.box = page.locator(".lstmmusic-drop-box")
        self.message = page.get_by_role("status")

    def choose(self, *files):
        payloads = [{"name": name, "mimeType": "", "buffer": content} for name, content in files]
        self.page.locator("input[type=file]").set_input_files(payloads)

    def drop_paths(self, *paths):
        """Do what the browser does for files that are dragged from a file manager."""
        self.box.scroll_into_view_if_needed()
        place = self.box.bounding_box()
        devtools = self.page.context.new_cdp_session(self.page)
        for kind in ("dragEnter", "dragOver", "drop"):
            devtools.send(
                "Input.dispatchDragEvent",
                {
                    "type": kind,
                    "x": place["x"] + 20,
                    "y": place["y"] + 20,
                    "data": {"items": [], "files": list(map(str, paths)), "dragOperationsMask": 1},
                },
            )


@pytest.fixture
def open_desk(page):
    return lambda **traits: Desk(page, **traits)


def test_each_chosen_file_is_one_message(open_desk):
    desk = open_desk()
    expect(desk.box).to_contain_text("Drop music files here")
    desk.choose(("a.mid", b"\x00\xffa"), ("notes.txt", b""), ("b.MusicXML", b"b"))
    expect(desk.message).to_contain_text(
        "2 files added, 1 left out:\nnotes.txt is not a music file", use_inner_text=True
    )
    assert desk.files == [("a.mid", b"\x00\xffa"), ("b.MusicXML", b"b")]
    assert [(message["kind"], message.get("index")) for message in desk.live.heard] == [
        ("begin", None),
        ("file", 0),
        ("file", 2),
    ]
    expect(desk.page.get_by_role("button", name="Choose files")).to_be_visible()
    desk.choose(("a.mid", b"\x00\xffa"))
    expect(desk.message).to_have_text("1 file added")
    assert len(desk.files) == 3


def test_large_files_never_leave_the_page(open_desk):
    desk = open_desk(limit=1000)
    desk.choose(("big.mid", b"x" * 1001), ("small.mid", b"x" * 1000))
    expect(desk.message).to_contain_text("big.mid has 0.1 MB, and a file may have at most")
    assert [name for name, _ in desk.files] == ["small.mid"]


def test_button_opens_the_dialogue_by_keyboard(page, open_desk):
    page.on("filechooser", lambda _: None)  # from now on, since a listener that comes late misses a quick dialogue
    open_desk()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Choose files")).to_be_focused()
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    assert chooser.value.is_multiple()
    assert chooser.value.element.get_attribute("accept") == ",".join(ENDINGS)


def test_files_are_dropped(open_desk):
    desk = open_desk()
    desk.box.evaluate(DROP_TEXTS, ["a.mid", "b.exe"])
    expect(desk.message).to_contain_text("1 file added, 1 left out:")
    assert desk.files == [("a.mid", b"content of a.mid")]


def test_dropped_folder_is_read_with_its_subfolders(open_desk, tmp_path):
    album = tmp_path / "album"
    (album / "two").mkdir(parents=True)
    for number in range(150):  # more than the browser lists at a time
        (album / f"{number}.mid").write_bytes(b"one")
    (album / "two" / "1.mid").write_bytes(b"two")
    (album / ".hidden.mid").write_bytes(b"hidden")
    (tmp_path / "single.mid").write_bytes(b"single")
    desk = open_desk()
    desk.drop_paths(album, tmp_path / "single.mid")
    expect(desk.message).to_have_text("152 files added")
    assert dict(desk.files)["album/two/1.mid"] == b"two"
    assert dict(desk.files)["single.mid"] == b"single"
    assert "album/.hidden.mid" not in dict(desk.files)


def test_missing_file_is_left_out(open_desk, tmp_path):
    paths = [tmp_path / "a.mid", tmp_path / "gone.mid"]
    for path in paths:
        path.write_bytes(b"x")
    desk = open_desk(on_file=lambda name, content: paths[1].unlink())
    desk.page.locator("input[type=file]").set_input_files(paths)
    expect(desk.message).to_contain_text("gone.mid: the browser could not read it; choose it again")
    assert desk.done[0][0] == 1


def test_progress_and_cancel(page, open_desk):
    desk = open_desk()
    choose, cancel = (page.get_by_role("button", name=name) for name in ("Choose files", "Cancel"))
    desk.live.busy = True
    desk.choose(*[(f"{n}.mid", b"x") for n in range(40)])
    expect(page.get_by_text("Waiting until the notebook is free")).to_be_visible()
    expect(page.get_by_role("progressbar")).not_to_have_attribute("value", re.compile(""))
    expect(choose).to_be_hidden()
    desk.live.wait_for(messages=1)
    desk.live.free()
    expect(page.get_by_text("Sending 1 of 40")).to_be_visible()
    desk.live.wait_for(messages=1)
    desk.live.free()
    expect(page.get_by_text("Sending 2 of 40")).to_be_visible()
    expect(page.get_by_role("progressbar")).to_have_attribute("value", "1")
    desk.live.wait_for(messages=1)
    cancel.click()
    desk.live.wait_for(messages=2)
    desk.live.free()
    expect(desk.message).to_have_text("Cancelled: 2 files added")
    expect(choose).to_be_focused()
    expect(cancel).to_be_hidden()
    assert desk.done == [(2, [])]


def test_upload_cancelled_while_the_notebook_is_busy_is_not_sent(page, open_desk):
    desk = open_desk()
    desk.live.busy = True
    desk.choose(("a.mid", b"x"))
    page.get_by_role("button", name="Cancel").click()
    desk.live.wait_for(messages=2)
    desk.live.free()
    expect(desk.message).to_have_text("Cancelled: 0 files added")
    desk.live.settle()
    assert [message["kind"] for message in desk.live.heard] == ["begin", "cancel"]


def test_upload_of_another_page_is_shown_and_can_be_cancelled(page, open_desk):
    desk = open_desk()
    begin = {"kind": "begin", "batch": "b", "files": [{"name": "a.mid", "size": 1}]}
    receive(desk.live.view, begin)
    desk.live.pass_on()
    expect(page.get_by_text("Sending 1 of 1, from another page")).to_be_visible()
    desk.box.evaluate(DROP_TEXTS, ["b.mid"])  # is not taken meanwhile
    page.get_by_role("button", name="Cancel").click()
    expect(desk.message).to_have_text("Cancelled: 0 files added")
    assert [message["kind"] for message in desk.live.heard] == ["cancel"]


def test_upload_continues_while_the_box_is_hidden(page, open_desk):
    desk = open_desk()
    desk.live.busy = True
    desk.choose(("a.mid", b"a"), ("b.mid", b"b"))
    desk.live.wait_for(messages=1)
    desk.live.end()
    assert desk.live.listened_to() == ["change:upload"]
    for _ in ("begin", "a.mid", "b.mid"):
        desk.live.wait_for(messages=1)
        desk.live.free()
    assert desk.files == [("a.mid", b"a"), ("b.mid", b"b")]


def test_names_are_text(page, open_desk):
    def refuse(name, content):
        raise MidiError(f"{name} has no notes")

    desk = open_desk(on_file=refuse)
    hostile = "<img src=x onerror='window.harmed = 1'>"
    desk.choose((f"{hostile}.mid", b"x"), (hostile, b"x"))
    expect(desk.message).to_contain_text(f"{hostile}.mid has no notes")
    expect(desk.message).to_contain_text(f"{hostile} is not a music file")
    assert page.locator("main img").count() == 0
    assert page.evaluate("window.harmed") is None


def test_box_is_compact(page, open_desk):
    desk = open_desk()
    assert desk.box.evaluate("box => box.offsetHeight") == 64
    for width in (320, 500, 900):
        desk.live.resize(width)
        assert page.evaluate("view.el.scrollWidth") <= width
