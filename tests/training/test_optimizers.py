from __future__ import annotations

from itertools import islice

import pytest
import torch

from lstmmusic.config import NetworkConfig
from lstmmusic.presets import PRESETS
from lstmmusic.training.trainer import Trainer
from tests.conftest import make_scales

OF_TORCH = {"adam": torch.optim.AdamW, "rmsprop": torch.optim.RMSprop}


@pytest.mark.parametrize("preset", PRESETS)
def test_they_do_what_those_of_torch_do(preset: str) -> None:
    """To the last bit, and each reads what the other remembers."""
    config = PRESETS[preset].training
    ours, plain = (
        Trainer(make_scales(6, 30), None, NetworkConfig(8, (6, 7, 8)), config, device="cpu") for _ in range(2)
    )
    kind = OF_TORCH[config.optimizer]
    own = ours.learner.optimizer
    assert isinstance(own, kind)
    assert type(own) is not kind
    settings = {name: value for name, value in own.defaults.items() if name in ("alpha", "eps", "fused")}
    theirs = kind([{**group} for group in plain.learner.optimizer.param_groups], **settings)
    plain.learner.optimizer = theirs
    for updates in (1, 4):
        for trainer in (ours, plain):
            list(islice(trainer.steps(), updates))
        for one, other in zip(ours.network.parameters(), plain.network.parameters(), strict=True):
            assert one.grad is not None
            assert torch.equal(one, other)
        memories = own.state_dict(), theirs.state_dict()
        assert memories[0]["param_groups"] == memories[1]["param_groups"]
        own.load_state_dict(memories[1])
        theirs.load_state_dict(memories[0])
