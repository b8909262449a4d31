"""The benchmark that needs a browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from benchmarks import views
from benchmarks.browser import time_with_music, time_with_page, training_in_a_page

pytestmark = pytest.mark.browser


def test_training_is_timed_with_a_page_and_without(browser: Browser, cache: Path) -> None:
    with training_in_a_page(browser, cache) as opened:
        for measure in (time_with_page, time_with_music):
            assert all(0 < update < 10 for update in measure(opened, times=1, seconds=1))
        for measure in (views.compare_units, views.compare_closed):
            open_view, none = measure(opened, times=1, seconds=1)
            assert min(*open_view, *none) > 0
