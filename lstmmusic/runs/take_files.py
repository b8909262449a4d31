"""A take in a file: a safetensors file, in which nothing can be executed.

Its tensors are the notes, packed as in `Tune`, the probabilities and the random numbers; its header has one JSON text
with all else. A file from somebody else may claim anything: its size is checked before memory is allocated, and each
value as it is read.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import safe_open

from lstmmusic.base.files import home_path, leads_elsewhere, replacing, utf8_path
from lstmmusic.base.words import count_of
from lstmmusic.config import RollConfig
from lstmmusic.errors import CheckpointError, ConfigError, SaveError, mapped_errors, plain_text
from lstmmusic.generation.sampler import Take
from lstmmusic.music.metre import Metre, check_metre
from lstmmusic.music.roll import MAX_STEPS, Tune, find_starts
from lstmmusic.runs.tensors import write_tensors
from lstmmusic.settings import check_number

HEADER = "lstmmusic take"
FORMAT = 1

MAX_HEADER = 1_000_000  # bytes; a tune with a thousand metres has 50,000
MAX_BYTES = 200_000_000  # of a file: a take of 88 pitches with 270,000 steps

NOTES = ("roll", "onsets", "velocities")
NUMBERS = ("probabilities", "uniforms", "edited")

Header = Mapping[str, Any]
Arrays = Mapping[str, NDArray[Any]]


def write_take(take: Take, path: Path, **others: object) -> tuple[Header, Arrays]:
    """Write a take into a file, which replaces the one at `path`.

    Parameters
    ----------
    take : Take
    path : Path
    **others
        More entries of the header, which can be written as JSON.

    Returns
    -------
    header : mapping
    arrays : mapping of str to ndarray
        As `read_parts` reads them.

    Raises
    ------
    ConfigError
        If the take is not as `Take` says.
    SaveError
        If it is too long, or cannot be written; an existing file is unharmed.
    """
    header, arrays = _describe(take)
    header |= others
    described = json.dumps(header)
    # In the file, each quotation mark of it is two characters.
    if sum(array.nbytes for array in arrays.values()) > MAX_BYTES - MAX_HEADER or 2 * len(described) > MAX_HEADER:
        raise SaveError(f"a take of {count_of(len(take.tune), 'step')} is too long to be kept; save it as a MIDI file")
    with mapped_errors(ConfigError, lambda reason: f"this take cannot be saved: {reason}", ValueError, TypeError):
        make_take(header, arrays)  # what is written can be read
    tensors = {name: torch.tensor(array) for name, array in arrays.items()}
    with replacing(path) as file:
        write_tensors(file, tensors, {HEADER: described})
    return header, arrays


def _describe(take: Take) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    tune = take.tune
    header = {
        "format": FORMAT,
        "tune": tune.name,
        "grid": asdict(tune.config),
        "metre": [(float(each.start), int(each.numerator), int(each.denominator)) for each in tune.metre],
        "damaged": tune.damaged,
        "primer_steps": take.primer_steps,
        "temperature": float(take.temperature),
        "threshold": float(take.threshold),
        "seed": int(take.seed),
        "ended": bool(take.ended),
    }
    notes = {"roll": tune.packed, "onsets": tune.packed_onsets, "velocities": tune.packed_velocities}
    arrays = {name: array for name, array in notes.items() if array is not None}
    arrays |= {name: np.asarray(getattr(take, name), np.float32) for name in ("probabilities", "uniforms")}
    if take.edited:
        arrays["edited"] = np.asarray(take.edited, np.int64)
    return header, arrays


def read_parts(path: str | Path, names: Sequence[str]) -> tuple[Header, Arrays]:
    """Read the header of a file, and those of its arrays that have one of the names, within `checking`."""
    path = home_path(path)
    if leads_elsewhere(path):
        raise CheckpointError(f"{path.name} leads elsewhere, and is not followed; put a copy of it here")
    if not path.is_file():
        raise CheckpointError(f"{path} was not found; check the path")
    with path.open("rb") as opened:
        check_number("the size of the file", os.fstat(opened.fileno()).st_size, 0, MAX_BYTES)
        check_number("the size of its header", int.from_bytes(opened.read(8), "little"), 2, MAX_HEADER)
        with safe_open(utf8_path(opened), "np") as file:
            header = json.loads((file.metadata() or {})[HEADER])
            if not isinstance(header, dict):
                raise ValueError("its header is not a table")
            if header.get("format") != FORMAT:
                reads = f"this version reads format {FORMAT}"
                raise CheckpointError(f"{path.name} has format {header.get('format')!r}; {reads}")
            # Copies: the file is mapped into memory, and truncating it would end this process.
            arrays = {name: np.array(file.get_tensor(name)) for name in file.keys() if name in names}  # noqa: SIM118
    return header, arrays


def make_take(header: Header, arrays: Arrays) -> Take:
    """Make a take of the header and the arrays of its file."""
    tune, edited = make_tune(header, arrays), arrays.get("edited", np.zeros(0, np.int64))
    settings = read_settings(header, tune)
    pitches, primer_steps = tune.config.pitches, settings["primer_steps"]
    for name, steps in (("probabilities", len(tune)), ("uniforms", len(tune) - primer_steps)):
        _check_array(name, arrays[name], np.float32, (steps, pitches))
        low, high = arrays[name].min(initial=0), arrays[name].max(initial=0)
        if not -0.001 <= low <= high <= 1.001:  # rounding aside; nor where one is not a number
            raise ValueError(f"its {name} are not within 0 and 1")
    _check_array("edited", edited, np.int64, (min(len(edited), len(tune)),))
    if len(edited) and not (edited.min() >= primer_steps and edited.max() < len(tune)):
        raise ValueError("steps that it does not have were edited")
    return Take(
        tune,
        probabilities=arrays["probabilities"],
        uniforms=arrays["uniforms"],
        **settings,
        ended=header["ended"] is True,
        edited=tuple(edited.tolist()),
    )


def read_settings(header: Header, tune: Tune) -> dict[str, Any]:
    """Return how a take was sampled."""
    check_number("primer_steps", header["primer_steps"], 0, len(tune), whole=True)
    check_number("temperature", header["temperature"], 0.01, 100)
    check_number("threshold", header["threshold"], 0, 1)
    check_number("seed", header["seed"], 0, 2**63 - 1, whole=True)
    return {name: header[name] for name in ("primer_steps", "temperature", "threshold", "seed")}


def make_tune(header: Header, arrays: Arrays) -> Tune:
    """Make the tune of a take of the header and the arrays of its file."""
    config = RollConfig.from_dict(header["grid"])
    packed, onsets, velocities = (arrays.get(name) for name in NOTES)
    if packed is None:
        raise ValueError("it has no notes")
    width = -(-config.pitches // 8)
    _check_array("roll", packed, np.uint8, (len(packed), width))
    check_number("its steps", len(packed), 1, MAX_STEPS)
    if (packed[:, -1] & ((1 << 8 * width - config.pitches) - 1)).any():
        raise ValueError("it has notes outside its pitches")
    if onsets is not None:
        _check_array("onsets", onsets, np.uint8, packed.shape)
        if (onsets & ~packed).any():
            raise ValueError("it has notes that begin where nothing sounds")
    metre = tuple(Metre(*each) for each in header["metre"])
    check_metre(metre)
    if metre and config.unit != "beats":
        raise ValueError("a grid in seconds has no metre")
    name, damaged = plain_text(header["tune"]), header["damaged"] is True
    tune = Tune.from_packed(packed, name, config, onsets, velocities, damaged, metre)
    if velocities is not None:
        _check_array("velocities", velocities, np.uint8, (int(np.bitwise_count(find_starts(tune)).sum()),))
        if not ((velocities >= 1) & (velocities <= 127)).all():
            raise ValueError("it has velocities that MIDI does not")
    return tune


def _check_array(name: str, array: NDArray[Any], kind: type[Any], shape: tuple[int, ...]) -> None:
    if (array.dtype, array.shape) != (np.dtype(kind), shape):
        raise ValueError(f"its {name} have {array.shape} values of {array.dtype}, and need {shape} of {np.dtype(kind)}")
