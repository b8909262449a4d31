"""The player of this machine's sound card, tested with the sound that another process has played."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from tests.ears import FAST, HEAD, hear, level, onsets, strength
from tests.fonts import make_tone

# Five short notes, half a second of silence behind each.
FIVE = "make_tune((0, 1, 60), (3, 4, 64), (6, 7, 67), (9, 10, 72), (12, 13, 76), steps=15)"
# What is measured to some 50 ms against sound in real time, a busy machine may delay a little too long.
real_time = pytest.mark.flaky(reruns=2)
LATE = 0.075  # seconds: a buffer until the player sounds, one until the process notices, and one of the synth


def assert_near(heard: list[float], expected: list[float]) -> None:
    assert len(heard) == len(expected), heard
    assert heard == pytest.approx(expected, abs=0.03)


@real_time
def test_start_seek_and_resume_play_from_the_right_place(tmp_path: Path) -> None:
    sound, printed = hear(
        f"""
player = PygamePlayer()
player.play({FIVE}, start=0.7)
mark("began"); wait(0.5); print("first", player.position); player.seek(2.2)
mark("sought"); wait(0.5); print("second", player.position)
player.pause(); print("paused", player.position); player.seek(2.95); wait(0.3); assert not player.playing
print("moved", player.position); mark("resumed"); player.resume(); wait(0.5); assert player.playing
wait(0.5); assert not player.playing; print("over", player.position)
player.close(); player.close()
""",
        tmp_path,
    )
    heard = onsets(sound)
    began, sought, resumed = printed["began"][0], printed["sought"][0], printed["resumed"][0]
    for onset, expected, pitch in zip(heard, (began + 0.05, sought + 0.05, resumed + 0.05), (64, 72, 76), strict=True):
        assert -0.01 < onset - expected < LATE
        assert strength(sound, onset, pitch) > 0.3
    assert printed["first"] == pytest.approx([1.2], abs=LATE)
    assert printed["second"] + printed["paused"] == pytest.approx([2.7, 2.7], abs=LATE)
    assert printed["moved"] == [2.95]
    assert printed["over"] == [0]


@real_time
def test_loop_repeats_in_time_and_can_be_removed(tmp_path: Path) -> None:
    sound, printed = hear(
        f"""
player = PygamePlayer()
player.loop = (0.75, 2.25)
player.play({FIVE}, start=1.5)
wait(1.9); print("round", player.position)
player.loop = (); wait(1.5); player.close()
""",
        tmp_path,
    )
    heard = onsets(sound)
    # From the 67 in the middle of the loop, once around, and then on to the 72 and the 76 after it.
    for onset, pitch in zip(heard, (67, 64, 67, 72, 76), strict=True):
        assert strength(sound, onset, pitch) > 0.3
    assert_near([after - before for before, after in pairwise(heard)], [0.75] * 4)
    assert printed["round"] == pytest.approx([0.75 + (0.75 + 1.9) % 1.5], abs=LATE)


@real_time
@pytest.mark.parametrize(("speed", "third", "fourth"), [(0.25, 3, 5), (4.0, 12, 20)])
def test_speed_changes_sound_and_position_at_once(tmp_path: Path, speed: float, third: int, fourth: int) -> None:
    sound, printed = hear(
        f"""
player = PygamePlayer()
player.play(make_tune((0, 1, 60), ({third}, {third + 1}, 67), ({fourth}, {fourth + 1}, 72), steps=40))
mark("began"); wait(0.6); player.speed = {speed}; print("changed", player.position); mark("at")
wait(0.4); print("later", player.position); wait({(fourth / 4 - 0.6) / speed - 0.2}); player.close()
""",
        tmp_path,
    )
    assert printed["changed"][0] == pytest.approx(printed["at"][0] - printed["began"][0], abs=LATE)
    assert printed["later"][0] - printed["changed"][0] == pytest.approx(0.4 * speed, abs=LATE * max(1, speed))
    _, later, last = onsets(sound)
    assert last - later == pytest.approx((fourth - third) / 4 / speed, abs=0.03)
    assert later - printed["at"][0] == pytest.approx((third / 4 - printed["changed"][0]) / speed, abs=LATE)
    assert strength(sound, later, 67) > 0.3


@real_time
def test_stop_and_pause_are_silent_within_50_ms(tmp_path: Path) -> None:
    sound, printed = hear(
        """
player = PygamePlayer()
for silence in (player.stop, player.pause):
    player.play(make_tune((0, 40, 60), steps=40))
    wait(0.3); silence(); mark("silent"); wait(0.35)
player.close()
""",
        tmp_path,
    )
    for silent in printed["silent"]:
        assert level(sound, silent - 0.2, silent) > 0.01
        assert abs(sound[int((silent + 0.05) * 44100) : int((silent + 0.3) * 44100)]).max() == 0


@real_time
def test_volume_changes_at_once_and_is_kept(tmp_path: Path) -> None:
    sound, printed = hear(
        """
player = PygamePlayer()
player.volume = 0.25
for volume in (1.0, 0.25, 0.0):
    player.play(make_tune((0, 40, 60), steps=40))
    wait(0.6); mark("before"); player.volume = volume; mark("after"); wait(0.4)
