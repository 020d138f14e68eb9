"""The page of similar submissions, as HTML that stands by itself: no script, and bounded."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment
from markupsafe import Markup

from autograder.reporting import feedback
from autograder.reporting.self_contained import asset, environment
from autograder.reporting.similar.chance import FEWEST
from autograder.reporting.similar.ranking import Ranking
from autograder.words import few

MOST_BYTES = 2_000_000  # of the pairs' lines
LEAST = 0.001  # expected: what is drawn on so far is not told more closely


def html(ranking: Ranking) -> str:
    """The page."""
    told = {
        "ranking": ranking,
        "names": ranking.names or {},
        "fewest": FEWEST,
        "style": asset(feedback.__name__, "page.css") + asset(__package__, "page.css"),
    }
    page = _environment().get_template("page.html")
    articles = _articles(ranking, page.make_module({**told, "articles": Markup()}))
    return page.render({**told, "articles": articles})


def _articles(ranking: Ranking, macros: object) -> Markup:
    """The pairs; without their lines where the page would become too long."""
    shown, size = list[Markup](), 0
    for number, pair in enumerate(ranking.pairs, start=1):
        text = macros.pair(pair, number, whole=True)  # type: ignore[attr-defined]
        if size + len(text.encode()) > MOST_BYTES:
            text = macros.pair(pair, number, whole=False)  # type: ignore[attr-defined]
        size += len(text.encode())
        shown.append(text)
    return Markup("").join(shown)


@cache
def _environment() -> Environment:
    return environment(__package__, likely=likely, rate=rate, few=few)


def rate(expected: float) -> str:
    """How many such pairs an honest class has, with as many digits as are worth telling."""
    if expected < LEAST:
        return f"below {LEAST:g}"
    return f"{expected:.1g}"


def likely(expected: float) -> str:
    """The same as a sentence."""
    pair = "has a pair as similar as these two."
    if expected < LEAST:
        return f"Of {1 / LEAST:,.0f} honest classes of this size, fewer than one {pair}"
    if expected > 0.5:
        return "Every honest class of this size has about one pair as similar as these two."
    return f"About one of {round(1 / expected):,} honest classes of this size {pair}"
