"""What the scheduler has to show before a worker is sent anything of a student's."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from distributed import Client, Scheduler

from autograder.batch.cluster.exposure import Exposure
from autograder.config import CourseError
from autograder.words import line

ASK_SECONDS = 30.0  # for the scheduler to answer anything


def exposure(dask_scheduler: Scheduler) -> dict[str, Any]:
    """What the scheduler says of itself; Dask runs this in its process.

    Args:
        dask_scheduler: Dask gives it by this name.
    """
    return asdict(Exposure.of(dask_scheduler))


def require_fit(client: Client, scheduler: str) -> None:
    """Makes sure that nobody else reaches the scheduler, and that it logs nothing it is sent.

    Args:
        client: Dask's, of the scheduler.
        scheduler: its address.

    Raises:
        CourseError: it does not show that.
    """
    try:
        said = client.run_on_scheduler(exposure, callback_timeout=ASK_SECONDS)
        faults = list(Exposure.from_json(said).faults(scheduler))
    except Exception as error:  # whatever the scheduler lacks
        faults = [f"it does not run the kit's code: {type(error).__name__}: {error}"]
    if faults:
        reason = line("; ".join(faults), 1000)
        raise CourseError(f"--scheduler {line(scheduler, 200)} is not used: {reason}")
