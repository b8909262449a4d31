"""An LSTM layer: torch's implementation without peepholes, `lstmmusic.network.peepholes` with them.

References
----------
Hochreiter and Schmidhuber (1997), Long short-term memory.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from lstmmusic.network.peepholes import LayerState, Peephole, peephole_lstm, peephole_step


class LSTMLayer(nn.Module):
    """A layer of LSTM cells, with the gates in torch's order: input, forget, candidate, output.

    Parameters
    ----------
    inputs, hidden : int
    peephole : {'cell', 'candidate'}, optional
        What the peephole of the output gate sees; None for no peepholes.
    """

    def __init__(self, inputs: int, hidden: int, peephole: Peephole | None = None) -> None:
        super().__init__()
        self.peephole = peephole
        self.input_weights = nn.Parameter(torch.empty(4 * hidden, inputs))
        self.recurrent_weights = nn.Parameter(torch.empty(4 * hidden, hidden))
        self.biases = nn.Parameter(torch.empty(4 * hidden))
        # Of the input, forget and output gate; diagonal.
        self.peepholes = nn.Parameter(torch.empty(3, hidden)) if peephole else None

    def forward(
        self, inputs: Tensor, state: LayerState, recurrent_weights: Tensor | None = None
    ) -> tuple[Tensor, LayerState]:
        """Run the layer over a sequence.

        Parameters
        ----------
        inputs : Tensor, (time, batch, inputs)
        state : (h, c), each (batch, hidden)
        recurrent_weights : Tensor, (4 * hidden, hidden), optional
            Instead of the layer's own, for instance with some of them dropped.

        Returns
        -------
        outputs : Tensor, (time, batch, hidden)
        state : (h, c)
        """
        weights = self.recurrent_weights if recurrent_weights is None else recurrent_weights
        if self.peephole is not None and self.peepholes is not None:
            parts = self.input_weights, weights, self.biases, self.peepholes
            return peephole_lstm(inputs, state, parts, self.peephole)
        # torch has two biases for each gate, and adds them.
        parameters = [self.input_weights, weights, self.biases, torch.zeros_like(self.biases)]
        outputs, h, c = torch.lstm(
            inputs, [part[None] for part in state], parameters, True, 1, 0.0, self.training, False, False
        )
        return outputs, (h[0], c[0])

    def gates(self, inputs: Tensor, state: LayerState, outputs: Tensor) -> Tensor:
        """Compute the activations of the gates from the outputs of `forward`, without running it again.

        Parameters
        ----------
        inputs : Tensor, (time, batch, inputs)
        state : (h, c), each (batch, hidden)
            Before the sequence.
        outputs : Tensor, (time, batch, hidden)
            As `forward` gave them, with the layer's own recurrent weights.

        Returns
        -------
        Tensor, (time, batch, 3 * hidden)
            The input, forget and output gates, 0 to 1.
        """
        sums = self._sums(inputs, state, outputs)
        if self.peepholes is None:
            i, f, _, o = sums.chunk(4, dim=2)
            return torch.sigmoid(torch.cat((i, f, o), dim=2))
        return torch.stack([torch.cat(gates, dim=1) for gates, _ in self._unroll(sums, state[1])])

    def cells(self, inputs: Tensor, state: LayerState, outputs: Tensor) -> Tensor:
        """Compute the cells c after each step, (time, batch, hidden); see `gates`."""
        sums, c = self._sums(inputs, state, outputs), state[1]
        if self.peepholes is not None:
            return torch.stack([c for _, c in self._unroll(sums, c)])
        i, f, candidate, _ = sums.chunk(4, dim=2)
        kept = []
        for added, fraction in zip((torch.sigmoid(i) * torch.tanh(candidate)).unbind(), torch.sigmoid(f), strict=True):
            c = torch.addcmul(added, fraction, c)
            kept.append(c)
        return torch.stack(kept)

    def _sums(self, inputs: Tensor, state: LayerState, outputs: Tensor) -> Tensor:
        """Return what the gates and the candidate see, without peepholes, (time, batch, 4 * hidden)."""
        before = torch.cat((state[0][None], outputs[:-1]))
        sums = torch.cat((inputs, before), dim=2) @ torch.cat((self.input_weights, self.recurrent_weights), dim=1).t()
        sums += self.biases
        return sums

    def _unroll(self, sums: Tensor, c: Tensor) -> Iterator[tuple[tuple[Tensor, ...], Tensor]]:
        """Yield gates and cells after each step, with peepholes."""
        if self.peephole is not None and self.peepholes is not None:
            for step in sums.unbind():
                gates, c = peephole_step(step, c, self.peepholes, self.peephole)
                yield gates, c
