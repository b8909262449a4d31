from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from lstmmusic.training.learner import RECENT_UPDATES, Clipper


def make_groups(spreads=(1.0, 0.01)) -> list[list[nn.Parameter]]:
    random = torch.Generator().manual_seed(0)
    groups = []
    for spread in spreads:
        group = [nn.Parameter(torch.zeros(3, 4)), nn.Parameter(torch.zeros(5))]
        for parameter in group:
            parameter.grad = torch.randn(parameter.shape, generator=random) * spread
        groups.append(group)
    return groups


def gradients(groups: list[list[nn.Parameter]]) -> list[torch.Tensor]:
    return [parameter.grad for group in groups for parameter in group]


@pytest.mark.parametrize("bound", [0.5, 100.0])
@pytest.mark.parametrize("kind", ["norm", "element"])
def test_gradients_are_clipped_as_torch_clips_them(kind, bound: float) -> None:
    ours, theirs = make_groups(), make_groups()
    norm = Clipper().clip(ours, bound, kind)
    parameters = [parameter for group in theirs for parameter in group]
    expected = nn.utils.clip_grad_norm_(parameters, bound if kind == "norm" else math.inf)
    if kind == "element":
        nn.utils.clip_grad_value_(parameters, bound)
    assert norm.item() == expected.item()
    for mine, other in zip(gradients(ours), gradients(theirs), strict=True):
        assert torch.equal(mine, other)


def test_norm_of_each_group_is_that_before_clipping() -> None:
    groups = make_groups()
    expected = [torch.cat([p.grad.flatten() for p in group]).norm() for group in groups]
    clipper = Clipper()
    assert clipper.norms is clipper.clipped is None
    clipper.clip(groups, 0.1, "norm")
    torch.testing.assert_close(clipper.norms, torch.stack(expected))


def test_bound_on_elements_counts_those_beyond_it_in_each_group() -> None:
    clipper, groups = Clipper(), make_groups()
    beyond = sum(int((p.grad.abs() > 0.5).sum()) for p in groups[0])
    clipper.clip(groups, 0.5, "element")
    assert 0 < beyond < 17
    assert clipper.clipped.tolist() == pytest.approx([beyond / 17, 0])


def test_bound_on_the_norm_counts_updates() -> None:
    clipper = Clipper()
    for bound in (0.1, 100.0, 100.0, 0.1):
        clipper.clip(make_groups(), bound, "norm")
    assert clipper.clipped.tolist() == pytest.approx([0.5, 0.5])
    for _ in range(5 * RECENT_UPDATES):
        clipper.clip(make_groups(), 0.1, "norm")
    assert clipper.clipped.tolist() == pytest.approx([1, 1], abs=0.01)  # what was long ago is forgotten
