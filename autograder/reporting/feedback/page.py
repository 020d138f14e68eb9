"""The page of one student, as HTML that stands by itself: no script, and nothing to be fetched."""

from __future__ import annotations

from functools import cache

from jinja2 import Template

from autograder.reporting.feedback import chart
from autograder.reporting.feedback.told import Feedback, plain
from autograder.reporting.markup import markdown
from autograder.reporting.self_contained import asset, environment


def html(feedback: Feedback) -> str:
    """The page."""
    return _template().render(told=feedback, style=asset(__package__, "page.css"))


@cache
def _template() -> Template:
    made = environment(__package__, markdown=markdown, plain=plain, points=points)
    made.globals |= {"charts": chart.charts, "chart": vars(chart)}
    return made.get_template("page.html")


def points(number: float) -> str:
    """Points as people write them."""
    return f"{round(number, 2):g}"
