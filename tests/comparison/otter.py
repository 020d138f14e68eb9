"""otter, from an environment of its own, by `otter run`: a submission a command, in no container.

otter's usual way, `otter grade`, starts a Docker container for each. What a container keeps out
(other students' files, the network with `--no-network`, time with `--timeout`) is not seen here.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat

from tests.comparison.assignment import MARK, NAME, for_otter
from tests.comparison.outcome import Outcome
from tests.comparison.submissions import Places, Submission

LONGEST = 120  # seconds that a submission is waited for: `otter run` has no option for it


class Otter:
    """A released assignment, and submissions of it.

    Args:
        folder: where it is made.
        port: where something listens, for answers that look for it.
        programs: the folder of otter's programs, `.../bin` of its environment.
    """

    name = "otter, in no container"

    def __init__(self, folder: Path, port: int, programs: Path) -> None:
        self.folder, self.programs = folder, programs.absolute()
        neighbour = folder / "submitted" / "right" / f"{NAME}.ipynb"
        witness = folder.parent / f"{folder.name}-was-here"
        self.places = Places(Path("tests") / f"{NAME}.py", neighbour, port, witness)
        folder.mkdir(parents=True)
        nbformat.write(for_otter(), folder / f"{NAME}.ipynb")
        done = self._run(600, "assign", f"{NAME}.ipynb", "dist")
        if done is None or done.returncode:
            raise RuntimeError(f"otter assign: {done and done.stderr[-1000:]}")
        self.autograder = next((folder / "dist" / "autograder").glob("*.zip"))

    def hand_in(self, student: str, submission: Submission) -> Path:
        """Puts a submission into the student's folder; where it lies."""
        path = self.folder / "submitted" / student / f"{NAME}.ipynb"
        shutil.rmtree(path.parent, ignore_errors=True)
        path.parent.mkdir(parents=True)
        release = nbformat.read(self.folder / "dist" / "student" / path.name, as_version=4)
        nbformat.write(submission.written(release, self.places), path)
        submission.spoil(path)
        return path.parent

    def grade(self, students: Sequence[str]) -> dict[str, Outcome]:
        """Grades each by a command; what it ended in."""
        return {student: self._grade(student) for student in students}

    def grade_class(self) -> float:
        """Grades everyone, as many at a time as there are cores; the seconds of all."""
        students = self._students()
        start = time.perf_counter()
        with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
            list(pool.map(self._grade, students))
        return time.perf_counter() - start

    def scores(self) -> dict[str, float]:
        """The points of everyone who has a result."""
        files = {student: self._results(student) for student in self._students()}
        return {student: _score(file) for student, file in files.items() if file.exists()}

    def shows_hidden_tests(self, student: str) -> bool:
        """Whether what students are shown by default has a hidden test's text."""
        return any(MARK in text for text in self.told(student))

    def told(self, student: str) -> list[str]:
        """What the student is shown of each test, where that isn't hidden."""
        tests = json.loads(self._results(student).read_text(encoding="utf-8"))["tests"]
        return [test.get("output", "") for test in tests if test.get("visibility") != "hidden"]

    def _grade(self, student: str) -> Outcome:
        results = self._results(student)
        shutil.rmtree(results.parent, ignore_errors=True)
        results.parent.mkdir(parents=True)
        (submitted,) = (self.folder / "submitted" / student).glob("*.ipynb")
        into = ("-a", str(self.autograder), "-o", str(results.parent), "--no-logo")
        done = self._run(LONGEST, "run", *into, str(submitted))
        if done is None:
            return Outcome(None, f"still running, and stopped from outside after {LONGEST} s")
        if not results.exists():
            last = (done.stderr.strip().splitlines() or [""])[-1]
            error = last.partition(":")[0].rpartition(".")[2]
            return Outcome(None, f"{error}, exit code {done.returncode}")
        return Outcome(_score(results))

    def _students(self) -> list[str]:
        return sorted(path.name for path in (self.folder / "submitted").iterdir())

    def _results(self, student: str) -> Path:
        return self.folder / "graded" / student / "results.json"

    def _run(self, longest: float, *arguments: str) -> subprocess.CompletedProcess[str] | None:
        """One of otter's commands; None where it had to be stopped."""
        path = f"{self.programs}{os.pathsep}{os.environ['PATH']}"
        data = str(self.folder.parent / "jupyter-otter")
        env = {**os.environ, "PATH": path, "JUPYTER_DATA_DIR": data}
        command = [str(self.programs / "otter"), *arguments]
        with subprocess.Popen(
            command,
            cwd=self.folder,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as running:
            try:
                out, err = running.communicate(timeout=longest)
            except subprocess.TimeoutExpired:
                running.terminate()  # it ends its kernel, and then itself
                running.communicate(timeout=30)
                return None
        return subprocess.CompletedProcess(command, running.returncode, out, err)


def _score(results: Path) -> float:
    tests = json.loads(results.read_text(encoding="utf-8"))["tests"]
    return sum(test.get("score", 0.0) for test in tests)
