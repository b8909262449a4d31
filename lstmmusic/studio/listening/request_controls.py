"""The controls that say what is generated: the network and its weights, the primer, and how it is sampled."""

from __future__ import annotations

from collections.abc import Callable

from lstmmusic.music.corpus import Corpus
from lstmmusic.music.roll import Tune
from lstmmusic.runs.bundled import PATHS
from lstmmusic.studio.context import Context
from lstmmusic.studio.controls import choice, on_choice, quietly
from lstmmusic.studio.listening.learning import Learning
from lstmmusic.studio.listening.primer import Primer
from lstmmusic.studio.listening.sampling import SamplingControls
from lstmmusic.studio.listening.takes import Made, Request
from lstmmusic.studio.listening.work import Work
from lstmmusic.training.start import BUNDLED

RUN = "current run"
NETWORKS = tuple(BUNDLED + name for name in PATHS)


class RequestControls:
    """The controls, and the request for which they stand.

    Parameters
    ----------
    context : Context
    renew, relearn, slide, change : callable
        Called when another network, or other weights of the run, are chosen; while temperature or threshold are
        dragged; and when anything else has changed.

    Attributes
    ----------
    tunes : tuple of Tune
        The music with which takes are compared.
    """

    def __init__(
        self,
        context: Context,
        *,
        renew: Callable[[], None],
        relearn: Callable[[], None],
        slide: Callable[[], None],
        change: Callable[[], None],
    ) -> None:
        self._session = context.session
        self.tunes: tuple[Tune, ...] = ()
        self.network = choice(
            "Network",
            "The network that generates: one that comes with the program, or yours once you have started a run. "
            f"Default: {NETWORKS[0]}, then the {RUN}",
            list(NETWORKS),
        )
        self.learning = Learning(context, relearn)
        self.primer = Primer(context, change)
        self.sampling = SamplingControls(context, slide, change)
        on_choice(self.network, "value", context.act, renew)

    @property
    def of_run(self) -> bool:
        """Whether the network of the current run is chosen."""
        return bool(self.network.value == RUN)

    @property
    def of_its_last_weights(self) -> bool:
        """Whether it is, with its newest or best weights."""
        return self.of_run and not self.learning.snapshot

    def offer(self, corpus: Corpus, held_out: Corpus | None) -> None:
        """Offer the tunes of a corpus as primers, held-out tunes first, and choose the first."""
        self.tunes = tuple(corpus.tunes)
        self.sampling.use_metre_of(corpus)
        self.primer.offer(corpus, held_out)

    def offer_run(self) -> bool:
        """Offer the network of the current run, and choose it; return whether it was chosen already."""
        was_chosen = self.of_run
        if not was_chosen:
            self.network.options = [RUN, *NETWORKS]
            self.network.value = RUN
        return was_chosen

    def read(self, work: tuple[Work, ...] = ()) -> Request:
        """Return what the controls ask for, and what is done to the takes."""
        return Request(
            trainer=self._session.trainer if self.of_run else None,
            bundled=self.network.value.removeprefix(BUNDLED),
            newest=self._session.active,
            snapshot=self.learning.snapshot if self.of_run else None,
            primer=self.primer.original,
            part=self.primer.part,
            grid=self.primer.grid,
            reference=self.tunes,
            steps=self.sampling.steps.value,
            takes=self.sampling.takes.value,
            settings=self.sampling.settings,
            work=work,
        )

    def restore(self, made: Made) -> None:
        """Show what takes were asked for with, but for the primer, without asking for them again."""
        request = made.request
        network = self.network.value if made.run else BUNDLED + request.bundled
        if made.is_of(self._session.trainer):
            network = RUN
        with quietly(self.network, self.learning.slider):
            self.network.value = network
            self.learning.show(request.snapshot)
        self.sampling.restore(request)

    def use_threshold(self) -> None:
        """Set the threshold to the default of the network, unless the user has set another."""
        trainer = self._session.trainer if self.of_run else None
        self.sampling.use_threshold_of(trainer.network if trainer else None)

    def refresh(self) -> None:
        """Show what is ready.

        Raises
        ------
        Exception
            What went wrong in the background.
        """
        self.primer.refresh()
        self.sampling.refresh(self.primer.grid)
        self.learning.offer(self._session.trainer if self.of_run else None, active=self._session.active)
