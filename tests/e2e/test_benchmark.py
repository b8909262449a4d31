"""The benchmark that needs a browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from benchmarks.browser import time_with_music, time_with_page, time_with_units, training_in_a_page

pytestmark = pytest.mark.browser


def test_training_is_timed_with_a_page_and_without(browser: Browser, cache: Path) -> None:
    with training_in_a_page(browser, cache) as opened:
        for measure in (time_with_page, time_with_music, time_with_units):
            assert all(0 < update < 10 for update in measure(opened, times=1, seconds=1))
