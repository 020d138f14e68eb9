"""What of anybody's text is shown: printable, short, and without a password."""

from __future__ import annotations

import pytest

from autograder.results import CheckResult, Flag
from autograder.words import MOST_CHARACTERS, line, lines, without_password

RED = "\x1b[31m" + "red\r\n" * 8000


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("as it is: ŷ", "as it is: ŷ", id="printable"),
        pytest.param("", "", id="nothing"),
        pytest.param("a\nb\r\nc\td", "a b c d", id="line-ends"),
        pytest.param("a\u2028b\x85c\x0bd", "a b c d", id="other-line-ends"),
        pytest.param("\x1b[31mred\x1b[m", "?[31mred?[m", id="escape-sequence"),
        pytest.param("a\u202eb\x00c\u200bd", "a?b?c?d", id="direction-null-and-no-width"),
        pytest.param("\ud800", "?", id="half-a-surrogate-pair"),
    ],
)
def test_a_line_is_printable(text: str, shown: str) -> None:
    """Nothing in it moves a cursor, ends a line or hides another letter."""
    assert line(text) == shown
    assert line(text).isprintable()


def test_a_line_is_cut() -> None:
    """A long one ends with an ellipsis, and none is longer than it may be."""
    assert line("x" * 500) == "x" * 500
    assert line("x" * 501) == "x" * 499 + "…"
    assert line("x\n" * 8000, 9) == "x x x x …"
    assert line("abcd", 3) == "ab…"


def test_a_flag_is_one_printable_line() -> None:
    """Whoever makes it, of whatever text: no escape sequence, no line end, no end that is far."""
    detail = Flag("suspect-code", "bce", f"'{RED}' in line 1").detail
    assert detail.startswith("'?[31mred red ")
    assert detail.isprintable()
    assert len(detail) <= MOST_CHARACTERS
    assert detail.endswith(" red …")
    assert Flag("late", "", "1 h after\nthe \u202edue date.").detail == "1 h after the ?due date."


def test_what_a_check_says_is_a_few_printable_lines() -> None:
    """Message and hint as well; of an ordinary one nothing is changed."""
    check = CheckResult("values", False, 0, 1, RED, "One.\nTwo.")
    assert check.message.split("\n") == ["?[31mred", "red", "red", "red", "red…"]
    assert check.hint == "One.\nTwo."


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("postgresql://ta:p@ss:w/rd@host/grades", "postgresql://ta:***@host/grades"),
        ("could not parse 'mysql://ta:secret@h'", "could not parse 'mysql://ta:***@h'"),
        ("postgresql://host/grades?user=ta&password=secret", None),
        ("postgresql://host/grades?sslpassword=secret&sslmode=require", None),
        ("host=here password='a secret' user=ta", "host=here password=*** user=ta"),
        ("sqlite:////home/a:b@c/gradebook.db", "sqlite:////home/a:b@c/gradebook.db"),
        ("postgresql://ta@host:5432/grades", "postgresql://ta@host:5432/grades"),
        ("postgresql://ta:secret/grades", "postgresql://ta:***"),
        ("postgresql://ta:a secret/x", "postgresql://ta:***"),
        ("postgresql://ta:a\nsecret@host/grades", "postgresql://ta:***@host/grades"),
        ("postgresql://ta:a\nsecret/grades", "postgresql://ta:***"),
        ("postgresql://t@home:secret@host/grades", "postgresql://t@home:***@host/grades"),
        ("postgresql://host:5432/grades", "postgresql://host:5432/grades"),
        ("postgresql://[::1]:5432/grades", "postgresql://[::1]:5432/grades"),
        ("at tcp://10.0.0.1:8786. Or so", "at tcp://10.0.0.1:8786. Or so"),
    ],
    ids=[
        *("password", "in-a-message", "query", "of-a-key", "quoted", "a-path", "none"),
        *("no-at", "no-at-and-a-space", "a-line-end", "no-at-and-a-line-end", "a-user-with-at"),
        *("a-port", "an-address-in-brackets", "a-port-in-a-sentence"),
    ],
)
def test_an_address_tells_no_password(address: str, shown: str | None) -> None:
    """What else it says is kept."""
    assert "secret" not in without_password(address)
    assert without_password(address) == shown or shown is None


def test_lines_keep_their_own() -> None:
    """A text of some lines is those, each printable; what is more is cut."""
    assert lines("a\n  b\x1b[m") == "a\n  b?[m"
    assert lines("x" * 3000) == "x" * 2000 + "…"
    assert lines("x\n" * 60) == "\n".join("x" * 50) + "…"
