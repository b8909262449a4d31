from __future__ import annotations

import pytest

from lstmmusic.errors import ConfigError
from lstmmusic.network.devices import choose_device, find_devices


def test_missing_device_is_refused_and_the_existing_ones_are_listed() -> None:
    assert str(choose_device("auto")) == find_devices()[0]
    for name in ("tpu", "cuda:99", "", "cpu:7"):
        with pytest.raises(ConfigError, match=r"this machine has: auto, .*cpu"):
            choose_device(name)
