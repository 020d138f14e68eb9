"""Who says what being late takes off: the policy, or nbgrader's own step, and never both."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from nbgrader.plugins import BasePlugin
from nbgrader.preprocessors import AssignLatePenalties
from traitlets.config import Config

from autograder.config import CourseError, from_config
from autograder.grading.records.arrival import Arrival
from autograder.grading.records.penalties import IN_TIME, Rule, lateness
from autograder.results import Lateness

DUE = datetime(2026, 12, 4, 17)
LATE = Arrival(DUE + timedelta(hours=25), DUE)
SCORES = {"a": 8.0, "b": 20.0}


class Own(BasePlugin):
    """A course's own plugin."""

    def late_submission_penalty(self, student_id: str, score: float, seconds: float) -> float:
        """Half of it."""
        return score / 2


class OwnStep(AssignLatePenalties):
    """A course's own kind of nbgrader's step."""


def rule(text: str = "", *steps: type) -> Rule:
    """The rule of a course with these settings."""
    config = Config()
    exec(text, {"c": config, "Own": Own})
    if steps:
        config.Autograde.autograde_preprocessors = [*steps]
    return Rule.of(from_config(config))


ZERO = "c.LateSubmissionPlugin.penalty_method = 'zero'"
DAILY = "c.LatePolicy.percent_a_day = 10"


def test_by_itself_nothing_is_taken() -> None:
    """nbgrader's step is there by default, with a plugin that takes nothing."""
    assert not rule().takes
    assert rule().decided(LATE, SCORES) is None
    assert rule().depends_on(LATE, SCORES) == IN_TIME
    assert not rule("c.AssignLatePenalties.enabled = False\n" + ZERO).takes


def test_nbgraders_step_says_it_where_it_takes_anything() -> None:
    """Its plugin's method, another plugin, or a kind of step of the course's own."""
    for found in (
        rule(ZERO),
        rule("c.AssignLatePenalties.plugin_class = Own"),
        rule("", OwnStep),
    ):
        assert (found.policy, len(found.steps)) == (None, 1)
        assert found.decided(LATE, SCORES) is None


def test_the_policy_says_it_where_it_is_set() -> None:
    """Two days have begun; each notebook loses its share."""
    found = rule(DAILY)
    assert found.decided(LATE, SCORES) == {"a": 1.6, "b": 4.0}
    assert found.without_late_steps([AssignLatePenalties, Own]) == [Own]
    assert rule(ZERO).without_late_steps([AssignLatePenalties]) == [AssignLatePenalties]


@pytest.mark.parametrize(
    ("text", "step", "other"),
    [
        (ZERO, AssignLatePenalties, "c.LateSubmissionPlugin.penalty_method (zero)"),
        (
            "c.AssignLatePenalties.plugin_class = Own",
            AssignLatePenalties,
            "c.AssignLatePenalties.plugin_class (Own)",
        ),
        ("", OwnStep, f"the step {__name__}.OwnStep"),
    ],
    ids=["method", "plugin", "step"],
)
def test_both_are_refused(text: str, step: type, other: str) -> None:
    """Each is named."""
    with pytest.raises(CourseError) as refused:
        rule(f"{DAILY}\n{text}", step)
    assert str(refused.value) == (
        f"c.LatePolicy and {other} would both take points off a late submission: leave one of "
        "them out."
    )


@pytest.mark.parametrize("text", [DAILY, ZERO], ids=["policy", "step"])
def test_what_a_penalty_depends_on(text: str) -> None:
    """The rule, when it came, an excuse, and the points; not what adding makes of them."""
    found = rule(text).depends_on(LATE, SCORES)
    assert found == rule(text).depends_on(LATE, {"b": 20.0 + 1e-12, "a": 8.0})
    others = [
        rule(text).depends_on(LATE, {**SCORES, "a": 7.0}),
        rule(text).depends_on(Arrival(LATE.handed_in, DUE, timedelta(hours=1)), SCORES),
        rule(text).depends_on(Arrival(LATE.handed_in, DUE, excused=True), SCORES),
        rule(text).depends_on(Arrival(DUE, DUE), SCORES),
    ]
    assert len({found, *others}) == 5
    assert others[-1] == IN_TIME


def test_each_setting_of_the_policy_is_part_of_it() -> None:
    """Another cap gives another digest, though it may take the same."""
    found = {
        rule(f"{DAILY}\n{text}").depends_on(LATE, SCORES)
        for text in (
            "",
            "c.LatePolicy.cap_percent = 99",
            "c.LatePolicy.grace_minutes = 1",
            "c.LatePolicy.none_after_days = 9",
            "c.Course.timezone = 'Europe/Zagreb'",
        )
    }
    assert len(found) == 5


def test_who_is_excused_loses_nothing_whoever_says_it() -> None:
    """By nbgrader's step neither."""
    excused = Arrival(LATE.handed_in, DUE, excused=True)
    assert rule(DAILY).decided(excused, SCORES) == {"a": 0, "b": 0}
    assert rule(ZERO).decided(excused, SCORES) == {"a": 0, "b": 0}
    assert rule().decided(excused, SCORES) is None


def test_what_a_rule_took_that_is_no_more_is_given_back() -> None:
    """And what stood there before any rule stays."""
    former = rule(DAILY).depends_on(LATE, SCORES)
    assert rule().decided(LATE, SCORES, former) == {"a": 0, "b": 0}
    assert rule().decided(LATE, SCORES, IN_TIME) is None


@pytest.mark.parametrize(
    ("text", "arrival", "penalty", "said"),
    [
        (DAILY, LATE, 5.6, ": 28 points, 5.6 lost, 22.4 left"),
        (DAILY, Arrival(LATE.handed_in, DUE, excused=True), 0, ", and excused: nothing is lost"),
        (
            f"{DAILY}\nc.LatePolicy.grace_minutes = 30",
            Arrival(DUE + timedelta(minutes=5), DUE),
            0,
            ", within the 30 minutes of grace: nothing is lost",
        ),
        (DAILY, LATE, 0, ": nothing is lost"),
        ("", LATE, 0, ""),
        (ZERO, LATE, 28, ": 28 points, 28 lost, 0 left"),
        (ZERO, LATE, 30, ": 28 points, 28 lost, 0 left"),
    ],
    ids=["points", "excused", "grace", "no-points", "no-rule", "by-nbgrader", "above"],
)
def test_what_it_costs_is_told(text: str, arrival: Arrival, penalty: float, said: str) -> None:
    """Points before, lost and left; or why nothing is."""
    assert rule(text).cost(arrival, lateness(arrival, [penalty, None]), 28.0) == said


def test_what_came_of_lateness() -> None:
    """Seconds, and the sum of what each notebook loses."""
    arrival = Arrival(LATE.handed_in, DUE, timedelta(hours=1), excused=True)
    assert lateness(arrival, [0.1, 0.2, None]) == Lateness(86400.0, 3600.0, True, 0.3)
    assert lateness(Arrival(), []) == Lateness(None, 0.0, False, 0.0)
