"""The benchmark that needs a browser."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from benchmarks.browser import beside_a_page, beside_music

from .conftest import need_chromium

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("measure", [beside_a_page, beside_music])
def test_training_is_timed_with_a_page_and_without(measure: Callable[..., tuple[float, float] | None]) -> None:
    need_chromium()
    seconds = measure(times=1, seconds=1)
    assert seconds is not None
    assert all(0 < update < 10 for update in seconds)
