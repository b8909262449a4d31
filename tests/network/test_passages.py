from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from lstmmusic.config import PASSAGE_VALUES
from lstmmusic.network import passages
from lstmmusic.network.passages import TRUST, Passages

PITCHES, STEPS, TIME = 14, 9, 60


@pytest.fixture
def rolls() -> torch.Tensor:
    """Return a tune of few chords that return, and one that repeats a melody at other pitches, (time, 2, pitches)."""
    random = torch.Generator().manual_seed(0)
    chords = (torch.rand(5, PITCHES, generator=random) < 0.25).float()
    chords[0] = 0
    returning = chords[torch.randint(0, 5, (TIME,), generator=random)]
    melody = torch.tensor([0, 2, 4, 2, 5]).repeat(TIME // 5) + torch.arange(TIME // 5).repeat_interleave(5) % 4 * 2
    moving = torch.nn.functional.one_hot(melody, PITCHES).float()
    moving += torch.nn.functional.one_hot(melody + 2, PITCHES)
    return torch.stack((returning, moving), dim=1)


def compute_values(roll: NDArray[np.float32], longest: int) -> NDArray[np.float32]:
    """Compute what `Passages` reads of a roll, passage by passage."""
    silence = STEPS + longest + 1
    padded = np.concatenate((np.zeros((silence, PITCHES), np.float32), roll))
    lowest = padded.argmax(1)

    def are_alike(a: int, b: int, at_any: bool) -> bool:
        if not at_any:
            return bool((padded[a] == padded[b]).all())
        moves = lowest[a] - lowest[a - 1], lowest[b] - lowest[b - 1]
        intervals = [np.flatnonzero(padded[step]) - lowest[step] for step in (a, b)]
        return moves[0] == moves[1] and np.array_equal(*intervals)

    rows = []
    for time in range(silence, len(padded)):
        row = []
        for at_any in (False, True):
            lengths = []
            for lag in range(1, STEPS + 1):
                length = 0
                while length < min(longest, time - silence + 1) and are_alike(
                    time - length, time - length - lag, at_any
                ):
                    length += 1
                lengths.append(length)
            lag = 1 + int(np.argmax(lengths))
            guess, up = padded[time + 1 - lag], lowest[time] - lowest[time - lag]
            if at_any:
                guess = np.array([guess[d - up] if 0 <= d - up < PITCHES else 0 for d in range(PITCHES)])
            trust = TRUST * np.log1p(max(lengths))
            row += [trust * guess, trust * (1 - guess)]
        rows.append(np.concatenate(row))
    return np.array(rows, np.float32)


@pytest.mark.parametrize(("longest", "compared"), [(64, passages.COMPARED), (3, 7 * 2 * STEPS), (64, 1)])
def test_values_match_a_plain_search(
    monkeypatch: pytest.MonkeyPatch, rolls: torch.Tensor, longest: int, compared: int
) -> None:
    monkeypatch.setattr(passages, "LONGEST", longest)
    monkeypatch.setattr(passages, "COMPARED", compared)
    reader = Passages(PITCHES, STEPS)
    values, _ = reader.read(rolls, reader.zero_state(2, rolls.device))
    for tune in range(2):
        np.testing.assert_allclose(values[:, tune], compute_values(rolls[:, tune].numpy(), longest), atol=1e-6)


def test_moving_melody_is_guessed_at_its_pitch(rolls: torch.Tensor) -> None:
    reader = Passages(PITCHES, STEPS)
    values, _ = reader.read(rolls, reader.zero_state(2, rolls.device))
    by_channel = values[:, 1].view(TIME, PASSAGE_VALUES, PITCHES)
    # From the third note on, up to one note before the melody moves on.
    known = [step for step in range(10, TIME - 1) if step % 5 in (2, 3)]
    guessed = by_channel[known, 2] > 0
    assert torch.equal(guessed, rolls[[step + 1 for step in known], 1] > 0)


@pytest.mark.parametrize("parts", [[1] * TIME, [7, 1, 32, 20], [TIME]])
def test_parts_and_single_steps_match_the_whole(rolls: torch.Tensor, parts: list[int]) -> None:
    rolls[-STEPS - 2 :] = 0  # a rest longer than what is remembered
    reader = Passages(PITCHES, STEPS)
    whole, end = reader.read(rolls, reader.zero_state(2, rolls.device))
    state, begun = reader.zero_state(2, rolls.device), 0
    for size in parts:
        part, state = reader.read(rolls[begun : begun + size], state)
        begun += size
        torch.testing.assert_close(part, whole[begun - size : begun], rtol=0, atol=0)
        values = np.empty((2, reader.size), np.float32)
        step = reader.make_step(values, (state[0].numpy(), state[1].numpy()))
        np.testing.assert_allclose(values, whole[begun - 1], atol=1e-6)
        for time in range(begun, min(begun + 3, TIME)):
            step(rolls[time].numpy())
            np.testing.assert_allclose(values, whole[time], atol=1e-6)
    for mine, its in zip(state, end, strict=True):
        torch.testing.assert_close(mine, its, rtol=0, atol=0)
