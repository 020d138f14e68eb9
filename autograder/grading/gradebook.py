"""nbgrader's gradebook and schema: waited for, and used often without paying each time."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, TypeVar

from jsonschema.exceptions import best_match
from jsonschema.validators import validator_for
from nbgrader import api
from nbgrader.nbgraderformat import common
from sqlalchemy.exc import OperationalError

Result = TypeVar("Result")

LOCKED_SECONDS = 60.0


def patiently(work: Callable[[], Result], seconds: float = LOCKED_SECONDS) -> Result:
    """What the work returns, begun again while the database is locked.

    Raises:
        OperationalError: it stayed locked for so long, or something else is wrong with it.
    """
    deadline = time.monotonic() + seconds
    while True:
        try:
            return work()
        except OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise


@contextmanager
def one_engine() -> Iterator[None]:
    """Lets all gradebooks that are opened in the block share an engine for each database.

    nbgrader's preprocessors open one each, for every notebook, and SQLAlchemy compiles every
    statement anew for a new engine: that takes longer than the statements.
    """
    create = api.create_engine
    api.create_engine = functools.cache(create)
    try:
        yield
    finally:
        api.create_engine = create


@contextmanager
def one_schema_check() -> Iterator[None]:
    """Lets nbgrader hold cells against its schema without checking the schema itself each time."""
    whole = common.jsonschema
    common.jsonschema = SimpleNamespace(validate=_validate)
    try:
        yield
    finally:
        common.jsonschema = whole


def _validate(instance: Any, schema: Mapping[str, Any]) -> None:
    error = best_match(validator_for(schema)(schema).iter_errors(instance))
    if error is not None:
        raise error
