"""LSTMmusic: train a three-layer LSTM on piano rolls, live; see, edit and hear what it learns.

The public names are listed in `__init__.pyi`. Each is imported when it is first used, so that
`import lstmmusic` is fast and does not import torch.
"""

import lazy_loader

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
