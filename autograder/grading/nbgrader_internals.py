"""All that this kit replaces in nbgrader, or uses of it past what it documents: known to fit 0.9.6.

The rest of the kit works with nbgrader's documented classes, and with the names given here. What
grading and releasing do in the place of nbgrader's own is `batch.converter`'s and `release`'s.
"""

from __future__ import annotations

import functools
import json
import logging
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import nbgrader
from nbconvert.exporters.exporter import ResourcesDict
from nbformat import NotebookNode
from nbgrader import api, converters, preprocessors
from nbgrader.api import MissingEntry
from nbgrader.apps import api as apps_api
from nbgrader.apps import autogradeapp, exportapp, generateassignmentapp, generatefeedbackapp
from nbgrader.coursedir import CourseDirectory
from nbgrader.exchange.default import Exchange, ExchangeList, ExchangeReleaseFeedback
from nbgrader.plugins import LateSubmissionPlugin

from autograder.config import CourseError
from autograder.grading.intake import timestamp
from autograder.words import few, printable, without_password

TESTED = "0.9.6"
HANDLERS = "nbgrader.server_extensions.formgrader.handlers"  # of a Jupyter server
# Where the names stand that are replaced or used here.
PARTS: tuple[tuple[Any, str], ...] = (
    (autogradeapp, "Autograde"),
    (generateassignmentapp, "GenerateAssignment"),
    (apps_api, "Autograde"),
    (apps_api, "GenerateAssignment"),
    (generatefeedbackapp, "GenerateFeedback"),
    (apps_api, "GenerateFeedback"),
    (apps_api.NbGraderAPI, "get_submitted_timestamp"),
    (CourseDirectory, "get_existing_timestamp"),
    (ExchangeList, "ensure_root"),
    (exportapp.ExportApp, "init_plugin"),
    (ExchangeReleaseFeedback, "ensure_root"),
    (ExchangeReleaseFeedback, "init_dest"),
    (ExchangeReleaseFeedback, "copy_files"),
    (api, "create_engine"),
    (api, "app_log"),
    (preprocessors.SaveCells, "_create_notebook"),
    (preprocessors.AssignLatePenalties, "init_plugin"),
    (preprocessors.AssignLatePenalties, "_check_late_penalty"),
    (converters.GenerateAssignment, "_clean_old_notebooks"),
    (converters.GenerateAssignment, "_format_dest"),
    (converters.GenerateAssignment, "init_assignment"),
    (converters.GenerateAssignment, "init_destination"),
    (converters.GenerateAssignment, "set_permissions"),
    (converters.GenerateAssignment, "convert_single_notebook"),
)
# nbgrader's own of two of them, which are still called.
INIT_DEST = getattr(ExchangeReleaseFeedback, "init_dest", None)
INIT_EXPORTER = getattr(exportapp.ExportApp, "init_plugin", None)
Lists = Callable[[Any, CourseDirectory, str, dict[str, Any]], str]
KINDS = ("grade_cells", "solution_cells", "task_cells", "source_cells")  # as SaveCells has them


def quieten_gradebook() -> None:
    """Has nbgrader's gradebook log no traceback of an error that it raises as well."""
    api.app_log.addFilter(_is_not_gradebooks)


def _is_not_gradebooks(record: logging.LogRecord) -> bool:
    return bool(record.pathname != api.__file__)


def untested() -> str:
    """A sentence for whoever has another nbgrader than this kit was tested with, or "".

    It is for a warning: the grades come from the kit's own code. Nobody may be stopped while the
    course's configuration is read, for nbgrader would go on without it, and run students' code.

    Raises:
        CourseError: it lacks something that the kit replaces or uses.
    """
    found = printable(nbgrader.__version__)
    if lacking := _lacking():
        raise CourseError(
            f"nbgrader {found} has no {few(lacking)}, which this kit needs: install "
            f"nbgrader=={TESTED}."
        )
    if found == TESTED:
        return ""
    return (
        f"nbgrader {found} is installed, and this kit is tested with {TESTED}, whose parts it "
        f"replaces: install nbgrader=={TESTED}, or see whether a few grades are what you expect."
    )


@functools.cache
def _lacking() -> tuple[str, ...]:
    """What nbgrader lacks of the parts, looked up before any is replaced."""
    return tuple(
        f"{place.__name__}.{name}" for place, name in PARTS if getattr(place, name, None) is None
    )


