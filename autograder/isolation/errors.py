"""What may go wrong between a notebook's processes: one exception an event."""

from __future__ import annotations


class ZygoteError(Exception):
    """The zygote can't be started, or is gone: what was in hand has to be done again."""


class SandboxError(Exception):
    """This machine can't hold a student's code in: nothing of it was run."""
