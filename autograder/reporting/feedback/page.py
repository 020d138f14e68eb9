"""The page of one student, as HTML that stands by itself: no script, and nothing to be fetched."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from autograder.reporting.feedback import chart
from autograder.reporting.feedback.told import Feedback, plain
from autograder.reporting.markup import markdown


def html(feedback: Feedback) -> str:
    """The page."""
    style = _text("page.css")
    return _template().render(told=feedback, style=Markup(style), style_hash=_hash(style))


@cache
def _template() -> Template:
    made = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    made.filters |= {"markdown": markdown, "plain": plain, "points": points}
    made.globals |= {"charts": chart.charts, "chart": vars(chart)}
    return made.from_string(_text("page.html"))


@cache
def _text(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _hash(style: str) -> str:
    """What a policy calls a style, so that no other is applied."""
    digest = hashlib.sha256(style.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def points(number: float) -> str:
    """Points as people write them."""
    return f"{round(number, 2):g}"
