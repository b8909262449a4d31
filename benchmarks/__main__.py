"""The command line of the benchmarks."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence

from benchmarks import (
    intake,
    large_corpus,
    memory,
    music,
    nll,
    reliability,
    scale,
    speed,
    studio,
    time_to_quality,
    views,
)
from lstmmusic.errors import LSTMMusicError


def main(command: Sequence[str] | None = None) -> int:
    """Run the benchmark named by the arguments, by default those of the process."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    commands = parser.add_subparsers(required=True)
    kinds = nll, time_to_quality, intake, speed, music, memory, large_corpus, studio, views, reliability, scale
    for benchmark in kinds:
        benchmark.add_command(commands)
    arguments = parser.parse_args(command)
    try:
        arguments.run(arguments)
    except LSTMMusicError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
