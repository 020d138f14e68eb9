"""The page of one student: what it says first, what it never says, and that it does nothing."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from itertools import pairwise

import pytest
from bs4 import BeautifulSoup

from autograder.reporting.feedback import notebook
from autograder.reporting.feedback.handed_in import Answer
from autograder.reporting.feedback.page import html
from autograder.reporting.feedback.told import Exercise, Feedback, Lateness, Notebook, Score
from autograder.results import CheckResult, Line, Plot

CAUSE = "Both terms are y·log(ŷ): the second is for the other class."
CHECKS = (
    CheckResult("demo", False, 0.0, 1.0, "bce is wrong at [1].", cause=CAUSE),
    CheckResult("soft-targets", False, 0.0, 1.0, "bce is wrong at [2].", cause=CAUSE),
    CheckResult("dtype", False, 0.0, 0.5, "bce returns float64.", "Look for .double()."),
    CheckResult("gradient", True, 0.5, 0.5),
)
PLOT = Plot("ŷ", "loss", (0.0, 0.5, 1.0), (Line("y = 1", (None, 0.7, 0.0), (100.0, 0.7, 0.0)),))
BCE = Exercise(
    "Exercise 1. From probabilities",
    (Answer("bce", "def bce(y_hat, y):\n    return -y * y_hat.log()", True),),
    (
        Score("bce_visible", "visible test", 0.0, 1.0, failure="5 of 5 values wrong"),
        Score("bce_hidden", "hidden test", 0.5, 3.0, CHECKS),
    ),
    plots=(PLOT,),
)
WHY = Exercise(
    "Exercise 2. Why?",
    (Answer("why", r"Because $\frac{a}{b}$.", False),),
    (Score("why", "why", None, 2.0),),
)
TIMES = Lateness("2026-12-04 17:00 Europe/Zagreb", "2026-12-04 18:00 Europe/Zagreb")
TOLD = Feedback("losses", "student01", "Ana Perić", (Notebook("Part 1", (BCE, WHY)),), TIMES)


def page(told: Feedback = TOLD) -> BeautifulSoup:
    """The page, parsed."""
    return BeautifulSoup(html(told), "html.parser")


def text(told: Feedback = TOLD) -> str:
    """What stands on the page, in one line."""
    return re.sub(r"\s+", " ", page(told).body.get_text(" "))


def with_exercise(exercise: Exercise) -> Feedback:
    """The same of one exercise."""
    return replace(TOLD, notebooks=(Notebook("Part 1", (exercise,)),))


def test_points_come_first_and_what_waits_is_told() -> None:
    """No silent 0: two points are a person's to give, and are not counted."""
    assert "0.5 of 6 points so far 2 points wait for a person, and are not counted yet." in text()
    assert "Exercise 2. Why? : waits for a person – / 2" in text()
    assert "Exercise 2. Why? 2 points: waits for a person" in text()


def test_a_cause_is_told_once_and_first() -> None:
    """With the checks that it explains, in words; then come the checks."""
    shown = text()
    assert shown.count(CAUSE) == 1
    assert f"What to do next {CAUSE} Explains: demo, soft targets." in shown
    assert shown.index(CAUSE) < shown.index("visible test")


def test_what_all_checks_of_a_cause_say_stands_before_it() -> None:
    """As of a broken by-hand rule: what was called, and what to write it from."""
    called = "bce calls torch's own loss, and the by-hand rule forbids that."
    checks = tuple(CheckResult(name, False, 0.0, 1.0, called, cause="From log.") for name in "ab")
    scores = (Score("bce_hidden", "hidden test", 0.0, 2.0, checks),)
    told = with_exercise(replace(BCE, scores=scores))
    assert f"What to do next {called} From log. Explains: a, b." in text(told)
    assert text(told).count(called) == 1
    assert f"{called} From log." in notebook.text(told)


def test_a_message_stands_where_no_cause_explains_a_check() -> None:
    """The table is quiet elsewhere."""
    shown = text()
    assert "same dtype ✗ failed 0 / 0.5 bce returns float64. Hint: Look for .double()." in shown
    assert "bce is wrong" not in shown
    assert "visible test ✗ failed 0 / 1 5 of 5 values wrong" in shown
    assert "gradient ✓ passed 0.5 / 0.5" in shown


