"""The benchmark that needs a browser."""

from __future__ import annotations

import pytest

from benchmarks.browser import beside_a_page

from .conftest import need_chromium

pytestmark = pytest.mark.browser


def test_training_is_timed_beside_a_page_and_alone() -> None:
    need_chromium()
    seconds = beside_a_page(times=1, seconds=1)
    assert seconds is not None
    assert all(0 < update < 10 for update in seconds)
