"""Which of two submissions of a student is the newer one, by what is known of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Age:
    """What is known of when a submission was made.

    Args:
        time: when it was handed in, UTC without tzinfo.
        attachment: Canvas's highest number of its files; 0 where there is none.
        downloaded: when the download was made that it comes from, in a timezone that nobody knows.
    """

    time: datetime | None = None
    attachment: int = 0
    downloaded: datetime | None = None

    @property
    def label(self) -> str:
        """The age as a part of a folder's name."""
        if self.time:
            return f"{self.time:%Y-%m-%d %H.%M} UTC"
        if self.attachment:
            return f"attachment {self.attachment}"
        return f"downloaded {self.downloaded:%Y-%m-%d %H.%M}" if self.downloaded else "undated"


def compared(one: Age, other: Age) -> int | None:
    """1 where the one is newer, -1 where the other is, None where nobody knows.

    A time of submission says most, then Canvas's numbers, then when the downloads were made.
    """
    for a, b in (
        (one.time, other.time),
        (one.attachment, other.attachment),
        (one.downloaded, other.downloaded),
    ):
        if a and b and a != b:
            return 1 if a > b else -1  # type: ignore[operator]  # both are of one type
    return None
