"""A horizontal list of tunes: each is a strip with a thumbnail of its notes, a label and buttons."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import traitlets
from numpy.typing import NDArray

from lstmmusic.errors import plain_text
from lstmmusic.views.base import View, read_bundle, read_css
from lstmmusic.views.tunes import shrink

ACTIONS = ("play", "favourite", "download", "delete")  # of the buttons that a strip can have

_COLUMNS, _ROWS = 90, 24  # the most cells of a thumbnail
_LONGEST_TEXT = 200  # characters that are sent of a label or title


class HasRoll(Protocol):
    """What a thumbnail is made of, for instance a `Tune`."""

    @property
    def roll(self) -> NDArray[np.uint8]:
        """Ones where a note sounds: uint8, (steps, pitches)."""


@dataclass(frozen=True, eq=False)
class Strip:
    """A tune in the list.

    Parameters
    ----------
    tune : Tune
        Its roll is drawn, in the range of pitches that it uses.
    label : str
        A short text below it, for instance "1" or "seed 7, update 976".
    primer_steps : int
        Number of steps at its start that are drawn paler.
    title : str
        Describes it in the tooltip and to screen readers, for instance "Take 2, seed 7"; by default the label.
    favourite : bool
        Whether it is marked as a favourite.
    depth : int
        How many branches lead to it; a mark stands before a strip with a depth.
    """

    tune: HasRoll
    label: str
    primer_steps: int = 0
    title: str = ""
    favourite: bool = False
    depth: int = 0


@dataclass(frozen=True)
class _Picture:
    """A thumbnail: one bit per cell, and its steps and pitches."""

    steps: int  # of the tune
    shape: tuple[int, int]
    bits: bytes

    @classmethod
    def of(cls, tune: HasRoll) -> _Picture:
        roll = tune.roll
        cells = shrink(roll, _COLUMNS, _ROWS)
        return cls(len(roll), (cells.shape[0], cells.shape[1]), np.packbits(cells).tobytes())


class StripsView(View):
    """A horizontal list of tunes, which scrolls where it is too long.

    It is a toolbar with a toggle button for each strip: a click, or an arrow key, asks to show it. Python owns what is
    shown: `chosen` changes when `act_on` has set it. The thumbnails are sent again only if one of them has changed.

    Traits: `name` of the list; `chosen`, the index of the strip that is shown, or None; `actions`, the buttons of each
    strip; `height`, in pixels, of the whole list; `empty`, the text while there are no strips.

    Parameters
    ----------
    name : str
    act_on : callable
        Gets "show" or one of the actions, and the index of a strip.
    actions : sequence of str
        Of "play", "favourite", "download" and "delete".
    height : int
    empty : str

    Raises
    ------
    ValueError
        If there is no such action.
    """

    _esm = read_bundle("strips")
    _css = read_css("canvas", "strips/strips")
    name = traitlets.Unicode("").tag(sync=True)
    chosen = traitlets.Int(None, allow_none=True).tag(sync=True)
    actions = traitlets.Tuple().tag(sync=True)
    height = traitlets.Int(56, min=40).tag(sync=True)
    empty = traitlets.Unicode("").tag(sync=True)
    strips = traitlets.List(traitlets.Dict(), read_only=True).tag(sync=True)
    thumbnails = traitlets.Bytes(read_only=True).tag(sync=True)

    def __init__(
        self,
        name: str,
        act_on: Callable[[str, int], None],
        *,
        actions: Sequence[str] = ACTIONS[:3],
        height: int = 56,
        empty: str = "",
    ) -> None:
        if unknown := sorted(set(actions) - set(ACTIONS)):
            raise ValueError(f"actions has {', '.join(unknown)}; it may have {', '.join(ACTIONS)}")
        self._act_on = act_on
        self._pictures: dict[HasRoll, _Picture] = {}  # of the strips that are shown
        super().__init__(name=name, actions=tuple(actions), height=height, empty=empty)
        self.on_msg(self._on_message)

    def show(self, strips: Sequence[Strip], chosen: int | None = None) -> None:
        """Replace the strips, in one message.

        Parameters
        ----------
        strips : sequence of Strip
        chosen : int or None
            The index of the one that is shown.

        Raises
        ------
        ValueError
            If `chosen` is not the index of a strip.
        """
        if chosen is not None and not 0 <= chosen < len(strips):
            raise ValueError(f"chosen is {chosen}; it must be None or the index of one of {len(strips)} strips")
        known = self._pictures
        pictures = [known.get(strip.tune) or _Picture.of(strip.tune) for strip in strips]
        self._pictures = {strip.tune: picture for strip, picture in zip(strips, pictures, strict=True)}
        with self.hold_sync():
            self.chosen = None  # which is always allowed, whatever the number of strips
            self.set_trait("thumbnails", b"".join(picture.bits for picture in pictures))
            self.set_trait("strips", [_describe(*each) for each in zip(strips, pictures, strict=True)])
            self.chosen = chosen

    @traitlets.validate("chosen")
    def _check_chosen(self, proposal: Any) -> int | None:
        chosen: int | None = proposal["value"]
        if chosen is not None and not 0 <= chosen < len(self.strips):
            raise traitlets.TraitError(f"chosen is {chosen}; it must be None or from 0 to below {len(self.strips)}")
        return chosen

    def _on_message(self, _: object, content: object, __: object) -> None:
        """Carry out a request of the page; malformed ones, and those about strips that are gone, are ignored."""
        match content:
            case {"kind": "act", "action": str(action), "index": int(index)} if 0 <= index < len(self.strips):
                if action in ("show", *self.actions):
                    self._act_on(action, index)


def _describe(strip: Strip, picture: _Picture) -> dict[str, Any]:
    label, title = (plain_text(text)[:_LONGEST_TEXT] for text in (strip.label, strip.title or strip.label))
    return {
        "label": label,
        "title": title,
        "given": min(strip.primer_steps / max(picture.steps, 1), 1.0),  # the share of the primer
        "favourite": bool(strip.favourite),
        "depth": int(strip.depth),
        "shape": list(picture.shape),
    }