player.close()
""",
        tmp_path,
    )
    # A note of the piano fades: what is compared lies side by side.
    before = [level(sound, at - 0.2, at) for at in printed["before"]]
    after = [level(sound, at + 0.1, at + 0.3) for at in printed["after"]]
    assert before[1] > 3 * before[0]
    assert before[2] == pytest.approx(before[0], rel=0.2)
    assert after[0] > 2 * before[0]
    assert after[1] < 0.5 * before[1]
    assert after[2] < 0.001


def test_last_started_player_is_heard_and_closing_another_does_not_stop_it(tmp_path: Path) -> None:
    sound, printed = hear(
        """
first, second = PygamePlayer(), PygamePlayer()
low, high = make_tune((0, 40, 48), steps=40), make_tune((0, 40, 84), steps=40)
first.play(low); wait(0.5); mark("first")
second.play(high); wait(0.5); mark("second")
assert second.playing and not first.playing and first.position == 0
first.stop(); first.pause(); first.volume = 0; wait(0.4); assert second.playing
first.volume = 1; first.play(low); wait(0.5); mark("again"); assert not second.playing
second.close(); wait(0.4); assert first.playing; mark("left")
first.close()
try:
    first.play(low)
except Exception as error:
    assert "closed; make a new PygamePlayer()" in str(error)
""",
        tmp_path,
        **FAST,
    )
    for name, pitch in (("first", 48), ("second", 84), ("again", 48), ("left", 48)):
        assert strength(sound, printed[name][0] - 0.35, pitch) > 0.2, name
        assert strength(sound, printed[name][0] - 0.35, 132 - pitch) < 0.01, name


def test_mixer_that_other_code_opened_stays_open(tmp_path: Path) -> None:
    hear(
        """
from pygame import mixer
mixer.init(); player = PygamePlayer(); player.close(); assert mixer.get_init()
mixer.quit(); player = PygamePlayer(); player.close(); assert not mixer.get_init()
""",
        tmp_path,
        PYGAME_HIDE_SUPPORT_PROMPT="1",
    )


def test_exit_leaves_no_file(tmp_path: Path) -> None:
    (tmp_path / "left").mkdir()
    hear(
        "player = PygamePlayer(); player.play(make_tune((0, 40, 60), steps=40)); wait(0.2)",
        tmp_path,
        TMPDIR=str(tmp_path / "left"),
    )
    assert not list((tmp_path / "left").iterdir())


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal")
def test_signal_ends_the_process_and_leaves_no_file(tmp_path: Path) -> None:
    code = f"player = PygamePlayer(); player.play({FIVE}); print('ready', flush=True); signal.pause()"
    environment = {**os.environ, "SDL_AUDIODRIVER": "dummy", "SDL_DISKAUDIOFILE": os.devnull, "TMPDIR": str(tmp_path)}
    with subprocess.Popen([sys.executable, "-c", HEAD + code], env=environment, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"ready\n"
        process.send_signal(signal.SIGTERM)
        process.wait(20)
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(os.name == "nt", reason="Windows allows no such names")
def test_soundfont_of_any_name_is_read(tmp_path: Path) -> None:
    hear(
        f"""
import shutil
from lstmmusic.sound.soundfont import find_soundfont
os.chdir({str(tmp_path)!r})
player = PygamePlayer()
for name in ("a:b;c.sf3", "%s 'ü'.sf3", os.fsdecode(bytes([255]))):
    shutil.copy(find_soundfont(), name)
    player.soundfont = name
    player.play(make_tune((0, 40, 60), steps=40)); assert player.playing
os.chdir("/")
player.play(make_tune((0, 40, 60), steps=40)); assert player.playing
player.close()
""",
        tmp_path,
        **FAST,
    )


def test_other_soundfont_is_heard_and_a_broken_one_is_refused(tmp_path: Path) -> None:
    font = make_tone([("piano", 0, 0), ("flute", 73, 0)])
    (tmp_path / "tone.sf2").write_bytes(font)
    (tmp_path / "cut.sf2").write_bytes(font[:-100])
    sound, printed = hear(
        f"""
player = PygamePlayer()
player.play(make_tune((0, 40, 69), (0, 40, 100), steps=40)); assert player.problem == ""
wait(0.5); player.soundfont = {str(tmp_path / "tone.sf2")!r}; wait(0.5); mark("tone")
assert player.problem.startswith("1 note stays silent: piano has no sound for it, only for pitches 60 to 80")
for broken in ("cut.sf2", "missing.sf2"):
    try:
        player.soundfont = {str(tmp_path)!r} + "/" + broken
    except Exception as error:
        assert "damaged" in str(error) or "cannot be read" in str(error)
wait(0.5); assert player.playing and player.position > 1; mark("still")
player.close()
""",
        tmp_path,
        **FAST,
    )
    for at in (printed["tone"][0], printed["still"][0]):
        assert strength(sound, at - 0.35, 69) > 0.99  # a sine, unlike a piano