def test_one_message_of_many_checks_is_told_once() -> None:
    """A function that is not written fails all of them in the same way."""
    checks = tuple(CheckResult(name, False, 0.0, 1.0, "f is None.") for name in ("a", "b", "c"))
    shown = text(with_exercise(Exercise("One", (), (Score("f", "f", 0.0, 3.0, checks),))))
    assert shown.count("f is None.") == 1
    assert shown.count("The same.") == 2


def test_what_a_person_said_and_gave() -> None:
    """The comment with its formulas, the score, and extra credit among it."""
    scored = replace(
        WHY,
        scores=(Score("why", "why", 2.5, 2.0, by_person=True, extra=0.5),),
        comments=("Yes: $x^2$.",),
    )
    shown = page(with_exercise(scored))
    assert shown.select_one(".comment msup")
    assert "2.5 of 2 points" in text(with_exercise(scored))
    assert "Extra credit among these points: 0.5." in text(with_exercise(scored))


def test_a_person_gave_the_points_of_a_test() -> None:
    """The checks stay, and the points are said to be a person's."""
    given = Score("bce_hidden", "hidden test", 2.0, 3.0, CHECKS, by_person=True)
    shown = text(with_exercise(replace(BCE, scores=(given,))))
    assert "points of the hidden test by a person 2 / 3" in shown


def test_a_test_that_waits_says_so() -> None:
    """One that can't be graded by machine."""
    waits = Score("bce_hidden", "hidden test", None, 3.0)
    shown = text(with_exercise(replace(BCE, scores=(waits,))))
    assert "hidden test waits for a person – / 3" in shown
    assert "0 of 3 points so far 3 points wait for a person" in shown


def test_points_that_are_looked_at_again() -> None:
    """A person gave them for another answer."""
    again = Score("why", "why", 1.0, 2.0, by_person=True, again=True)
    shown = text(with_exercise(replace(WHY, scores=(again,))))
    assert "A person will look at these points once more." in shown


def test_lateness_and_what_it_costs() -> None:
    """In the course's own time; the points are those after it."""
    late = replace(TIMES, by="1 day and 2 minutes", penalty=0.25)
    shown = text(replace(TOLD, lateness=late))
    assert "Handed in 2026-12-04 17:00 Europe/Zagreb Due 2026-12-04 18:00 Europe/Zagreb" in shown
    assert "Late by 1 day and 2 minutes Taken off 0.25 points for lateness, of 0.5 so" in shown
    assert "Lateness −0.25 Together 0.25 / 6" in shown
    free = text(replace(TOLD, lateness=replace(late, penalty=0.0)))
    assert "Late by 1 day and 2 minutes; nothing is taken off for that" in free
    assert "Late by" not in text()
    assert "18:00 Europe/Zagreb, with an extension" in text(
        replace(TOLD, lateness=replace(TIMES, extended=True))
    )


def test_no_more_is_taken_off_than_there_is() -> None:
    """As nbgrader exports it."""
    shown = text(replace(TOLD, lateness=replace(TIMES, penalty=3.0)))
    assert "0 of 6 points" in shown
    assert "Taken off 0.5 points for lateness, of 0.5 so far" in shown
    assert "Lateness −0.5 Together 0 / 6" in shown


def test_what_could_not_be_graded_is_told_in_a_sentence() -> None:
    """With nothing of before, or with what there was."""
    failed = replace(TOLD, failed=True)
    assert "Your last hand-in could not be graded" in text(failed)
    nothing = text(replace(failed, notebooks=()))
    assert "Nothing in what you handed in could be graded yet" in nothing
    assert "of 0 points" not in nothing


def test_a_notebook_that_was_not_handed_in() -> None:
    """Its exercises have no points, and the reason is said once."""
    shown = text(replace(TOLD, notebooks=(Notebook("Part 1", (BCE,), there=False),)))
    assert "This notebook was not among what you handed in." in shown
    assert "visible test" not in shown


def test_a_notebook_whose_answers_cannot_be_shown() -> None:
    """It was handed in: points, checks and causes are told."""
    exercise = replace(BCE, answers=())
    shown = text(replace(TOLD, notebooks=(Notebook("Part 1", (exercise,), shown=False),)))
    assert "What you wrote in this notebook can't be shown here." in shown
    assert "not among what you handed in" not in shown
    assert CAUSE in shown
    assert "visible test ✗ failed 0 / 1" in shown


