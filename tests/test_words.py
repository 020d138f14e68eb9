"""What comes from outside is shown as words: one line, printable, and not long."""

from __future__ import annotations

import pytest

from autograder.words import line, lines


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("as it is: ŷ", "as it is: ŷ", id="printable"),
        pytest.param("", "", id="nothing"),
        pytest.param("a\nb\r\nc\td", "a b  c d", id="line-ends"),
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


def test_lines_keep_their_own() -> None:
    """A text of some lines is those, each printable; what is more is cut."""
    assert lines("a\n  b\x1b[m") == "a\n  b?[m"
    assert lines("x" * 3000) == "x" * 2000 + "…"
    assert lines("x\n" * 60) == "\n".join("x" * 50) + "…"
