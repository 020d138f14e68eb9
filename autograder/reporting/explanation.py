"""What a replayed grading says of a test, as lines for a person who may see hidden numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from autograder.accounts import Account
from autograder.results import CheckResult, Flag
from autograder.words import few, lines

INDENT = " " * 4
MOST_PRINTED = 500


def of_replay(whose: str, others: Sequence[str], unknown: Sequence[str]) -> Iterator[str]:
    """What is said first: where the draws come from, and what is not as it was.

    Args:
        whose: from whose name half of the draws come.
        others: what is not as it was at the grading, a sentence each.
        unknown: parts of which the record says nothing.
    """
    yield (
        f"Half of the draws come from a key: the HMAC-SHA256 of the course's secret with {whose}, "
        "and of that with the code and the files that were handed in. Anyone else's, and another "
        "hand-in's, are others."
    )
    for sentence in others:
        yield f"✗ not as it was graded: {sentence}"
    if unknown:
        yield f"note the record does not say what these were: {few(unknown, len(unknown))}"
    if not others and not unknown:
        yield (
            "✓ everything is as it was graded: versions, kit, source, exercises, hand-in, limits, "
            "sandbox, secret"
        )


def of_record(status: str, flags: Sequence[Flag], ungraded: Mapping[str, str]) -> Iterator[str]:
    """What is on record of the submission, and of what nothing could be graded now.

    Args:
        status: on record.
        flags: on record.
        ungraded: why nothing of a notebook could be graded, by its name.
    """
    yield f"on record: {status}"
    for flag in flags:
        yield f"  {flag.kind}: {flag.detail}"
    for name, why in sorted(ungraded.items()):
        yield f"✗ {name}: nothing of it could be graded: {why or 'it is not known why'}"


def of_test(
    test: str,
    checks: Sequence[CheckResult],
    accounts: Sequence[Account],
    *,
    failed: str,
    unproven: str,
    printed: str,
    whole: bool,
) -> Iterator[str]:
    """The lines of one test.

    Args:
        test: its grade_id.
        checks: the named checks that it ran.
        accounts: of them.
        failed: why it was not passed, or "".
        unproven: why a person gives its points, or "".
        printed: what the student's functions printed.
        whole: whether checks that passed are told, too.
    """
    if unproven:
        yield f"✗ {test}: a person gives its points; its own solution fails here: {unproven}"
        yield from _told("here", failed)
    elif not checks:
        yield f"{'✗' if failed else '✓'} {test}{': ' + failed if failed else ''}"
    if checks:
        points, most = (sum(getattr(c, what) for c in checks) for what in ("points", "max_points"))
        yield f"{'✗' if points < most else '✓'} {test}: {points:g} of {most:g} points"
        by_name = {account.check: account for account in accounts}
        for check in checks:
            if whole or not check.passed:
                yield from _of_check(check, by_name.get(check.name))
    if printed and (failed or whole):
        yield from _told("printed", lines(printed, MOST_PRINTED))


def _of_check(check: CheckResult, account: Account | None) -> Iterator[str]:
    """The lines of one check: its points, and the call that decided it."""
    mark = "✓" if check.passed else "✗"
    several = f"{account.calls} call{'s' * (account.calls != 1)}" if account else ""
    calls = f": {several}, {account.own} of them on numbers of their own" if account else ""
    yield f"  {mark} {check.name}, {check.points:g} of {check.max_points:g} points{calls}"
    if account and account.calls:
        yield from _told("draw", _draw(account))
        yield from _told("called", account.arguments)
        yield from _told("gradient" if account.gradient else "gave", account.answer)
        yield from _told("expected", account.expected)
        yield from _told("changed", account.changed)
        yield from _told("off by", account.distance)
    yield from _told("told", check.message)
    yield from _told("cause", check.cause)
    yield from _told("hint", check.hint)


def _draw(account: Account) -> str:
    """Where a draw's numbers come from."""
    name = f"{account.exercise}/{account.check}/{account.index}"
    if account.fixed:
        return f"fixed numbers: none of {name} is drawn from a seed"
    several = f", drawing {account.turn} of the {account.turns} from it" * (account.turns > 1)
    if account.secret:
        whence = f"the HMAC-SHA256 of their key with {name}"
        return f"the student's own: seed {account.seed}, {whence}{several}"
    return f"public, the same for everyone: seed {account.seed}, of {name}{several}"


def _told(what: str, text: str) -> Iterator[str]:
    """A text under its name; nothing of an empty one."""
    for number, each in enumerate(text.splitlines()):
        yield f"{INDENT}{what if not number else '':<10}{each}"
