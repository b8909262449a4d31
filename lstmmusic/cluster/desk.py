"""Where a notebook and the workers of one job exchange messages: an actor of Ray, beside the notebook or the head.

It knows nothing of what is in the messages. Workers may die and be replaced at any time, the notebook may come and go.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from types import ModuleType
from typing import Any

# Messages of workers that nobody has collected: more than a notebook leaves behind.
MOST_MESSAGES = 10_000


class Desk:
    """Passes orders to a worker and its answers back, and collects the messages of many workers.

    All methods are called from other processes. A method that waits does not keep the others from being called.
    """

    def __init__(self) -> None:
        self._waiting: asyncio.Future[Any] | None = None  # of a worker, for its next order
        self._answers: asyncio.Queue[Any] = asyncio.Queue()
        self._messages: deque[Any] = deque(maxlen=MOST_MESSAGES)
        self._stopped: set[str] = set()

    async def run(self, work: Callable[..., Any], *arguments: Any) -> Any:
        """Run a function in this process until it returns, and return what it returned."""
        return await asyncio.to_thread(work, *arguments)

    async def ask(self, order: Any) -> Any:
        """Give an order to the worker that waits for one, and return its answer; the notebook calls this.

        A worker that began since the last time has said so: that is returned instead, and the order is dropped.
        """
        if self._waiting and self._answers.empty():
            self._waiting.set_result(order)
            self._waiting = None
        return await self._answers.get()

    async def answer(self, answer: Any, *, begins: bool = False) -> Any:
        """Answer the last order, and return the next one; the worker calls this, which may wait for hours.

        Parameters
        ----------
        answer : object
        begins : bool
            Whether it takes the place of another worker: what that had to say no longer counts.
        """
        if begins:
            if self._waiting:
                self._waiting.cancel()
            while not self._answers.empty():
                self._answers.get_nowait()
        self._answers.put_nowait(answer)
        self._waiting = waiting = asyncio.get_running_loop().create_future()
        return await waiting

    async def post(self, message: Any) -> frozenset[str]:
        """Leave a message, and return the names of all that are to stop; a worker of a sweep calls this."""
        self._messages.append(message)
        return frozenset(self._stopped)

    async def collect(self) -> list[Any]:
        """Return all messages since the last time; the notebook calls this."""
        found = list(self._messages)
        self._messages.clear()
        return found

    async def stopped(self) -> frozenset[str]:
        """Return the names of all that are to stop."""
        return frozenset(self._stopped)

    async def stop(self, *names: str) -> None:
        """Let the workers know that some are to stop."""
        self._stopped.update(names)


def open_desk(ray: ModuleType) -> Any:
    """Start a desk on this machine; in a client of Ray, on that of the head.

    Returns
    -------
    ActorHandle
        To be ended by `ray.kill`.
    """
    here = ray.util.scheduling_strategies.NodeAffinitySchedulingStrategy(
        ray.get_runtime_context().get_node_id(), soft=False
    )
    return ray.remote(num_cpus=0, max_concurrency=1000, scheduling_strategy=here)(Desk).remote()
