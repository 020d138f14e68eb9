"""nbgrader's preprocessors on one notebook: the lists of course_config.py, in five parts.

Three are of a release: "release" makes of the source what submissions are graded on, "solve" the
same with the solutions in it, "clear" of the first what students get. Between two others,
"sanitize" and "record", is the step that runs a student's code: `execution` does its work here.
Of the last, `late` has those that take off points for being late.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from nbconvert.exporters.exporter import ResourcesDict
from nbformat import NotebookNode
from nbgrader.converters import Autograde, GenerateAssignment
from nbgrader.preprocessors import AssignLatePenalties, ClearSolutions, LimitOutput, SaveCells
from traitlets.config import Config
from traitlets.utils.importstring import import_item

from autograder.config import CourseError
from autograder.grading.nbgrader_internals import LatePenalties, OpenScores

Part = Literal["release", "solve", "clear", "sanitize", "record"]

CLEAR_LEFTOVERS = "autograder.grading.preprocessors.ClearLeftovers"
EXECUTE = "autograder.grading.preprocessors.Execute"
REGISTER = "autograder.grading.preprocessors.RegisterCourse"  # it changes no notebook
# Of nbgrader's steps, what does the same in a gradebook that is open.
IN_OPEN: Mapping[Any, Any] = {AssignLatePenalties: LatePenalties}
# The kit's steps that need no gradebook of their own beside one that is open.
OWN = (
    "autograder.grading.preprocessors.GradeCellOutput",
    "autograder.grading.preprocessors.SaveAutoGrades",
)


def parts(config: Config) -> dict[Part, list[Any]]:
    """The configured preprocessors around the saving of a release, and around execution.

    Those that "solve" are those before a release is saved, without clearing the solutions.

    Raises:
        CourseError: the step that keeps students' code apart is not among them.
    """
    converter = Autograde(config=config)
    autograde = [_name(step) for step in converter.autograde_preprocessors]
    if EXECUTE not in autograde:
        raise CourseError(
            f"c.Autograde.autograde_preprocessors has no {EXECUTE}: without it, students' code "
            "would run beside the hidden tests."
        )
    place = autograde.index(EXECUTE)
    after = converter.autograde_preprocessors[place + 1 :]
    release = [kind(step) for step in GenerateAssignment(config=config).preprocessors]
    saved = [place for place, step in enumerate(release) if issubclass(step, SaveCells)]
    first, last = (saved[0], saved[-1]) if saved else (len(release), len(release))
    return {
        "release": [*release[:first], kind(CLEAR_LEFTOVERS)],
        "solve": [step for step in release[:first] if not issubclass(step, ClearSolutions)],
        "clear": [step for step in release[last + 1 :] if _name(step) != REGISTER],
        "sanitize": converter.sanitize_preprocessors + converter.autograde_preprocessors[:place],
        "record": after,
    }


def late(config: Config) -> list[Any]:
    """The configured steps that take off points for being late."""
    steps = map(kind, Autograde(config=config).autograde_preprocessors)
    return [step for step in steps if issubclass(step, AssignLatePenalties)]


def _name(step: Any) -> str:
    return step if isinstance(step, str) else f"{step.__module__}.{step.__qualname__}"


def process(
    steps: Sequence[Any],
    config: Config,
    notebook: NotebookNode,
    names: Mapping[str, Any],
    scores: OpenScores | None = None,
) -> NotebookNode:
    """The notebook after the steps.

    nbconvert's exporter would copy and validate the whole notebook after each step; here the steps
    change it in place, and it is validated once, when it is written.

    Args:
        steps: nbgrader preprocessors, or their dotted names.
        config: the course's configuration.
        notebook: it is the caller's no more.
        names: what the preprocessors ask for: student, assignment, notebook, db_url; and for
            recording the student's own files.
        scores: the notebook's, in a gradebook that the caller has open. A step that the kit does
            not know opens its own: what was put into them is committed before.
    """
    resources = ResourcesDict(nbgrader=dict(names), metadata={"name": names["notebook"]})
    for step in map(kind, steps):
        chosen = step
        if scores is not None:
            resources["nbgrader"].pop("scores", None)
            if step in IN_OPEN or step is LimitOutput or _name(step) in OWN:
                chosen = IN_OPEN.get(step, step)
                resources["nbgrader"]["scores"] = scores
            else:
                scores.commit()
        notebook, resources = chosen(config=config)(notebook, resources)
    return notebook


def kind(step: Any) -> Any:
    """The class of a preprocessor that is named as configured."""
    return import_item(step) if isinstance(step, str) else step
