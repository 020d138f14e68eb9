"""What two answers share: code whatever it is called, and words as they are."""

from __future__ import annotations

import pytest

from autograder.reporting.similar import features
from autograder.reporting.similar.features import CODE, IN_WORDS, NAME

KNOWN = frozenset({"torch"})
ANSWER = """\
def bce(y_hat, y):
    first = y * torch.log(y_hat).clamp(min=-100)
    second = (1 - y) * torch.log(1 - y_hat).clamp(min=-100)
    losses = -(first + second)
    return losses.mean()
"""


def keys(text: str, kind: str) -> set[int]:
    """The keys of a text's features of one kind."""
    return {each.key for each in features.of_code(text, KNOWN) if each.kind == kind}


def test_other_names_comments_and_spaces_leave_the_code_the_same() -> None:
    """Every fingerprint is there again."""
    hidden = ANSWER.replace("first", "a1").replace("second", "b2").replace("losses", "c3")
    hidden = hidden.replace("y_hat", "p").replace("y)", "t)").replace("y *", "t *")
    hidden = (
        hidden.replace("1 - y", "1 - t").replace(" + ", "+").replace("    ", "  # all mine\n  ")
    )
    assert keys(hidden, CODE) == keys(ANSWER, CODE) != set()
    assert keys(hidden, NAME) & keys(ANSWER, NAME) == keys("def bce(): 1", NAME)


def test_names_that_are_mixed_up_are_other_code() -> None:
    """What a name stands for counts, though not the name."""
    left, right = "a = b * c + b * c + d * d", "a = b * c + c * b + d * d"
    assert keys(left, CODE) != keys(right, CODE)


def test_lines_that_change_places_keep_what_is_within_them() -> None:
    """Most fingerprints are there again."""
    lines = ANSWER.splitlines()
    moved = "\n".join([lines[0], lines[2], lines[1], *lines[3:]])
    both = keys(moved, CODE) & keys(ANSWER, CODE)
    assert len(both) > 0.4 * len(keys(ANSWER, CODE))


@pytest.mark.parametrize("before", range(12))
def test_eleven_tokens_that_are_equal_share_a_fingerprint(before: int) -> None:
    """Wherever they stand: so winnowing promises."""
    same = "torch.exp(3)+torch.log(4)"  # twelve tokens
    one = " ".join("[]" for _ in range(before)) + f" {same} 7 7 7"
    other = f"8 8 8 8 {same} " + "9 " * before
    assert keys(one, CODE) & keys(other, CODE)


def test_the_words_of_comments_strings_and_answers_are_the_same() -> None:
    """An odd remark is known again in a text, whatever is before it."""
    said = "shift it so nothing explodes"
    comment = keys(f"x = 1  # {said.upper()}!", IN_WORDS)
    assert comment == keys(f"x = '''{said}'''", IN_WORDS) != set()
    assert comment <= {each.key for each in features.of_words(f"Well, {said}.")}


def test_letters_by_themselves_are_nobodys_choice() -> None:
    """A short name, and a comment of one letter, is no feature."""
    assert keys("i = 1  # i", NAME) | keys("i = 1  # i", IN_WORDS) == set()
    assert keys("indexx = 1", NAME)


def test_a_feature_is_where_it_says() -> None:
    """Its place in the text is that of what it stands for."""
    (name,) = (each for each in features.of_code("rezultat = 1", KNOWN) if each.kind == NAME)
    assert "rezultat = 1"[name.start : name.stop] == "rezultat"
    for each in features.of_code(ANSWER, KNOWN):
        assert ANSWER[each.start : each.stop].strip()


def test_an_empty_answer_has_no_features() -> None:
    """Nor has one of signs alone."""
    assert features.of_code("", KNOWN) == features.of_words("") == features.of_words("…!") == []
