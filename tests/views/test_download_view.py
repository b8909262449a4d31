"""A file is sent in parts, as the page requests them."""

from __future__ import annotations

from pathlib import Path

import pytest

from lstmmusic.views import DownloadView, download
from tests.wires import Wire, receive

pytestmark = pytest.mark.usefixtures("closed_views")


@pytest.fixture
def view(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DownloadView:
    monkeypatch.setattr(download, "PART", 4)
    made = DownloadView()
    made.comm = Wire()
    assert (made.name, made.layout.display) == ("", "none")
    (tmp_path / "tune.zip").write_bytes(b"0123456789")
    made.offer(tmp_path / "tune.zip")
    return made


def request(view: DownloadView, start: object, offer: object = None) -> bytes:
    receive(view, {"kind": "part", "offer": view.offers if offer is None else offer, "start": start})
    return view.part


def test_file_comes_in_parts_in_one_message_each(view: DownloadView) -> None:
    assert (view.name, view.size, view.layout.display) == ("tune.zip", 10, None)
    assert not view.busy
    view.comm.sent.clear()
    assert [request(view, start) for start in (0, 4, 8)] == [b"0123", b"4567", b"89"]
    assert [message["state"].get("start", 0) for message, _ in view.comm.sent] == [0, 4, 8]
    assert view.busy
    answers = view.answers
    request(view, 8)  # the answer was lost
    assert view.answers == answers + 1
    receive(view, {"kind": "end", "offer": view.offers})
    assert (view.busy, view.part) == (False, b"")


@pytest.mark.parametrize(
    "content",
    [
        *(None, "part", {"kind": "part"}, {"kind": "part", "start": 0}, {"kind": "part", "offer": 0, "start": 0}),
        *({"kind": "part", "offer": 1, "start": start} for start in (-1, "0", 1.5, None)),
    ],
)
def test_malformed_requests_are_ignored(view: DownloadView, content: object, caplog: pytest.LogCaptureFixture) -> None:
    receive(view, content)
    assert (view.answers, view.part, view.busy) == (0, b"", False)
    assert not caplog.records


def test_another_file_ends_what_was_offered(view: DownloadView, tmp_path: Path) -> None:
    first = view.offers
    request(view, 0)
    (tmp_path / "other.wav").write_bytes(b"abc")
    view.offer(tmp_path / "other.wav")
    assert (view.name, view.part) == ("other.wav", b"")
    assert request(view, 0, first) == b""
    assert request(view, 0) == b"abc"
    view.offer(None)
    assert (view.name, view.layout.display) == ("", "none")
    assert request(view, 0) == b""


def test_file_that_is_gone_gives_an_empty_part(view: DownloadView, tmp_path: Path) -> None:
    (tmp_path / "tune.zip").unlink()
    answers = view.answers
    assert request(view, 0) == b""
    assert view.answers == answers + 1
    assert request(view, 10**30) == b""


def test_file_that_a_page_could_not_keep_is_not_offered(
    view: DownloadView, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "MOST", 9)
    view.offer(tmp_path / "tune.zip")
    assert (view.name, view.layout.display) == ("", "none")
