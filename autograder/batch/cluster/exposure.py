"""Where others could learn what a process of Dask's is sent: a worker, or the scheduler."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from distributed.core import Server

from autograder.batch.cluster.address import is_confidential
from autograder.words import few, line

# It logs the first 10,000 bytes of what can't be unpickled, as INFO.
LOGGER = "distributed.protocol.pickle"
QUIET = "DASK_LOGGING__DISTRIBUTED=warning"


@dataclass(frozen=True)
class Exposure:
    """What a process of Dask's says of itself.

    Args:
        listens: the addresses at which it listens: who reaches one may run code in it.
        logs: whether what it can't unpickle would be in its log.
    """

    listens: tuple[str, ...]
    logs: bool

    @classmethod
    def of(cls, server: Server) -> Exposure:
        """What is so of this process.

        Args:
            server: the worker or scheduler in it.
        """
        listens = tuple(str(listener.listen_address) for listener in server.listeners)
        return cls(listens, logging.getLogger(LOGGER).isEnabledFor(logging.INFO))

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Exposure:
        """What `asdict` gave.

        Raises:
            KeyError, TypeError, AttributeError: it is none.
        """
        listens = tuple(line(address, 200) for address in data["listens"])
        return cls(listens, data["logs"] is not False)

    def faults(self, scheduler: str) -> Iterator[str]:
        """Why the process may be sent nothing, a few words each.

        Args:
            scheduler: the address that the coordinator has.
        """
        open_to_all = [each for each in self.listens if not is_confidential(each, scheduler)]
        if open_to_all or not self.listens:
            shown = few(open_to_all) or "no address that is known"
            yield (
                f"it listens at {shown}, where others can reach it: start it with "
                "--host 127.0.0.1, or use TLS alone"
            )
        if self.logs:
            yield f"it may log what it is sent: start it with {QUIET}"
