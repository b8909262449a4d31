"""Live pictures for a notebook, drawn by the page.

A view is told whole arrays and sends them to the browser as bytes, in one message. It knows nothing about models,
training or files.
"""

from lstmmusic.views.curves import decimate, smooth
from lstmmusic.views.health import HealthView
from lstmmusic.views.loss import LossView
from lstmmusic.views.roll import RollView
from lstmmusic.views.sound import SoundView

__all__ = ["HealthView", "LossView", "RollView", "SoundView", "decimate", "smooth"]
