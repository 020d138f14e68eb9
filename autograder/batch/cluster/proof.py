"""What a worker has to show before it is sent anything of a student's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from autograder.batch.cluster.address import is_confidential
from autograder.batch.cluster.exposure import Exposure
from autograder.batch.cluster.machine import Machine
from autograder.words import line

MEMORY = "DASK_DISTRIBUTED__WORKER__MEMORY__"
MOST_SAID = 1 << 20  # letters of a proof


class UnfitWorkerError(Exception):
    """A worker has not proved what it has to: it is used no more."""


@dataclass(frozen=True)
class Proof:
    """What a worker says of itself, read strictly.

    Args:
        machine: what it grades with.
        process: tells it from another one at the same address.
        scheduler: the address at which it has reached the scheduler.
        exposure: where others could learn what it is sent.
        keeps: whether it may write results to its disk.
        on_disk: its folder for files beside notebooks, where that is not in memory.
        holes: what students' code is not refused there.
    """

    machine: Machine
    process: str
    scheduler: str
    exposure: Exposure
    keeps: bool
    on_disk: str
    holes: tuple[str, ...]

    @classmethod
    def read(cls, text: Any) -> Proof:
        """The proof that a worker sent.

        Raises:
            UnfitWorkerError: it is none.
        """
        try:
            if len(text) > MOST_SAID:
                raise ValueError("too long")
            said = json.loads(text)
            holes = tuple(line(each) for each in said["holes"])
            machine = Machine.from_json(said["machine"])
            process, scheduler = line(said["process"], 80), line(said["scheduler"], 200)
            exposure, keeps = Exposure.from_json(said["exposure"]), said["keeps"] is not False
            on_disk = line(said["on_disk"], 200)
            return cls(machine, process, scheduler, exposure, keeps, on_disk, holes)
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise UnfitWorkerError(f"what it says of itself is no proof: {error}") from None

    def faults(self, here: Machine, scheduler: str) -> Iterator[str]:
        """Why the worker may not be used, a few words each.

        Args:
            here: what the coordinator grades with.
            scheduler: the address that the coordinator has.
        """
        yield from here.differences(self.machine)
        yield from self.holes
        yield from self.exposure.faults(scheduler)
        if not is_confidential(self.scheduler, scheduler):
            yield f"it has reached the scheduler at {self.scheduler}, where others can listen"
        if self.keeps:
            yield (
                f"it may write results to its disk: start it with {MEMORY}TARGET=False and "
                f"{MEMORY}SPILL=False"
            )
        if self.on_disk:
            yield (
                f"files beside notebooks would lie on its disk, in {self.on_disk}: start it with "
                "TMPDIR=/dev/shm, or another folder in memory"
            )
