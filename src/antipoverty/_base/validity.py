"""Validity in time: from which day to which something is in force, both days included."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING


class Dated:
    """Something that is in force from ``since`` to ``until``, both included (有效期).

    ``None`` leaves an end open. There is no other meaning of ``until`` in the library; a file
    that gives the first day on which something is *not* in force any more, as registers of area
    codes do, is converted where it is read.
    """

    __slots__ = ()
    if TYPE_CHECKING:
        since: date | None
        until: date | None

    def on(self, day: date) -> bool:
        """Tell whether it is in force on a day."""
        return (self.since is None or self.since <= day) and (
            self.until is None or day <= self.until
        )

    def meets(self, other: Dated) -> bool:
        """Tell whether both are in force on some day."""
        return _begins_by(self.since, other.until) and _begins_by(other.since, self.until)

    @property
    def never(self) -> bool:
        """Whether it ends before it begins."""
        return not _begins_by(self.since, self.until)


def _begins_by(since: date | None, until: date | None) -> bool:
    return since is None or until is None or since <= until
