"""Tensors, written to a safetensors file one by one."""

from __future__ import annotations

import json
from typing import Any, BinaryIO

import torch
from torch import Tensor

_KINDS = {
    torch.float64: "F64",
    torch.int64: "I64",
    torch.float32: "F32",
    torch.float16: "F16",
    torch.uint8: "U8",
}


def write_tensors(file: BinaryIO, tensors: dict[str, Tensor], metadata: dict[str, str]) -> None:
    """Write tensors in the format of safetensors, one by one.

    The library builds the whole file in memory first. A block of that size, allocated each minute, leaves holes as
    large in a process's memory, which grows for minutes; and the library's way around that replaces files by its own
    rules.

    Parameters
    ----------
    file : binary file
    tensors : dict of str to Tensor
        Contiguous tensors of float64, int64, float32, float16 or uint8 on the CPU.
    metadata : dict of str to str
    """
    table: dict[str, Any] = {"__metadata__": metadata}
    start = 0
    # Those with wide numbers first, so that all of them are aligned.
    ordered = dict(sorted(tensors.items(), key=lambda named: (-named[1].element_size(), named[0])))
    for name, tensor in ordered.items():
        stop = start + tensor.nbytes
        table[name] = {"dtype": _KINDS[tensor.dtype], "shape": [*tensor.shape], "data_offsets": [start, stop]}
        start = stop
    header = json.dumps(table).encode()
    header += b" " * (-len(header) % 8)
    file.write(len(header).to_bytes(8, "little") + header)
    for tensor in ordered.values():
        file.write(tensor.numpy().data)
