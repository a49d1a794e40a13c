"""Everything a run holds while it lasts: the folder's lock, the run store, the workers."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.batch import locations
from pipeline.batch.locking import exclusive
from pipeline.batch.planning import Batch
from pipeline.batch.publish import STATE, clear_staging
from pipeline.batch.reporting import Reporter, Totals
from pipeline.batch.runner import Run
from pipeline.batch.store import Store
from pipeline.batch.tasks import Scheduler
from pipeline.errors import BuqueError

STORE = "run.sqlite"


def state_folder(out: str) -> Path:
    """Return where the run store of an output folder lies: in it, or for a remote one in the user's state folder."""
    if not locations.is_remote(out):
        return Path(out, STATE)
    home = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    return home / "buque" / hashlib.sha256(out.rstrip("/").encode()).hexdigest()[:16]


@contextmanager
def scheduler(address: str | None, batch: Batch, memory: int) -> Iterator[Scheduler]:
    """Start what carries tasks out, and end it.

    Args:
        address: ``dask://host:port``, or None for processes on this machine.
        batch: what is to be done.
        memory: bytes a local worker may use; 0 sets no limit.

    Raises:
        BuqueError: no such scheduler, or it cannot be reached.
        MissingDependencyError: dask.distributed is not installed.
    """
    chosen: Scheduler
    if address is not None:
        if not address.startswith("dask://"):
            raise BuqueError(f"--scheduler {address}: no such scheduler.", "Give dask://host:port.")
        from pipeline.batch.cluster import Dask

        chosen = Dask(address.removeprefix("dask://"))
    elif any(map(locations.in_memory, (*batch.inputs, batch.out))):
        from pipeline.batch.inline import Inline

        chosen = Inline()
    else:
        from pipeline.batch.pool import ProcessPool

        chosen = ProcessPool(batch.settings.jobs, memory)
    try:
        yield chosen
    finally:
        chosen.close()


@contextmanager
def output(out: str) -> Iterator[Store]:
    """Hold an output folder and its run store.

    Raises:
        FileAccessError: another run holds it, or it cannot be written.
    """
    state = state_folder(out)
    with exclusive(state):
        clear_staging(out)
        store = Store(state / STORE)
        try:
            yield store
        finally:
            store.close()


def restore_batch(batch: Batch, reporter: Reporter, address: str | None = None, memory: int = 0) -> Totals:
    """Restore *batch* once; see ``Run`` for what is raised."""
    with output(batch.out) as store, scheduler(address, batch, memory) as workers:
        return Run(batch, store, workers, reporter).carry_out()


def watch_batch(
    batch: Batch, reporter: Reporter, address: str | None = None, memory: int = 0, every: float = 5.0
) -> None:
    """Restore what is dropped into the inputs of *batch* until the process is interrupted."""
    with output(batch.out) as store, scheduler(address, batch, memory) as workers:
        Run(batch, store, workers, reporter).watch(every)