def test_an_answer_that_was_not_touched() -> None:
    """The text that was given is not shown as the student's."""
    silent = replace(WHY, silent=True, scores=(Score("why", "why", 0.0, 2.0),))
    shown = text(with_exercise(silent))
    assert "You handed this in as it was given: there is no answer yet." in shown
    assert "Because" not in shown


def test_a_plot_can_be_heard() -> None:
    """It has a name, and says in words where the two differ."""
    (drawing,) = page().select('svg[role="img"]')
    ids = drawing["aria-labelledby"].split()
    assert [drawing.find(id=each).get_text() for each in ids] == [
        "loss over ŷ, y = 1: yours and the right one",
        "Yours is no finite number at 0.",
    ]
    assert len(drawing.select(".mine, .torch")) == 2


def test_headings_lead_through_the_page() -> None:
    """One title, a heading for each notebook and each exercise, and none is left out."""
    levels = [int(heading.name[1]) for heading in page().select("h1, h2, h3, h4")]
    assert levels[:3] == [1, 2, 3]
    assert all(after <= before + 1 for before, after in pairwise(levels))
    ids = [element["id"] for element in page().select("[id]")]
    assert len(ids) == len({*ids})
    assert {link["href"][1:] for link in page().select("a")} <= {*ids}
    for section in page().select("section[aria-labelledby], article"):
        assert section["aria-labelledby"] in ids


def test_tables_have_names_and_headers() -> None:
    """A screen reader says what a cell is of."""
    for table in page().select("table"):
        assert table.caption
        assert all(header.get("scope") for header in table.select("th"))


def test_the_page_stands_by_itself() -> None:
    """Nothing is fetched and nothing runs, whatever a text on it says: the policy holds it to that.

    The only style that is applied is the page's own.
    """
    shown = page()
    assert shown.html["lang"] == "en"
    assert shown.title.get_text() == "losses, student01: feedback"
    policy = shown.find("meta", {"http-equiv": "Content-Security-Policy"})["content"]
    style = shown.style.get_text().encode()
    digest = base64.b64encode(hashlib.sha256(style).digest()).decode()
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )
    assert shown.select("script, link, img, iframe, object, embed, form, [style], [src]") == []
    assert "url(" not in shown.style.get_text()
    assert "@import" not in shown.style.get_text()
    assert not [name for tag in shown.find_all(True) for name in tag.attrs if name.startswith("on")]


def test_it_is_for_dark_rooms_and_for_paper() -> None:
    """The colours of each are in its style."""
    style = page().style.get_text()
    assert "@media (prefers-color-scheme: dark)" in style
    assert "@media print" in style
    assert page().find("meta", {"name": "viewport"})


INERT = "</code></pre><script>alert(1)</script><img src=x onerror=alert(1)>{{ 7 * 7 }}"


@pytest.mark.parametrize(
    "told",
    [
        pytest.param(replace(TOLD, student=INERT), id="student"),
        pytest.param(replace(TOLD, name=INERT), id="name"),
        pytest.param(replace(TOLD, assignment=INERT), id="assignment"),
        pytest.param(with_exercise(replace(BCE, answers=(Answer("bce", INERT, True),))), id="code"),
        pytest.param(
            with_exercise(replace(WHY, answers=(Answer("why", INERT, False),))), id="answer"
        ),
        pytest.param(with_exercise(replace(WHY, comments=(INERT,))), id="comment"),
        pytest.param(with_exercise(replace(BCE, title=INERT)), id="title"),
        pytest.param(
            with_exercise(
                Exercise("One", (), (Score("f", INERT, 0.0, 1.0, failure=INERT),)),
            ),
            id="failure",
        ),
        pytest.param(
            with_exercise(
                Exercise(
                    "One",
                    (),
                    (Score("f", "f", 0, 1, (CheckResult("a", False, 0, 1, INERT, INERT, INERT),)),),
                )
            ),
            id="check",
        ),
    ],
)
def test_whatever_a_text_says_is_only_text(told: Feedback) -> None:
    """It adds no element to the page, and is there to be read."""
    assert page(told).select("script, img") == []
    assert "<script>alert(1)</script>" in page(told).get_text()
    assert "49" not in text(told)
