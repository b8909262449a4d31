"""Files of tensors in the format of safetensors, written tensor by tensor.

The library makes the whole file in memory first. A block of that size, each minute anew, leaves holes in a process's
memory as large, which grows for minutes; and its way past that replaces files by a rule of its own.
"""

from __future__ import annotations

import json
from typing import Any, BinaryIO

import torch
from torch import Tensor

_KINDS = {torch.float64: "F64", torch.int64: "I64", torch.float32: "F32", torch.uint8: "U8"}


def write_tensors(file: BinaryIO, tensors: dict[str, Tensor], metadata: dict[str, str]) -> None:
    """Write tensors, which `safetensors.safe_open` reads.

    Parameters
    ----------
    file : binary file
    tensors : dict of str to Tensor
        Of float64, int64, float32 or uint8, on the CPU, contiguous.
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
