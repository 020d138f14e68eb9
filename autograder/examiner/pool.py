"""The notebooks that are open at once: their processes are used by many threads.

There is room for a number of them. One that some thread uses is never closed for another; of the
others the one that was used longest ago makes way. What opening means is told by `opened`.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from autograder.examiner.jobs import ExaminerError, Source
from autograder.examiner.opened import Once, Opened, Zygotes, start


class _Place:
    """Where one notebook is open, or is being opened."""

    def __init__(self, zygotes: Zygotes, source: Source) -> None:
        self.users = 0  # threads
        self.zygotes = zygotes
        self._opened = Once(functools.partial(self._start, source))

    def opened(self) -> Opened:
        """The notebook's processes; the first thread that asks starts them, the others wait.

        Raises:
            ZygoteError: they can't be started, or were ended meanwhile.
        """
        return self._opened.get()

    def _start(self, source: Source) -> Opened:
        return start(*self.zygotes.ready(), source)

    def alive(self) -> bool:
        """Whether the processes run, or may come to."""
        made = self._opened.made
        return not self._opened.error and (made is None or made.alive())

    def close(self) -> None:
        """Ends what was started."""
        if self._opened.made:
            self._opened.made.close()


class Pool:
    """Open notebooks; may be used by many threads at once.

    Args:
        room: how many notebooks are open at once, at most.
        many: whether many will be examined.
    """

    def __init__(self, room: int, *, many: bool = False) -> None:
        if room < 1:
            raise ValueError("a pool without room opens nothing")
        self.room, self.many = room, many
        self.places: dict[Source, _Place] = {}  # the one used last is the last
        self.zygotes: Zygotes | None = None
        self._dropped: list[_Place | Zygotes] = []  # nobody gets them any more, some still use them
        self._stopped = False
        # Never held while a process starts or ends, but for the moment in which exec is called.
        self._changed = threading.Condition()
        self._closing = threading.Lock()  # one closes at a time: notebooks, and then their zygotes

    @contextmanager
    def opened(self, source: Source) -> Iterator[Opened]:
        """The processes of a notebook, for as long as the caller uses them.

        They are started where they are not, or have died; where other threads use all the room
        there is, that is waited for.

        Raises:
            ZygoteError: they can't be started, or were ended meanwhile.
            ExaminerError: the work was stopped.
        """
        place = self._take(source)
        try:
            self._close_dropped()  # what makes way does so before another is opened
            yield place.opened()
        finally:
            self._leave(place)

    def close(self) -> None:
        """Ends all processes; the next notebook starts new ones."""
        with self._changed:
            self._drop_all(at_once=self.zygotes is not None and self.zygotes.users > 0)
        self._close_dropped()

    def stop(self) -> None:
        """Ends all processes at once, and whatever waits for them: no others are started.

        The processor time that others take is waited for, nothing that they do.
        """
        with self._changed:
            self._stopped = True
            self._drop_all(at_once=True)
        self._close_dropped()

    def _take(self, source: Source) -> _Place:
        """The place of a notebook, with this thread among its users."""
        with self._changed:
            while not (place := self._place(source)):
                self._changed.wait()
            place.users += 1
            place.zygotes.users += 1
            self.places[source] = self.places.pop(source)
            return place

    def _leave(self, place: _Place) -> None:
        with self._changed:
            place.users -= 1
            place.zygotes.users -= 1
            self._changed.notify_all()
        self._close_dropped()

    def _place(self, source: Source) -> _Place | None:
        """The place of a notebook, a new one where it has none; None while there is no room."""
        if self._stopped:
            raise ExaminerError("the work was stopped")
        self._drop_dead()
        if source not in self.places:
            if len(self.places) >= self.room and not self._made_way():
                return None
            self.zygotes = self.zygotes or Zygotes(many=self.many)
            self.places[source] = _Place(self.zygotes, source)
        return self.places[source]

    def _made_way(self) -> bool:
        """Whether there was a notebook that nobody uses: it has its place no more."""
        idle = next((source for source, place in self.places.items() if not place.users), None)
        if idle is not None:
            self._dropped.append(self.places.pop(idle))
        return idle is not None

    def _drop_dead(self) -> None:
        """Drops the notebooks whose processes have died; all, where it was a zygote."""
        if self.zygotes and not self.zygotes.alive():
            self._drop_all(at_once=True)
        for source in [source for source, place in self.places.items() if not place.alive()]:
            self._dropped.append(self.places.pop(source))

    def _drop_all(self, *, at_once: bool) -> None:
        """Drops all notebooks, then the zygotes; `at_once` ends them under whoever uses them."""
        self._dropped += self.places.values()
        self.places.clear()
        if self.zygotes:
            if at_once:
                self.zygotes.kill()
            self._dropped.append(self.zygotes)
            self.zygotes = None
        self._changed.notify_all()

    def _close_dropped(self) -> None:
        """Closes what was dropped and is used no more, in the order in which it was dropped."""
        with self._closing:
            with self._changed:
                idle = [kept for kept in self._dropped if not kept.users]
                self._dropped = [kept for kept in self._dropped if kept.users]
            for kept in idle:
                kept.close()
