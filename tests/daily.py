"""Cases of which some are tried every day, and all in CI."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest


def daily(cases: Mapping[str, Any], *names: str) -> list[Any]:
    """Parameters for `parametrize`, by name; all but those named here are slow.

    Args:
        cases: a tuple for several arguments, or the value of one.
        names: the cases that `make test` tries.

    Raises:
        ValueError: there is no such case.
    """
    if unknown := set(names) - cases.keys():
        raise ValueError(f"no such cases: {sorted(unknown)}")
    return [
        pytest.param(
            *(case if isinstance(case, tuple) else (case,)),
            id=name,
            marks=() if name in names else pytest.mark.slow,
        )
        for name, case in cases.items()
    ]
