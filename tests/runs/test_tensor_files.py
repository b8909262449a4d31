"""Files of tensors: what is written tensor by tensor is what the library of the format reads."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors import safe_open

from lstmmusic.runs.checkpoint import write_tensors

TENSORS = {
    "bytes": torch.arange(5, dtype=torch.uint8),
    "none": torch.zeros((0, 2), dtype=torch.float64),
    "one": torch.tensor(0.1),
    "weights": torch.randn((3, 5, 7), generator=torch.Generator().manual_seed(0)),
    "wide": torch.tensor([0.1, 0.2], dtype=torch.float64),
    "whole": torch.tensor([[1], [-(2**40)]]),
}


def test_library_reads_what_is_written(tmp_path: Path) -> None:
    path = tmp_path / "tensors"
    with path.open("wb") as file:
        write_tensors(file, TENSORS, {"ä": "é"})
    with safe_open(path, "pt") as read:
        assert read.metadata() == {"ä": "é"}
        assert set(read.keys()) == set(TENSORS)
        for name, tensor in TENSORS.items():
            found = read.get_tensor(name)
            assert found.dtype == tensor.dtype
            assert torch.equal(found, tensor)
