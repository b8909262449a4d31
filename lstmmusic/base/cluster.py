"""The connection to a cluster, and function calls on all of its machines. It knows nothing about music.

Ray is imported when it is needed, and not before: it is an extra.
"""

from __future__ import annotations

import logging
import os
import re
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from types import ModuleType
from typing import Any, TypeVar

from lstmmusic.base.processes import Death
from lstmmusic.errors import ClusterError

Argument = TypeVar("Argument")
Answer = TypeVar("Answer")

# Arguments of a task: a task takes a millisecond on its way, and an argument, such as a file of music, as long or more.
TOGETHER = 32

# Tasks in progress for each core: enough that none waits for work.
_AHEAD = 3

# Seconds until a machine that does not answer counts as unreachable; Ray itself would try for a minute and a half.
PATIENCE = 15.0

# Seconds between two looks at the head.
INTERVAL = 2.0

_ADDRESS = re.compile(r"(?:ray://)?(?P<host>[^/]+):(?P<port>\d{1,5})/?")

_connecting = threading.Lock()
_users = 0
_is_ours = False
_head: _Head | None = None


class _Head:
    """Whether the head of a cluster still answers, which a thread looks at."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._over = threading.Event()
        self.is_lost = False
        threading.Thread(target=self._watch, name="lstmmusic-head", daemon=True).start()

    def close(self) -> None:
        """End the thread."""
        self._over.set()

    def _watch(self) -> None:
        answered = time.monotonic()
        while not self._over.wait(INTERVAL):
            try:
                _reach(self._address)
            except OSError:
                self.is_lost = time.monotonic() > answered + PATIENCE
            else:
                answered = time.monotonic()
                self.is_lost = False


def import_ray() -> ModuleType:
    """Import Ray.

    Raises
    ------
    ClusterError
        If it is not installed.
    """
    # Read when a cluster is started: what this program starts makes no requests to the network of its own.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    # Read when Ray is imported: a minute after the head has died, Ray would end this process, the user's notebook.
    os.environ.setdefault("RAY_gcs_rpc_server_reconnect_timeout_s", "1000000000")
    try:
        import ray
    except ImportError as error:
        raise ClusterError(
            f"a cluster needs Ray, which is not installed ({error}): pip install 'lstmmusic[cluster]'"
        ) from error
    return ray


@contextmanager
def connected(address: str) -> Iterator[ModuleType]:
    """Be connected to a cluster within a `with`; the last one that ends closes the connection that the first opened.

    A connection that the user opened, by `ray.init`, is used as it is, and left open.

    Parameters
    ----------
    address : str
        See `lstmmusic.config.Cluster`.

    Yields
    ------
    module
        Ray.

    Raises
    ------
    ClusterError
        If Ray is not installed, or the cluster cannot be reached.
    """
    global _users, _is_ours, _head
    ray = import_ray()
    with _connecting:
        if not ray.is_initialized():
            _connect(ray, address)
            _is_ours = True
        if not _users and not ray.util.client.ray.is_connected():  # a client of Ray says so itself if it is cut off
            _head = _Head(ray.get_runtime_context().gcs_address)
        _users += 1
    try:
        yield ray
    finally:
        with _connecting:
            _users -= 1
            if not _users and _head:
                _head.close()
                _head = None
            if not _users and _is_ours:
                _is_ours = False
                ray.shutdown()


def check_head() -> None:
    """Raise a ConnectionError if the head of the cluster is lost: Ray would wait for it for ever."""
    if (head := _head) and head.is_lost:
        raise ConnectionError(f"its head has not answered for {PATIENCE:g} s")


def answer_of(ray: ModuleType, reference: Any) -> Any:
    """Wait for a result as `ray.get` does, and raise what that raises, or a ConnectionError if the head is lost."""
    while not ray.wait([reference], timeout=INTERVAL)[0]:
        check_head()
    return ray.get(reference)


def _connect(ray: ModuleType, address: str) -> None:
    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.WARNING}
    if "://" in address:
        quiet.pop("log_to_driver")  # which a client of Ray has not
    try:
        _find_server(address)
        try:
            ray.init(address=address, **quiet)
        except ConnectionError:
            if address != "auto":
                raise
            ray.init(address="local", include_dashboard=False, **quiet)
    except (OSError, OverflowError, RuntimeError, ValueError) as error:
        raise ClusterError(
            f"the cluster at {address} cannot be reached: {reason_in(error)}. Start it there with `ray start --head`, "
            f"or give the address of another"
        ) from error


def _find_server(address: str) -> None:
    """Raise an OSError if an address names a machine, and no server of gRPC, as those of Ray are, answers there."""
    if not (named := _ADDRESS.fullmatch(address)):
        return
    _reach(address)
    if os.environ.get("RAY_USE_TLS", "0").lower() in ("1", "true"):
        return
    import grpc  # type: ignore[import-untyped]

    with grpc.insecure_channel(f"{named['host']}:{named['port']}", [("grpc.enable_http_proxy", 0)]) as channel:
        try:
            grpc.channel_ready_future(channel).result(PATIENCE)
        except grpc.FutureTimeoutError:
            raise TimeoutError("what listens there is not Ray, or too busy") from None


def _reach(address: str) -> None:
    """Raise an OSError if an address names a machine, and nothing listens there."""
    if named := _ADDRESS.fullmatch(address):
        socket.create_connection((named["host"].strip("[]"), int(named["port"])), timeout=PATIENCE).close()


def reason_in(error: Exception) -> str:
    """Return the line in which an error of Ray says what happened: its texts are whole traces of several machines."""
    lines = [line.strip() for line in re.sub("\x1b\\[[0-9;]*m", "", str(error)).splitlines() if line.strip()]
    of_exceptions = [line for line in lines if re.match(r"(\w+\.)*\w+(Error|Exception|Interrupt): .", line)]
    return (of_exceptions or lines or [type(error).__name__])[-1 if of_exceptions else 0]


def call_all(
    function: Callable[[Argument], Answer], arguments: Iterable[Argument], address: str
) -> Generator[Answer | Death, None, None]:
    """Call a function with each argument on the machines of a cluster, and yield the answers in their order.

    A call whose machine fails is made on another. Closing the generator cancels the calls that have not begun.

    Parameters
    ----------
    function : callable
        As in `lstmmusic.base.processes.call_all`.
    arguments : iterable
        These and the answers are pickled.
    address : str
        See `lstmmusic.config.Cluster`.

    Yields
    ------
    object or Death
        A Death where the call killed its process twice.

    Raises
    ------
    ClusterError
        If Ray is not installed, or the cluster cannot be reached, or is lost.
    """
    with connected(address) as ray:
        errors = ray.exceptions
        # A process that dies takes all the calls of its task with it: each is then made again, alone.
        together, alone = (ray.remote(max_retries=retries)(_call_each) for retries in (0, 1))
        most = max(2, _AHEAD * int(ray.cluster_resources().get("CPU", 1)))
        pending: deque[tuple[Sequence[Argument], Any]] = deque()

        def answers_of(called: Sequence[Argument], task: Any) -> Iterator[Answer | Death]:
            try:
                yield from answer_of(ray, task)
            except errors.RayTaskError as error:
                raise error.as_instanceof_cause() from None
            except (errors.WorkerCrashedError, errors.NodeDiedError, errors.ObjectLostError, errors.OutOfMemoryError):
                for each in [(alone.remote(function, (argument,))) for argument in called]:
                    try:
                        yield from answer_of(ray, each)
                    except (errors.WorkerCrashedError, errors.OutOfMemoryError) as error:
                        yield Death(external=isinstance(error, errors.OutOfMemoryError))

        try:
            waiting = iter(arguments)
            while called := tuple(islice(waiting, TOGETHER)):
                pending.append((called, together.remote(function, called)))
                if len(pending) >= most:
                    yield from answers_of(*pending.popleft())
            while pending:
                yield from answers_of(*pending.popleft())
        except (ConnectionError, errors.RaySystemError, errors.NodeDiedError) as error:
            raise ClusterError(f"the cluster at {address} is lost: {reason_in(error)}") from error
        finally:
            for _, task in pending:
                ray.cancel(task)


def call_on_each_machine(function: Callable[[], Answer], address: str) -> dict[str, Answer]:
    """Call a function on every machine of a cluster; return the answers by the addresses of the machines."""
    with connected(address) as ray:
        strategy = ray.util.scheduling_strategies.NodeAffinitySchedulingStrategy
        tasks = {
            node["NodeManagerAddress"] + ":" + str(node["NodeManagerPort"]): ray.remote(num_cpus=0)(_call)
            .options(scheduling_strategy=strategy(node["NodeID"], soft=True))
            .remote(function)
            for node in ray.nodes()
            if node["Alive"]
        }
        return {machine: answer_of(ray, task) for machine, task in tasks.items()}


def _call(function: Callable[[], Answer]) -> Answer:
    return function()


def _call_each(function: Callable[[Argument], Answer], arguments: Sequence[Argument]) -> list[Answer]:
    return [function(argument) for argument in arguments]
