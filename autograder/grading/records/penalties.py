"""What being late takes off: by the course's policy, or by nbgrader's own step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import fsum, isclose
from typing import Any

from nbformat.v4 import new_notebook
from nbgrader.plugins import LateSubmissionPlugin
from nbgrader.preprocessors import AssignLatePenalties

from autograder.config import CourseError, LatePolicy, Settings
from autograder.grading import inputs, pipeline
from autograder.grading.records.arrival import Arrival
from autograder.grading.records.deduction import deduction, percent
from autograder.grading.records.scores import NotebookScores
from autograder.grading.submission import notebook_resources
from autograder.results import DECIMALS, Lateness, left, lost

PART = "lateness"  # among the versions of what a record comes from
IN_TIME = "in time"
POLICY = "policy"
SAME = 1e-9  # points


@dataclass(frozen=True)
class Rule:
    """Who says what being late takes off.

    Args:
        settings: the course's.
        policy: the course's, where it is set.
        steps: nbgrader's, where they take anything: then there is no policy.
    """

    settings: Settings
    policy: LatePolicy | None = None
    steps: Sequence[type[Any]] = ()

    @classmethod
    def of(cls, settings: Settings) -> Rule:
        """The rule of a course.

        Raises:
            CourseError: a setting contradicts itself or another, or the policy and nbgrader's step
                would both take something.
        """
        policy = settings.late_policy
        policy.require_sound()
        steps = pipeline.late(settings.config)
        taking = [(step, why) for step in steps if (why := _takes(settings, step))]
        if policy.is_set and taking:
            raise CourseError(
                f"c.LatePolicy and {taking[0][1]} would both take points off a late submission: "
                "leave one of them out."
            )
        return cls(settings, policy if policy.is_set else None, [step for step, _ in taking])

    @property
    def takes(self) -> bool:
        """Whether anyone may lose anything."""
        return bool(self.policy or self.steps)

    @cached_property
    def _made_with(self) -> list[Any]:
        """What the steps do, as a digest knows it."""
        plugins = [step(config=self.settings.config).plugin_class for step in self.steps]
        return inputs.of_steps(self.settings, [*self.steps, *plugins])

    def without_late_steps(self, steps: Sequence[Any]) -> list[Any]:
        """The configured steps; where the policy says what is taken, without those that would."""
        if not self.policy:
            return [*steps]
        return [s for s in steps if not issubclass(pipeline.kind(s), AssignLatePenalties)]

    def depends_on(self, arrival: Arrival, scores: Mapping[str, float]) -> str:
        """A digest of all that a penalty comes from; IN_TIME where there is none.

        Args:
            arrival: when a submission came.
            scores: of its notebooks, by name.
        """
        if not self.takes or not arrival.seconds_late:
            return IN_TIME
        points = sorted((name, round(score, DECIMALS)) for name, score in scores.items())
        if not self.policy:
            told = [self._made_with, arrival.seconds_late, points, arrival.excused]
            return inputs.digest(told)
        names = sorted(self.policy.trait_names(config=True))
        said = [[name, getattr(self.policy, name)] for name in names]
        came = [repr(arrival), self.settings.course.timezone]
        return f"{POLICY} {inputs.digest([said, came, points])}"

    def decided(
        self, arrival: Arrival, scores: Mapping[str, float], former: str = IN_TIME
    ) -> dict[str, float] | None:
        """What each notebook loses, where the kit says it; None where nbgrader's steps do, if any.

        Args:
            arrival: when the submission came.
            scores: of its notebooks, by name.
            former: what `depends_on` gave when a penalty was last written: what a rule took that
                is no more is given back.
        """
        if (arrival.excused and self.takes) or (not self.takes and former != IN_TIME):
            return dict.fromkeys(scores, 0.0)
        if not self.policy:
            return None
        clock = self.settings.course.clock
        return deduction(percent(self.policy, arrival, clock), scores)

    def penalize(self, scores: NotebookScores) -> None:
        """Has nbgrader's steps say it of a notebook that is not graded again."""
        notebook = scores.notebook
        student, assignment = notebook.student.id, notebook.assignment.name
        names = notebook_resources(self.settings, assignment, student, notebook.name)
        pipeline.process(self.steps, self.settings.config, new_notebook(), names, scores)

    def cost(self, arrival: Arrival, lateness: Lateness, score: float) -> str:
        """What being late costs, to be told behind how late it was; "" where nobody loses anything.

        Args:
            arrival: when the submission came.
            lateness: what came of that.
            score: the submission's points without it.
        """
        if not self.takes:
            return ""
        if taken := lost(score, lateness.penalty):
            return f": {score:g} points, {taken:g} lost, {left(score, lateness.penalty):g} left"
        if arrival.excused:
            return ", and excused: nothing is lost"
        grace = self.policy.grace_minutes if self.policy else 0
        if (arrival.seconds_late or 0) <= 60 * grace:
            return f", within the {grace:g} minutes of grace: nothing is lost"
        return ": nothing is lost"


def _takes(settings: Settings, step: type[Any]) -> str:
    """The setting by which a step of nbgrader's may take something off; "" for none."""
    made = step(config=settings.config)
    if not made.enabled:
        return ""
    if step is not AssignLatePenalties:  # what it takes is its own matter
        return f"the step {step.__module__}.{step.__qualname__}"
    if made.plugin_class is not LateSubmissionPlugin:
        return f"c.AssignLatePenalties.plugin_class ({made.plugin_class.__name__})"
    method = LateSubmissionPlugin(config=settings.config).penalty_method
    return "" if method == "none" else f"c.LateSubmissionPlugin.penalty_method ({method})"


def lateness(arrival: Arrival, penalties: Iterable[float | None]) -> Lateness:
    """What came of when a submission came.

    Args:
        arrival: when.
        penalties: what is taken off each of its notebooks.
    """
    extension = arrival.extension.total_seconds() if arrival.extension else 0.0
    taken = round(fsum(each or 0.0 for each in penalties), DECIMALS)
    return Lateness(arrival.seconds_late, extension, arrival.excused, taken)


def same(stored: float | None, wanted: float) -> bool:
    """Whether the gradebook has a penalty already; it may have none for 0."""
    return isclose(stored or 0.0, wanted, abs_tol=SAME)
