"""Pages of HTML that are one file: nothing is fetched, and only their own style and script apply.

Each page's template extends `self_contained.html`, which has the policy that says so.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from functools import cache
from importlib.resources import files

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from autograder.words import line

LONGEST_NAME = 80


def environment(package: str, **filters: Callable[..., object]) -> Environment:
    """The templates of a package, which escape what they show.

    Args:
        package: where they lie, `self_contained.html` apart.
        filters: what they use beside Jinja's filters, `name` and `allowed`, by name.
    """
    made = Environment(
        loader=ChoiceLoader([PackageLoader(package, ""), PackageLoader(__package__, "")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"name": name, "allowed": allowed, **filters}
    return made


@cache
def asset(package: str, file: str) -> Markup:
    """A style or a script that lies in a package, to stand in a page as it is."""
    return Markup(files(package).joinpath(file).read_text(encoding="utf-8"))


def name(text: str) -> str:
    """A name from outside: on one line, and not longer than a line is."""
    return line(text, LONGEST_NAME)


def allowed(text: str) -> str:
    """What a policy calls a style or a script, so that no other is let in."""
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"