def install(
    autograde: type[Any],
    generate: type[Any],
    feedback: type[Any],
    pages: Callable[[Any, CourseDirectory], Any],
    lists: Lists,
    release_feedback: Callable[[Any], None],
    before_export: Callable[[Any], None],
) -> None:
    """Puts converters in the place of nbgrader's own, in its commands and in the formgrader.

    Args:
        autograde: from submitted/ to autograded/.
        generate: from source/ to release/.
        feedback: from autograded/ to feedback/.
        pages: makes of the formgrader's exporter, and the course, what makes its pages of
            submissions.
        lists: makes its other pages, of nbgrader's templates, the course, a template's name and
            what is put into it.
        release_feedback: does it, with nbgrader's way into the exchange; it raises CourseError.
        before_export: is called with nbgrader's command, before it reads any grade; the same.
    """
    _lacking()
    autogradeapp.Autograde = apps_api.Autograde = autograde
    generateassignmentapp.GenerateAssignment = apps_api.GenerateAssignment = generate
    generatefeedbackapp.GenerateFeedback = apps_api.GenerateFeedback = feedback
    # nbgrader's own raise what a timestamp makes them raise, and the formgrader's pages fail.
    CourseDirectory.get_existing_timestamp = _existing_timestamp
    apps_api.NbGraderAPI.get_submitted_timestamp = _submitted_timestamp
    ExchangeList.ensure_root = _ensure_exchange
    ExchangeReleaseFeedback.ensure_root = _require_exchange
    ExchangeReleaseFeedback.init_dest = functools.partialmethod(_told_of, INIT_DEST)
    ExchangeReleaseFeedback.copy_files = functools.partialmethod(_told_of, release_feedback)
    exportapp.ExportApp.init_plugin = functools.partialmethod(
        _init_exporter, before_export, INIT_EXPORTER
    )
    # Where the module is not loaded this is no server, and to import it takes long.
    if handlers := sys.modules.get(HANDLERS):
        handlers.SubmissionHandler.exporter = property(
            lambda handler: pages(handler.settings["nbgrader_exporter"], handler.coursedir)
        )
        handlers.BaseHandler.on_finish = _close_gradebook
        handlers.BaseHandler.render = functools.partialmethod(_render, lists)


def _require_exchange(exchange: ExchangeReleaseFeedback) -> None:
    """Makes sure that there is a folder to release into; nbgrader's own sends to the instructor."""
    root = Path(exchange.root)
    if not root.is_dir() or not os.access(root, os.W_OK | os.X_OK):
        exchange.fail(
            f"{printable(str(root))} is no folder that can be written into: make the exchange's, "
            "or name it in c.Exchange.root."
        )


def _told_of(exchange: ExchangeReleaseFeedback, work: Callable[[Any], None]) -> None:
    """Does a part of nbgrader's command, and tells in one line what goes wrong in it."""
    try:
        work(exchange)
    except (CourseError, OSError) as error:
        exchange.fail(printable(" ".join(str(error).split())))


def _init_exporter(
    app: exportapp.ExportApp, before: Callable[[Any], None], own: Callable[[Any], None]
) -> None:
    """What `nbgrader export` does before it exports."""
    try:
        before(app)
    except CourseError as error:
        app.fail("%s", printable(" ".join(str(error).split())))
    own(app)


def _render(handler: Any, lists: Lists, template: str, **values: Any) -> str:
    """A page of the formgrader's; the list of the course's settings on the first has no password.

    nbgrader's own shows the gradebook's address there as it is.
    """
    if values.get("current_config"):
        config = handler.settings["nbgrader_formgrader"].config
        values["current_config"] = json.dumps(_setting(config), indent=2)
    templates = handler.settings["nbgrader_jinja2_env"].loader
    return lists(templates, handler.coursedir, template, values)


