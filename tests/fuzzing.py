"""Coverage-guided fuzzing of the readers of files from unknown sources.

`python -m tests.fuzzing TARGET SECONDS` exits with 0 if nothing but errors of LSTMmusic were raised. Bytes that raised
anything else, or took more than ten seconds or 500 MB, are written to the folder `fuzzed`: add a test for them.
"""

from __future__ import annotations

import contextlib
import json
import logging
import math
import os
import sys
import tempfile
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import atheris

# atheris 3.0 never frees the result of a comparison that it traces: in this module, these are arrays of megabytes.
with atheris.instrument_imports(include=["lstmmusic"], exclude=["lstmmusic.music.roll"]):
    import numpy as np
    from safetensors.torch import save

    from lstmmusic.base.files import assets
    from lstmmusic.config import NetworkConfig, RollConfig, TrainingConfig
    from lstmmusic.errors import LSTMMusicError
    from lstmmusic.music.corpus import Corpus
    from lstmmusic.music.formats.reading import read_score
    from lstmmusic.music.roll import MAX_STEPS, Tune, quantise
    from lstmmusic.runs.checkpoint import HEADER, load_network, load_run, read_parts, save_run
    from lstmmusic.runs.listing import read_run
    from lstmmusic.training.trainer import Trainer
    from tests.broken import BROKEN

Check = Callable[[bytes], None]

GRID = RollConfig(lowest=60, highest=67)
MUSIC = Corpus("steps", GRID, tuple(Tune(np.eye(8), f"steps {number}", GRID) for number in range(3))).split(0.4)

# Strings that random mutations would hardly find.
WORDS = [
    "MThd",
    "MTrk",
    "RIFF",
    "RMID",
    "data",
    "\\xff\\x51\\x03",
    "\\xff\\x2f\\x00",
    "\\xff\\x21\\x01",
    "\\xb0\\x7b\\x00",
    "\\xf0\\x0a\\x41\\x10\\x42\\x12\\x40\\x11\\x15\\x01\\x00\\xf7",
    "hidden",
    "network",
    "1e999",
    "null",
]


def midi(folder: Path) -> tuple[list[bytes], Check]:
    """Return seed files, and a check for any bytes as a MIDI file."""
    path = folder / "a.mid"

    def check(content: bytes) -> None:
        path.write_bytes(content)
        try:
            score = read_score(path)
            tune = quantise(score, RollConfig(unit="beats"))
        except LSTMMusicError:
            return
        assert 1 <= len(tune) <= MAX_STEPS
        assert len(score.pitches) == len(score.beats) == len(score.seconds)
        parts = (score.pitches, score.beats, score.seconds)
        for pitch, (start, end), (began, ended) in zip(*(part[:100].tolist() for part in parts), strict=True):
            assert pitch < 128
            assert 0 <= start <= end <= score.length / score.resolution
            assert 0 <= began <= ended < math.inf

    pieces = sorted((assets() / "pieces").glob("*.mid"))[:3]
    return [*(broken.content for broken in BROKEN.values()), *(piece.read_bytes()[:2000] for piece in pieces)], check


def checkpoint(folder: Path) -> tuple[list[bytes], Check]:
    """Return seed files, and a check for any bytes as a saved run.

    The first byte says whether the rest is a whole file, or only the JSON header of an otherwise valid one, because
    random mutations would hardly pass the checks of safetensors.
    """
    path = folder / "run.safetensors"
    trainer = Trainer(*MUSIC, NetworkConfig(8, (2, 2, 2), joint_hidden=2), TrainingConfig(batch_size=2), device="cpu")
    list(islice(trainer.steps(), 2))
    trainer.change(clip=2.0)
    save_run(trainer, path)
    header, tensors = read_parts(path, "")

    def check(content: bytes) -> None:
        if content[:1] == b"j":
            content = b"j" + save(tensors, {HEADER: content[1:].decode(errors="replace")})
        path.write_bytes(content[1:])
        for read in (read_run, load_network, lambda path: load_run(path, *MUSIC, device="cpu")):
            with contextlib.suppress(LSTMMusicError):
                read(path)

    fewer = [{name: value for name, value in header.items() if name != left_out} for left_out in header]
    return [b"f" + path.read_bytes(), *(b"j" + json.dumps(each).encode() for each in (header, *fewer))], check


def main(target: str, seconds: str) -> None:
    """Fuzz for a number of seconds; the fuzzer ends the process."""
    logging.disable(logging.CRITICAL)
    found = Path("fuzzed", target).absolute()
    found.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="lstmmusic-fuzzing-"))
    seeds, check = {"midi": midi, "checkpoint": checkpoint}[target](folder)
    corpus = folder / "corpus"
    corpus.mkdir()
    for number, content in enumerate(seeds):
        (corpus / str(number)).write_bytes(content)
    words = folder / "words"
    words.write_text("".join(f'"{word}"\n' for word in WORDS))
    options = [f"-max_total_time={seconds}", "-timeout=10", "-malloc_limit_mb=500", "-rss_limit_mb=2048", "-seed=1"]
    os.chdir(folder)
    arguments = [*options, "-max_len=20000", f"-dict={words}", f"-artifact_prefix={found}/", "-print_final_stats=1"]
    atheris.Setup([sys.argv[0], *arguments, str(corpus)], check)
    atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
