"""Small faults of the kit, each with the tests of its own room that have to find it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.course import ROOT


@dataclass(frozen=True)
class Fault:
    """One wrong line.

    Args:
        module: where, in autograder/.
        old: what stands there once.
        new: what would be wrong.
        found_by: the test that has to fail, as pytest is asked for it, in tests/.
    """

    module: str
    old: str
    new: str
    found_by: str

    @property
    def file(self) -> Path:
        """The module's file, from the top of the repository."""
        return Path("autograder", self.module)

    def wrong(self, root: Path = ROOT) -> str:
        """The module's text with the fault in it.

        Raises:
            ValueError: the old text is not there once.
        """
        text = (root / self.file).read_text(encoding="utf-8")
        if text.count(self.old) != 1:
            raise ValueError(f"{self.file} has {text.count(self.old)} times: {self.old}")
        return text.replace(self.old, self.new)


FAULTS = (
    Fault(
        "checks/comparison.py",
        "if type(value) is not Tensor:",
        "if not isinstance(value, Tensor):",
        "checks/test_comparison.py",
    ),
    Fault(
        "checks/draws.py",
        "key = self.key if self.key and self.is_secret(index) else PUBLIC_KEY",
        "key = PUBLIC_KEY",
        "checks/test_draws.py",
    ),
    Fault(
        "checks/judging.py",
        "elif needed and not needed.passed:",
        "elif needed and needed.passed:",
        "checks/test_judging.py",
    ),
    Fault(
        "checks/by_hand.py",
        "if fnmatchcase(operator, pattern):",
        "if operator == pattern:",
        "checks/test_by_hand.py",
    ),
    Fault(
        "checks/causes.py",
        "all(each.is_given_by(formula) for each in self.telling)",
        "any(each.is_given_by(formula) for each in self.telling)",
        "checks/test_causes.py",
    ),
    Fault(
        "exercises/modules.py",
        'names = [name for name in there if name.removesuffix(".py") not in others]',
        "names = there",
        "exercises/test_asked.py",
    ),
    Fault(
        "verification/leaks.py",
        "return there >= max(LONG, sum(map(len, long)) / 2)",
        "return there > sum(map(len, long))",
        "verification/test_leaks.py",
    ),
    Fault(
        "exercises/losses/multiclass.py",
        "return nn.functional.log_softmax(z, dim=-1)",
        "return nn.functional.log_softmax(z, dim=0)",
        "exercises/test_demo.py",
    ),
    Fault(
        "isolation/wire.py",
        "if text_bytes > self._max_json or tensor_bytes > MAX_TENSOR_BYTES:",
        "if text_bytes > self._max_json:",
        "isolation/test_wire.py",
    ),
    Fault(
        "isolation/values.py",
        "if self._items + items > MAX_ITEMS:",
        "if items > MAX_ITEMS:",
        "isolation/test_values.py",
    ),
    Fault(
        "isolation/outputs.py",
        "self._clear, self._bytes = False, 0",
        "self._clear = False",
        "isolation/test_outputs.py",
    ),
    Fault(
        "isolation/scratch.py",
        "if entry.is_symlink() or not entry.is_dir():",
        "if not entry.is_dir():",
        "isolation/test_scratch.py::test_links_are_removed_and_not_what_they_lead_to",
    ),
    Fault(
        "isolation/answers.py",
        "for name in names[:most] if isinstance(name, str)",
        "for name in names if isinstance(name, str)",
        "isolation/test_messages.py::test_an_answer_names_no_more_than_it_may",
    ),
    Fault(
        "examiner/points.py",
        "return number if number >= 0 else 0.0",
        "return number",
        "examiner/test_points.py",
    ),
    Fault(
        "examiner/cell_error.py",
        "    if hidden:\n",
        "    if hidden and not doing:\n",
        "examiner/test_cell_error.py",
    ),
    Fault(
        "examiner/needed.py",
        "draws = ours.pictures(sees) and ours.pictures(uses)",
        "draws = False",
        "examiner/test_needed.py",
    ),
    Fault(
        "examiner/review/flags.py",
        "rules = {exercise.by_hand for exercise in asked} - {FREE}",
        "rules = {exercise.by_hand for exercise in asked} & {FREE}",
        "examiner/review/test_flags_of_reading.py",
    ),
    Fault(
        "examiner/review/literals.py",
        '"Add": lambda: left + right,',
        '"Add": lambda: right + left,',
        "examiner/review/test_suspects.py::test_internals_are_told_anywhere",
    ),
    Fault(
        "source_text/bindings.py",
        'yield "imports", alias.asname or first',
        'yield "imports", first',
        "source_text/test_names.py",
    ),
    Fault(
        "source_text/shell_calls.py",
        'BINDING = "time" ',
        'BINDING = "timeit" ',
        "source_text/test_one_reading.py",
    ),
    Fault(
        "grading/intake/timestamp.py",
        "return time.astimezone(UTC).replace(tzinfo=None) if time.tzinfo else time",
        "return time.replace(tzinfo=None)",
        "grading/intake/test_timestamp.py",
    ),
    Fault(
        "grading/intake/definitions.py",
        r"^(\w+) *(?::[^=\n]+)?=(?!=)",
        r"^(\w+) *=(?!=)",
        "grading/intake/test_definitions.py::test_what_is_no_python",
    ),
    Fault(
        "grading/rebuild/owners.py",
        'return max(inside, key=len, default="")',
        'return ""',
        "grading/rebuild/test_match.py",
    ),
    Fault(
        "grading/rebuild/former.py",
        "return found[0] if len(became) == 1 else None",
        "return found[0] if became else None",
        "grading/rebuild/test_former.py::test_an_untouched_cell_of_a_text_that_became_two_stays",
    ),
    Fault(
        "grading/records/flags.py",
        "    urgent.sort(key=lambda flag: flag is not firsts[flag.kind])\n",
        "",
        "grading/records/test_flags.py",
    ),
    Fault(
        "grading/records/colours.py",
        'return colour if self.left >= 0 else ""',
        "return colour",
        "grading/records/test_colours.py",
    ),
    Fault(
        "grading/secret.py",
        "text = json.dumps([list(cells), sorted(files.items())])",
        "text = json.dumps([list(cells), sorted(files)])",
        "grading/test_secret.py",
    ),
    Fault(
        "batch/converter.py",
        "return [wanted] if by_name else",
        "return [] if by_name else",
        "batch/test_converter.py::test_a_student_whose_name_is_a_pattern",
    ),
    Fault(
        "reporting/table.py",
        "for cell in r.cells.values() if cell.score is None",
        "for cell in r.cells.values() if not cell.score",
        "reporting/test_table.py",
    ),
    Fault(
        "lms/origins.py",
        'attachments = tuple(Attachment(**each) for each in data["attachments"])',
        'attachments = tuple(data["attachments"])',
        "lms/test_origins.py",
    ),
    Fault(
        "cli/options.py",
        "if not text.isdigit() or int(text) == 0:",
        "if not text.isdigit():",
        "cli/test_cli.py::test_jobs_are_a_positive_number",
    ),
)
