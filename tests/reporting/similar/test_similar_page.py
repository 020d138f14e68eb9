"""The page of similar submissions: inert, bounded, and shown well by a browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup
from playwright.sync_api import Browser, Page

from autograder.reporting import self_contained
from autograder.reporting.similar import page
from autograder.reporting.similar.ranking import MOST_PAIRS, Pair, Ranking, rank
from autograder.reporting.similar.sides import Line, Part, Sides
from autograder.reporting.similar.writers import Given, Place, Writer
from tests.reporting.similar.classes import bundled, given

EVIL = "<script>document.title = 'taken'</script>"
ODD = f"x = 1  # {EVIL} absolutely gorgeous rhubarb\ny = 'shared {EVIL} by two alone'\n"
WINDOWS = [(1280, "light"), (1280, "dark"), (390, "light")]


@pytest.fixture(scope="module")
def ranking() -> Ranking:
    """The bundled class, in which two with names of markup have the same odd cell of markup."""
    writers = bundled()
    texts = {place: text for place, text in writers[4].texts.items() if place.code}
    texts[Place("binary", "", code=True)] = ODD * 3
    hostile = [Writer((f"{EVIL}{n}",), "", texts) for n in (1, 2)]
    names = {f"{EVIL}1": f'"{EVIL}', f"{EVIL}2": "\u202eevil" + "y" * 500}
    return rank("losses", given(), [*writers, *hostile], names, (EVIL,))


@pytest.fixture
def path(ranking: Ranking, tmp_path: Path) -> Path:
    """The page, as a file."""
    path = tmp_path / "losses-similar.html"
    path.write_text(page.html(ranking), encoding="utf-8")
    return path


def test_what_students_write_and_are_called_is_text(ranking: Ranking) -> None:
    """No element of theirs, no control character, and no name longer than a line."""
    html = page.html(ranking)
    shown = BeautifulSoup(html, "html.parser")
    assert ranking.pairs[0].one.students == (f"{EVIL}1",)
    assert EVIL in shown.get_text()
    assert shown.find_all(["script", "img", "iframe", "link", "form"]) == []
    assert "\u202e" not in html
    assert "y" * 100 not in html


def test_the_page_says_that_it_is_no_verdict_and_lets_nothing_in(ranking: Ranking) -> None:
    """Its first sentence does; its policy allows its own style alone."""
    shown = BeautifulSoup(page.html(ranking), "html.parser")
    assert shown.header.strong.text == "Evidence for a person to read, and no verdict."
    policy = shown.find("meta", {"http-equiv": "Content-Security-Policy"})["content"]
    style = self_contained.allowed(shown.style.string)
    assert policy == (
        f"default-src 'none'; style-src '{style}'; base-uri 'none'; form-action 'none'"
    )


def test_what_both_have_is_marked_on_both_sides(ranking: Ranking) -> None:
    """The odd remark is, as words; what only one has is not."""
    shown = BeautifulSoup(page.html(ranking), "html.parser")
    sides = shown.article.find_all(class_="side")
    assert len(sides) % 2 == 0
    marked = [
        " ".join(mark.text for mark in side.find_all("mark", class_="words")) for side in sides
    ]
    assert sum("absolutely gorgeous rhubarb" in text for text in marked) == 2


def test_a_class_without_such_pairs_is_told_so() -> None:
    """In words, and no pair of it is named."""
    html = page.html(rank("losses", Given((), ()), [Writer((f"s{n}",), "", {}) for n in range(20)]))
    assert "No pair stands out" in html
    assert "s1" not in BeautifulSoup(html, "html.parser").get_text()


def test_the_page_is_bounded() -> None:
    """A hundred pairs of the longest lines take no more than a browser opens at once."""
    lines = tuple(Line(n, (Part("<" * 400, "code"),)) for n in range(60))
    place = Place("n" * 300, "c" * 300, code=True)
    people = [Writer(("s" * 300,) * 50, "", {}) for _ in range(2)]
    pair = Pair(people[0], people[1], 0.1, (Sides(place, lines, lines),) * 10)
    ranking = Ranking("losses", 2_000, 1_999_000, pairs=(pair,) * MOST_PAIRS)
    html = page.html(ranking)
    assert len(html.encode()) < 3_000_000
    assert html.count("would make this page too long") > 50


@pytest.mark.parametrize(
    ("expected", "told", "rate"),
    [
        (0.0, "Of 1,000 honest classes of this size, fewer than one has", "below 0.001"),
        (0.05, "About one of 20 honest classes of this size has", "0.05"),
        (0.8, "Every honest class of this size has about one pair", "0.8"),
    ],
)
def test_a_number_is_told_in_words(expected: float, told: str, rate: str) -> None:
    """No closer than it is known."""
    assert page.likely(expected).startswith(told)
    assert page.rate(expected) == rate


@pytest.fixture(params=WINDOWS, ids=lambda window: f"{window[0]}-{window[1]}")
def window(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A window of a phone's or a desk's width, in light or dark."""
    width, scheme = request.param
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    yield page
    page.close()


@pytest.mark.slow
def test_a_browser_shows_it_well(path: Path, window: Page) -> None:
    """axe finds nothing serious, nothing is wider than the window, nothing runs or is asked for."""
    asked, said = list[str](), list[str]()
    window.on("request", lambda request: asked.append(request.url))
    window.on("console", lambda message: said.append(message.text))
    window.goto(path.as_uri())
    assert (asked, said) == ([path.as_uri()], [])
    assert window.title() == "losses: similar submissions"
    root = "document.documentElement"
    assert window.evaluate(f"{root}.scrollWidth - {root}.clientWidth") == 0
    found = Axe().run(window).response["violations"]
    assert [each["id"] for each in found if each["impact"] in ("serious", "critical")] == []


def test_what_is_marked_can_be_read_on_paper(path: Path, browser: Browser) -> None:
    """A page printed from a dark screen has the marks of a light one."""
    colours = {}
    for scheme in ("light", "dark"):
        for medium in ("screen", "print"):
            page = browser.new_page(color_scheme=scheme)
            page.goto(path.as_uri())
            page.emulate_media(media=medium, color_scheme=scheme)
            code = "getComputedStyle(document.querySelector('mark.code')).backgroundColor"
            colours[scheme, medium] = page.evaluate(code)
            page.close()
    assert colours.pop(("dark", "screen")) not in colours.values()
    assert len({*colours.values()}) == 1
