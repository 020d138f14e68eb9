"""The feedback as a notebook: it says what the page says, and does nothing."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import replace

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from autograder.reporting.feedback.handed_in import Answer
from autograder.reporting.feedback.notebook import as_comment, as_text, fenced, text
from autograder.reporting.feedback.told import Exercise, Feedback, Lateness, Notebook, Score
from tests.reporting.feedback.test_page import BCE, CAUSE, TOLD, WHY, with_exercise

EVIL = (
    "<img src=x onerror=alert(1)> ![p](http://x/y.png) `a` $b$ |c| *d* _e_ [f](http://g) "
    "www.h.org \\i #j"
)


def rendered(source: str, attachments: dict[str, dict[str, str]] | None = None) -> BeautifulSoup:
    """Markdown, as nbconvert shows it."""
    renderer = IPythonRenderer(escape=False, attachments=attachments or {})
    return BeautifulSoup(MarkdownWithMath(renderer).render(source), "html.parser")


def pages(told: Feedback = TOLD) -> list[BeautifulSoup]:
    """The cells, as nbconvert shows them."""
    notebook = nbformat.reads(text(told), as_version=4)
    nbformat.validate(notebook)
    assert {cell.cell_type for cell in notebook.cells} == {"markdown"}
    return [rendered(cell.source, cell.get("attachments")) for cell in notebook.cells]


def shown(told: Feedback = TOLD) -> str:
    """What a reader sees, in one line."""
    return re.sub(r"\s+", " ", " ".join(page.get_text(" ") for page in pages(told)))


def test_it_says_what_the_page_says() -> None:
    """Points, what waits, times, causes and the next step, checks, what was written."""
    seen = shown()
    for part in (
        "Feedback: losses ¶ student01, Ana Perić 0.5 of 6 points so far",
        "2 of them wait for a person, and are not counted yet.",
        "Handed in: 2026-12-04 17:00 Europe/Zagreb",
        "Exercise 1. From probabilities ¶ 0.5 / 4 points",
        f"What to do next {CAUSE} Explains: demo, soft targets.",
        "same dtype ✗ failed 0 / 0.5 bce returns float64. Hint: Look for .double().",
        "gradient ✓ passed 0.5 / 0.5",
        "visible test: 5 of 5 values wrong",
        "return - y * y_hat . log ()",
        "why waits for a person – / 2",
        r"Because $\frac{a}{b}$.",
    ):
        assert part in seen, seen


def test_a_plot_is_a_picture_of_the_notebook_s_own() -> None:
    """Jupyter takes no SVG as an attachment."""
    notebook = json.loads(text(TOLD))
    found = [cell for cell in notebook["cells"] if "attachments" in cell]
    assert len(found) == 1
    assert "(attachment:plot.png)" in "".join(found[0]["source"])
    picture = base64.b64decode(found[0]["attachments"]["plot.png"]["image/png"])
    assert picture.startswith(b"\x89PNG")
    assert len(picture) < 60_000


def test_what_comes_from_outside_is_only_text() -> None:
    """In a name, a check, a cause, a title, an answer, a failure: no element, link or picture."""
    check = replace(BCE.scores[1].checks[0], message=EVIL, hint=EVIL, cause="")
    exercise = Exercise(
        EVIL,
        (Answer("a", f"```\n{EVIL}\n````\n{EVIL}", True), Answer("b", EVIL, False)),
        (
            Score("t", EVIL, 0.0, 1.0, failure=f"{EVIL}\n```\n{EVIL}"),
            Score("u", "u", 0.0, 2.0, (check, replace(check, cause=EVIL))),
        ),
    )
    told = replace(with_exercise(exercise), student=EVIL, name=EVIL, assignment=EVIL)
    found = pages(told)
    assert [each for page in found for each in page.select("img, script, em, [onerror]")] == []
    links = [a for page in found for a in page.select("a")]
    assert [a for a in links if "anchor-link" not in a.get("class", ())] == []
    assert shown(told).count("onerror=alert(1)") >= 10


@pytest.mark.parametrize(
    ("comment", "expected"),
    [
        ("Nearly: $a < b$, not <b>c</b>", r"Nearly: $a \lt  b$, not &lt;b>c&lt;/b>"),
        ("`if a < b:` ![x](y)", r"`if a < b:` !\[x](y)"),
        ("```python\nif a < b:\n```\n<i>", "```python\nif a < b:\n```\n&lt;i>"),
        ("~~~\n```\n~~~\n<i>\n```", "~~~\n```\n~~~\n&lt;i>\n```"),
        (r"\`<i>\`", r"\`&lt;i>\`"),
        ("`a\n\n<i>` `b", "`a\n\n&lt;i>` `b"),
        ("| ` | <i> ` |", "| ` | &lt;i> ` |"),
        ("``a`<i>``", "``a`<i>``"),
    ],
)
def test_a_person_s_comment_keeps_code_and_formulas(comment: str, expected: str) -> None:
    """HTML and pictures are text; what is code to Markdown stays as it is."""
    assert as_comment(comment) == expected


@pytest.mark.parametrize("text", [EVIL, "", "a\nb", "1. x", "ŷ ≤ ∞ — “q”"])
def test_a_text_is_read_as_it_was_written(text: str) -> None:
    """Every sign that Markdown has a use for is there."""
    page = rendered(f"x {as_text(text)}")
    assert page.get_text().strip() == f"x {text}".strip()


def test_a_fence_is_longer_than_any_in_the_text() -> None:
    """Nothing gets out of it."""
    assert fenced("a") == "```\na\n```"
    assert fenced("```\n````") == "`````\n```\n````\n`````"


def test_a_hand_in_that_failed_is_told() -> None:
    """With what is still there of the one before, or nothing."""
    assert "could not be graded" in shown(replace(TOLD, failed=True))
    nothing = Feedback("losses", "student01", "", (), Lateness(), failed=True)
    assert "Nothing in what you handed in could be graded" in shown(nothing)
    missing = Notebook("Part 1", (WHY,), there=False)
    assert "not among what you handed in" in shown(replace(TOLD, notebooks=(missing,)))


def test_the_same_feedback_is_the_same_file() -> None:
    """Byte for byte, pictures too."""
    assert text(TOLD) == text(TOLD)
