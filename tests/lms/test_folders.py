"""A folder with a notebook, an archive or a folder a student, whose names say which."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lms.courses import collect, course, notebook, submitted, times
from tests.lms.downloads import packed, zip_of

ROSTER = """student_id,first_name,last_name,email,username,lms_user_id
ana,Ana,Pérez,ana.perez@uni.example,ap,1001
ana-maria,Ana Maria,Silva,maria@uni.example,ams,1002
bob,Bob,Lee,bob@uni.example,bl,1003
cyd,Cyd,Lee,cyd@uni.example,,1004
dan,Dan,Lee,dan@uni.example,bl,1005
"""


@pytest.mark.parametrize(
    ("name", "student"),
    [
        ("cyd/binary.ipynb", "cyd"),
        ("CYD/hw/binary.ipynb", "cyd"),
        ("cyd.ipynb", "cyd"),
        ("cyd@uni.example.ipynb", "cyd"),
        ("cyd@uni.example/binary.ipynb", "cyd"),
        ("1004.ipynb", "cyd"),
        ("1004_homework.ipynb", "cyd"),
        ("cyd (1).ipynb", "cyd"),
        ("cyd, homework/binary.ipynb", "cyd"),
        ("ap.ipynb", "ana"),
        ("ana.perez@uni.example_hw.ipynb", "ana"),
        ("ana-maria.ipynb", "ana-maria"),
        ("ana-maria/binary.ipynb", "ana-maria"),
    ],
)
def test_a_name_says_whose_it_is(name: str, student: str, tmp_path: Path) -> None:
    """An id alone, or at the beginning of a longer name."""
    here = course(tmp_path / "course", ROSTER)
    archive = zip_of(tmp_path / "a.zip", [(name, notebook()), ("bob/x.ipynb", notebook())])
    assert collect(here, archive) == 0
    assert submitted(here).keys() == {student, "bob"}
    (content,) = submitted(here)[student].values()
    assert content == notebook()


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("ana-maria_hw.ipynb", "may mean ana, ana-maria"),
        ("bl.ipynb", "may mean bob, dan"),
        ("Cyd Lee/binary.ipynb", ""),
        ("cydonia.ipynb", "begins with no id on the roster"),
        ("hw1.ipynb", "begins with no id on the roster"),
    ],
)
def test_a_name_in_doubt_is_nobodys(
    name: str, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It may mean two, or none; a folder "Cyd Lee" begins with an id."""
    here = course(tmp_path / "course", ROSTER)
    archive = zip_of(tmp_path / "a.zip", [(name, notebook()), ("bob/x.ipynb", notebook())])
    assert collect(here, archive) == (1 if told else 0)
    assert told in capsys.readouterr().out
    assert submitted(here).keys() == ({"bob"} if told else {"bob", "cyd"})


def test_files_of_one_student_are_together(tmp_path: Path) -> None:
    """Notebooks and archives as they came; a folder of the assignment's name is nbgrader's."""
    files = {
        "class/cyd_binary.ipynb": notebook("binary"),
        "class/cyd_softmax.ipynb": notebook("softmax"),
        "class/bob.zip": packed({"binary.ipynb": notebook()}),
        "class/ana/hw/binary.ipynb": notebook(),
        "class/ana/hw/timestamp.txt": b"2020-01-01 10:00 UTC",
        "class/.DS_Store": b"",
    }
    here = course(tmp_path / "course", ROSTER)
    assert collect(here, zip_of(tmp_path / "a.zip", files.items())) == 0
    assert submitted(here) == {
        "ana": {
            "binary.ipynb": notebook(),
            "timestamp of the student's.txt": b"2020-01-01 10:00 UTC",
        },
        "bob": {"bob.zip": files["class/bob.zip"]},
        "cyd": {
            "cyd_binary.ipynb": notebook("binary"),
            "cyd_softmax.ipynb": notebook("softmax"),
        },
    }
    assert times(here) == {}


def test_what_lies_outside_is_left(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Links of a folder, and names that lead up, are told and not followed."""
    folder = tmp_path / "class"
    (folder / "cyd").mkdir(parents=True)
    (folder / "cyd" / "binary.ipynb").write_bytes(notebook())
    (folder / "cyd" / "passwd").symlink_to("/etc/passwd")
    (folder / "bob").symlink_to("/etc")
    here = course(tmp_path / "course", ROSTER)
    assert collect(here, folder) == 1
    assert submitted(here) == {"cyd": {"binary.ipynb": notebook()}}
    assert "bob, cyd/passwd is a link" in capsys.readouterr().out


def test_gradescope_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What to do instead."""
    files = {
        "assignment_1_export/submission_metadata.yml": b"---\n",
        "assignment_1_export/submission_12/binary.ipynb": notebook(),
    }
    here = course(tmp_path / "course", ROSTER)
    assert collect(here, zip_of(tmp_path / "a.zip", files.items())) == 1
    assert "rename each folder to the student's id" in capsys.readouterr().out
