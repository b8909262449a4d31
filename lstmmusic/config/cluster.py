"""Settings of a cluster: where several machines are, and what they do together."""

from __future__ import annotations

from dataclasses import dataclass

from lstmmusic.config.base import Config
from lstmmusic.settings import check_fields, check_number

MOST_WORKERS = 4096


@dataclass(frozen=True)
class Cluster(Config):
    """Machines on which Ray runs.

    Parameters
    ----------
    address : str
        'auto' for the cluster that this machine belongs to, or, if there is none, one that is started on it and ended
        with what it was started for; 'ray://host:10001', or any other address that `ray.init` takes.
    workers : int
        Processes that share the mini-batches of one run, each with `cores`, or with a GPU if the cluster has enough of
        them. Music is read, and the runs of a sweep are trained, on all of the cluster.
    cores : int
        CPU cores of each worker.
    storage : str
        Where checkpoints are: a folder that all machines see, or a URI that Ray knows, such as 's3://bucket/runs'. By
        default, for sweeps the folder of the runs itself, and for a run on several workers Ray's own.
    checkpoint_seconds : float
        Time between two checkpoints of a run: the most that is lost if machines fail.

    Raises
    ------
    ConfigError
        If a value is out of range.
    """

    address: str = "auto"
    workers: int = 2
    cores: int = 1
    storage: str = ""
    checkpoint_seconds: float = 60.0

    def __post_init__(self) -> None:
        check_fields(self)
        check_number("workers", self.workers, 1, MOST_WORKERS)
        check_number("cores", self.cores, 1, MOST_WORKERS)
        check_number("checkpoint_seconds", self.checkpoint_seconds, 0.1, 1e6)

    @classmethod
    def of(cls, cluster: str | Cluster) -> Cluster:
        """Return a cluster by its address, with all other settings at their defaults."""
        return cls(cluster) if isinstance(cluster, str) else cluster
