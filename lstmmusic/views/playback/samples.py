"""The samples of an instrument for a page: their bytes, and plain values that say where each is and how it sounds."""

from __future__ import annotations

from typing import Any

from lstmmusic.errors import PlaybackError
from lstmmusic.sound.soundfont import Instrument, Zone

_MOST_BYTES = 2_000_000  # Jupyter's server lets 3 MB through in three seconds, and drops the rest


def join_samples(instrument: Instrument) -> bytes:
    """Join the samples of an instrument.

    Raises
    ------
    PlaybackError
        If they have more than 2 MB.
    """
    joined = b"".join(sample.data for sample in instrument.samples)
    if len(joined) > _MOST_BYTES:
        raise PlaybackError(
            f"{instrument.name} has samples of {len(joined) / 1e6:.1f} MB, and a page takes at most "
            f"{_MOST_BYTES / 1e6:.0f} MB; choose a smaller SoundFont, such as the bundled piano"
        )
    return joined


def describe_instrument(instrument: Instrument) -> dict[str, Any]:
    """Return where each sample lies among all samples, and how each zone plays it, in seconds and cents."""
    samples, start = [], 0
    for sample in instrument.samples:
        stop = start + len(sample.data)
        samples.append({"start": start, "stop": stop, "rate": sample.rate, "vorbis": sample.vorbis})
        start = stop
    numbers = {id(sample): number for number, sample in enumerate(instrument.samples)}
    zones = [_describe_zone(zone, numbers[id(zone.sample)]) for zone in instrument.zones]
    return {"name": instrument.name, "samples": samples, "zones": zones}


def _describe_zone(zone: Zone, sample: int) -> dict[str, Any]:
    names = ("lowest", "highest", "root", "tuning", "gain", "hold", "decay", "sustain", "release")
    loop = [place / zone.sample.rate for place in zone.loop] if zone.loop else None
    return {name: getattr(zone, name) for name in names} | {"loop": loop, "sample": sample}
