"""The last tunes that were generated, to be shown again with their settings. Knows nothing about widgets."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lstmmusic.generation.sampler import Take
from lstmmusic.studio.listening.takes import Made

MOST_TUNES = 30
MOST_BYTES = 300_000_000  # of the networks of these tunes, and their weights


@dataclass(frozen=True, eq=False)
class Entry:
    """Takes that were shown, and which of them was chosen."""

    made: Made
    index: int = 0

    @property
    def take(self) -> Take:
        """The take that was chosen."""
        return self.made.takes[self.index]


class History:
    """Takes in the order in which they were generated, and which of them are shown.

    Attributes
    ----------
    entries : tuple of Entry
        The newest last.
    place : int
        The entry that is shown; -1 if there is none.
    """

    def __init__(self) -> None:
        self.entries: tuple[Entry, ...] = ()
        self.place = -1

    def add(self, made: Made, index: int) -> None:
        """Add takes after all others; of variations of the takes that are shown, only the newest stays."""
        shows_newest = bool(self.entries) and self.place == len(self.entries) - 1
        varies = shows_newest and made.request.varies and self.entries[-1].made.request.varies
        entries = (*(self.entries[:-1] if varies else self.entries), Entry(made, index))[-MOST_TUNES:]
        while len(entries) > 1 and _bytes(entries) > MOST_BYTES:
            entries = entries[1:]
        self.entries, self.place = entries, len(entries) - 1

    def complete(self, made: Made, completed: Made) -> None:
        """Put completed takes in the place of those of which only one was generated."""
        self.entries = tuple(replace(entry, made=completed) if entry.made is made else entry for entry in self.entries)

    def choose(self, made: Made, index: int) -> None:
        """Go to the entry of some takes, and remember which of them is chosen."""
        places = [place for place, entry in enumerate(self.entries) if entry.made is made]
        if places:
            place = places[-1]
            changed = replace(self.entries[place], index=index)
            self.entries = (*self.entries[:place], changed, *self.entries[place + 1 :])
            self.place = place

    def find(self, take: Take) -> Entry | None:
        """Return an entry that shows a take, or None."""
        for entry in reversed(self.entries):
            for index, each in enumerate(entry.made.takes):
                if each is take:
                    return Entry(entry.made, index)
        return None

    def go(self, place: int) -> Entry | None:
        """Go to another entry, and return it; None if there is no such one."""
        if not 0 <= place < len(self.entries):
            return None
        self.place = place
        return self.entries[place]


def _bytes(entries: tuple[Entry, ...]) -> int:
    """Return how much memory the networks of takes need, and the weights from which they were made."""
    made = [entry.made for entry in entries]
    networks = {each.network: each.network.config for each in made}
    weights = {each.weights: each.weights.config for each in made if each.weights}
    return sum(4 * config.parameters for config in (*networks.values(), *weights.values()))
