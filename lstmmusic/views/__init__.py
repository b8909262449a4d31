"""Widgets of a notebook's page: live plots, a piano roll, players, and tables.

A view gets whole arrays and sends them to the browser as bytes, in one message. It knows nothing about models, training
or files. The JavaScript of each view is beside its Python; esbuild bundles it into `bundles` (scripts/bundle).
"""

from lstmmusic.views.code import CodeView
from lstmmusic.views.download import DownloadView
from lstmmusic.views.drop import DropView
from lstmmusic.views.frame import FrameView
from lstmmusic.views.number import NumberView
from lstmmusic.views.palette import MOST_RUNS
from lstmmusic.views.playback.keys import KeysView
from lstmmusic.views.playback.player import PlayerView
from lstmmusic.views.playback.sound import SoundView
from lstmmusic.views.plots.diagram import DiagramView
from lstmmusic.views.plots.health import HealthView
from lstmmusic.views.plots.loss import LossView, OverlaidRun
from lstmmusic.views.plots.magnitudes import MagnitudesView
from lstmmusic.views.roll.edits import RollEdit, RollNote
from lstmmusic.views.roll.roll import RollView
from lstmmusic.views.rows import LazyRows, TuneCell, TuneRow
from lstmmusic.views.strips.strips import Strip, StripsView
from lstmmusic.views.tunes import TunesView
from lstmmusic.views.units.effect import EffectView
from lstmmusic.views.units.past import PastView
from lstmmusic.views.units.units import UnitsView

__all__ = [
    "MOST_RUNS",
    "CodeView",
    "DiagramView",
    "DownloadView",
    "DropView",
    "EffectView",
    "FrameView",
    "HealthView",
    "KeysView",
    "LazyRows",
    "LossView",
    "MagnitudesView",
    "NumberView",
    "OverlaidRun",
    "PastView",
    "PlayerView",
    "RollEdit",
    "RollNote",
    "RollView",
    "SoundView",
    "Strip",
    "StripsView",
    "TuneCell",
    "TuneRow",
    "TunesView",
    "UnitsView",
]