def _setting(value: Any) -> Any:
    """A setting, or some of them, as JSON has it and anyone may see it."""
    if isinstance(value, dict):
        return {str(name): _setting(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_setting(each) for each in value]
    return value if isinstance(value, int | float | None) else without_password(str(value))


def _close_gradebook(handler: Any) -> None:
    """Closes a page's gradebook, which opens itself again; called at the end of each request.

    nbgrader's own keeps it open: what others have written isn't seen, after an error in it no page
    works any more, and a server that was restarted is not found again.
    """
    if gradebook := handler.settings.get("nbgrader_gradebook"):
        gradebook.close()


def _existing_timestamp(directory: CourseDirectory, path: str) -> datetime | None:
    """When the submission in a folder was handed in; None where that is not known."""
    try:
        return timestamp.read(Path(path), timestamp.zones(directory.config))
    except ValueError:
        return None


def _submitted_timestamp(
    app: apps_api.NbGraderAPI, assignment: str, student: str
) -> datetime | None:
    """When a student handed in; None where that is not known."""
    directory = app.coursedir
    path = directory.format_path(directory.submitted_directory, student, assignment)
    return _existing_timestamp(directory, path)


def _ensure_exchange(lister: ExchangeList) -> None:
    """Makes an exchange in the course's folder; called before anything is looked for in one.

    nbgrader's own has the formgrader warn that it is missing, and leave out its buttons, until
    `nbgrader release_assignment` has made it. That also lets students write there; nobody else may
    before.

    Raises:
        ExchangeError: there is none, or it can't be written.
    """
    exchange = Path(lister.root)
    if exchange.parent == Path(lister.coursedir.root):
        with suppress(OSError):  # what is looked at next is whether it is there
            exchange.mkdir(mode=0o755, exist_ok=True)
    Exchange.ensure_root(lister)


@contextmanager
def one_engine() -> Iterator[None]:
    """Lets all gradebooks that are opened in the block share an engine for each database.

    nbgrader's preprocessors open one each, for every notebook, and SQLAlchemy compiles every
    statement anew for a new engine: that takes longer than the statements.
    """
    own = api.create_engine
    api.create_engine = functools.cache(own)
    try:
        yield
    finally:
        api.create_engine = own


class CellSaver(preprocessors.SaveCells):
    """nbgrader's step that saves a release's cells; where submissions have them it asks first."""

    def saving_again(self, notebook: Any, changed: Sequence[str]) -> None:
        """Called before cells are saved on which submissions hang; what it raises stops that.

        Args:
            notebook: nbgrader's entry.
            changed: the grade_ids of cells that are new to it, or no more.
        """

    def _create_notebook(self, nb: NotebookNode) -> None:
        try:
            notebook = self.gradebook.find_notebook(self.notebook_id, self.assignment_id)
        except MissingEntry:
            notebook = None
        if notebook is not None and notebook.submissions:
            old = {(kind, cell.name) for kind in KINDS for cell in getattr(notebook, kind)}
            new = {(kind, name) for kind in KINDS for name in getattr(self, f"new_{kind}")}
            self.saving_again(notebook, sorted({name for _, name in old ^ new}))
        super()._create_notebook(nb)


class OpenScores(Protocol):
    """A submitted notebook's scores in a gradebook that is open; `records.scores` has it."""

    notebook: Any

    def score(self) -> float:
        """The notebook's, from the scores that were put into it."""

    def commit(self) -> None:
        """Lets everyone see what was put into it."""


class LatePenalties(preprocessors.AssignLatePenalties):
    """nbgrader's step that asks for a late penalty, in the gradebook that is open.

    nbgrader's own opens another one for each notebook. The penalty is the same: the configured
    plugin gives it, and a course's own finds in the gradebook what it would find there.
    """

    def preprocess(
        self, nb: NotebookNode, resources: ResourcesDict
    ) -> tuple[NotebookNode, ResourcesDict]:
        scores: OpenScores = resources["nbgrader"]["scores"]
        self.init_plugin()
        scores.notebook.late_submission_penalty = self._penalty(scores)
        return nb, resources

    def _penalty(self, scores: OpenScores) -> float | None:
        """What the plugin takes off, no more than the notebook's score; None where it is not late.

        Both are told as nbgrader tells them.
        """
        submission = scores.notebook.assignment
        # Of an extension of what is not due nbgrader itself fails to say it.
        if submission.assignment.duedate is None or not (seconds := submission.total_seconds_late):
            return None
        self.log.warning("%s is %s seconds late", submission, seconds)
        student, score = submission.student_id, scores.score()
        if self.plugin_class is not LateSubmissionPlugin:
            scores.commit()
        penalty = self.plugin_inst.late_submission_penalty(student, score, seconds)
        self.log.warning("Late submission penalty: %s", penalty)
        return None if penalty is None else self._check_late_penalty(scores.notebook, penalty)


class ReleaseConverter(converters.GenerateAssignment):
    """nbgrader's converter from source/ to release/, with plain names for what it keeps private."""

    notebooks: Any

    def destination(self, assignment: str, student: str) -> Path:
        """The folder that is made."""
        return Path(self._format_dest(assignment, student))

    def forget_notebooks(self, assignment: str, there: set[str]) -> None:
        """Called before a release is made: to take notebooks that are no more out of the gradebook.

        Args:
            assignment: its name.
            there: the names of those that it has, without ending.
        """

    def _clean_old_notebooks(self, assignment_id: str, student_id: str) -> None:
        self.forget_notebooks(assignment_id, {Path(notebook).stem for notebook in self.notebooks})
