"""The course's secret: made once, for its owner's eyes, and the root of every student's key."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from autograder.config import CourseError
from autograder.grading.inputs import contents
from autograder.grading.secret import group_key, notebook_key, student_key


def test_the_secret_is_made_at_first_need_for_its_owner_alone(tmp_path: Path) -> None:
    """The file holds 32 random bytes and has mode 0600; no draft is left beside it."""
    path = tmp_path / ".course_secret"
    student_key(path, "losses", "student01")
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(bytes.fromhex(path.read_text())) == 32
    assert list(tmp_path.iterdir()) == [path]


def test_keys_are_lasting_and_differ_by_student_assignment_and_course(tmp_path: Path) -> None:
    """The same student of the same course has the same key again, and nobody else has it."""
    path, other = tmp_path / "one", tmp_path / "two"
    key = student_key(path, "losses", "student01")
    assert key == student_key(path, "losses", "student01")
    assert key != student_key(path, "losses", "student02")
    assert key != student_key(path, "gradients", "student01")
    assert key != student_key(other, "losses", "student01")


def test_many_who_need_it_first_get_the_same_one(tmp_path: Path) -> None:
    """Workers that start together agree on the secret."""
    path = tmp_path / ".course_secret"
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: student_key(path, "losses", "student01"), range(64)))
    assert len(keys) == 1
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("text", ["", "not hexadecimal", "00ff"])
def test_a_damaged_secret_is_not_used(text: str, tmp_path: Path) -> None:
    """A secret that was cut short or edited is refused: grades would not be replayable."""
    path = tmp_path / ".course_secret"
    path.write_text(text)
    with pytest.raises(CourseError, match="no secret of 32 bytes"):
        student_key(path, "losses", "student01")


def test_another_answer_has_another_key() -> None:
    """And the same one the same: what was learnt of the numbers is worth nothing later."""
    key = b"k" * 32
    assert notebook_key(key, ["a", "b"], {}) == notebook_key(key, ["a", "b"], {})
    different = (["a", "b"], ["ab"], ["a", "c"], ["b", "a"], [])
    assert len({notebook_key(key, cells, {}) for cells in different}) == 5
    assert notebook_key(key, ["a"], {}) != notebook_key(b"l" * 32, ["a"], {})


FILES = [
    pytest.param({}, id="none"),
    pytest.param({"m.py": b"x = 1", "n.py": b"x = 3"}, id="content"),
    pytest.param({"m.py": b"x = 2", "n.py": b"x = 1"}, id="exchanged"),
    pytest.param({"m.py": b"x = 1"}, id="fewer"),
    pytest.param({"m.py": b"x = 1", "n.py": b"x = 2", "o.py": b""}, id="an-empty-one-more"),
    pytest.param({"m.py": b"x = 1", "o.py": b"x = 2"}, id="renamed"),
    pytest.param({"m.py": b"x = 1", "in/n.py": b"x = 2"}, id="moved"),
    pytest.param({"m.py": b"x = 1n.pyx = 2"}, id="joined"),
    pytest.param({"m.py": b"x = 1", "n.py": b"x = 2\n"}, id="a-line-end"),
    pytest.param({"m.py": b"x = 1", "n.py": b"\xff\xfe"}, id="no-text"),
]


@pytest.mark.parametrize("files", FILES)
def test_another_file_beside_the_notebook_gives_another_key(files: dict[str, bytes]) -> None:
    """Unchanged cells read what lies beside them: a number learnt there would else come again."""
    key, cells = b"k" * 32, ["import m"]
    known = notebook_key(key, cells, contents({"m.py": b"x = 1", "n.py": b"x = 2"}))
    assert notebook_key(key, cells, contents(files)) != known
    assert notebook_key(key, cells, contents({"n.py": b"x = 2", "m.py": b"x = 1"})) == known


def test_cells_and_files_are_not_taken_for_one_another() -> None:
    """What stands in a cell could look like a list of files."""
    key = b"k" * 32
    assert notebook_key(key, ["a", "b"], {}) != notebook_key(key, ["a"], contents({"b": b""}))


def test_a_group_has_one_key_and_no_students_is_the_same(tmp_path: Path) -> None:
    """The same group of the same course has it again; its name may be anything, a student's too."""
    path = tmp_path / ".course_secret"
    key = group_key(path, "losses", "team 7")
    assert key == group_key(path, "losses", "team 7")
    others = {
        group_key(path, "losses", "team 8"),
        group_key(path, "gradients", "team 7"),
        student_key(path, "losses", "team 7"),
        student_key(path, "losses", ""),
        group_key(tmp_path / "other", "losses", "team 7"),
    }
    assert len(others - {key}) == 5
