"""Public events to come give the seed; each has one form in which its result is written.

Whoever could write one result in two ways, with a blank more or a full-width digit, could
choose between two draws. So a result is refused unless it stands exactly in its form.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Literal

import attrs

from antipoverty._base.days import as_day
from antipoverty._base.documents import Line, Part
from antipoverty.errors import InvalidDrawError, NotCanonicalError

LEAST_OUTCOMES = 2**20
"""With fewer outcomes a notice could be worded until many of them suit its author."""

BEIJING = timezone(timedelta(hours=8))


@attrs.frozen
class Numbers(Part):
    """One group of numbers in a drawing: so many out of a range.

    Attributes:
        count: How many are drawn.
        least: The smallest that can be drawn.
        most: The largest.
        ordered: Whether they are told in the order drawn and may repeat, as throws of a
            die; else they are written in rising order, as the balls of a lottery.
    """

    count: int
    least: int
    most: int
    ordered: bool = False

    @property
    def outcomes(self) -> int:
        """How many results there can be."""
        range_ = self.most - self.least + 1
        return range_**self.count if self.ordered else math.comb(range_, self.count)

    def _written(self, numbers: list[int]) -> str:
        return " ".join(str(one).zfill(len(str(self.most))) for one in numbers)

    @property
    def example(self) -> str:
        """A result in its form."""
        range_ = self.most - self.least + 1
        return self._written([self.least + number % range_ for number in range(self.count)])

    def fits(self, text: str) -> bool:
        """Whether a text is a result in its form."""
        if not re.fullmatch(r"[0-9]+( [0-9]+)*", text):
            return False
        numbers = [int(one) for one in text.split(" ")]
        return (
            len(numbers) == self.count
            and all(self.least <= one <= self.most for one in numbers)
            and (self.ordered or numbers == sorted(set(numbers)))
            and text == self._written(numbers)
        )


@attrs.frozen
class Drawing(Part):
    """A drawing of numbers in public: a named issue of a lottery, dice thrown before witnesses.

    Attributes:
        name: Which drawing of what, and where the result can be looked up.
        on: The day it is held.
        groups: What is drawn; the groups of a result are parted by ``+``.
    """

    name: Line
    on: date = attrs.field(converter=as_day)
    groups: tuple[Numbers, ...]
    kind: Literal["drawing"] = "drawing"

    @property
    def outcomes(self) -> int:
        """How many results there can be."""
        return math.prod(group.outcomes for group in self.groups)

    @property
    def form(self) -> str:
        """An example of the form."""
        return "+".join(group.example for group in self.groups)

    def fits(self, text: str) -> bool:
        """Whether a text is a result in its form."""
        parts = text.split("+")
        return len(parts) == len(self.groups) and all(
            group.fits(part) for group, part in zip(self.groups, parts, strict=True)
        )


@attrs.frozen
class ClosingIndex(Part):
    """The closing level of an index of stocks (收盘指数).

    Only its decimals count as unforeseeable.

    Attributes:
        name: Which index, and where it can be looked up.
        on: The trading day.
        decimals: How many decimals are published.
    """

    name: Line
    on: date = attrs.field(converter=as_day)
    decimals: int = 2
    kind: Literal["index"] = "index"

    @property
    def outcomes(self) -> int:
        """How many results there can be, of one whole part."""
        return int(10**self.decimals)

    @property
    def form(self) -> str:
        """An example of the form."""
        return f"3429.{'5' * self.decimals}"

    def fits(self, text: str) -> bool:
        """Whether a text is a result in its form."""
        return bool(re.fullmatch(rf"[1-9][0-9]{{0,6}}\.[0-9]{{{self.decimals}}}", text))


GENESIS = {"default": (1595431050, 30), "quicknet": (1692803367, 3)}
"""For each drand chain the second of its first round, and the seconds between two."""


@attrs.frozen
class DrandRound(Part):
    """A round of drand, the public beacon of the League of Entropy.

    Attributes:
        chain: ``quicknet`` or ``default``.
        round: Its number.
    """

    chain: Literal["quicknet", "default"]
    round: int
    kind: Literal["drand"] = "drand"

    @property
    def name(self) -> str:
        """How it is called."""
        return f"drand {self.chain} {self.round}"

    @property
    def on(self) -> date:
        """The day in China on which the round comes."""
        genesis, period = GENESIS[self.chain]
        second = genesis + (self.round - 1) * period
        return datetime.fromtimestamp(second, UTC).astimezone(BEIJING).date()

    @property
    def outcomes(self) -> int:
        """How many results there can be."""
        return 2**256

    @property
    def form(self) -> str:
        """An example of the form."""
        return "the randomness, 64 hexadecimal digits in lower case"

    def fits(self, text: str) -> bool:
        """Whether a text is a result in its form."""
        return bool(re.fullmatch(r"[0-9a-f]{64}", text))


@attrs.frozen
class NistPulse(Part):
    """A pulse of the NIST randomness beacon, version 2.

    Attributes:
        on: The day in China on which it comes.
        chain: The index of its chain.
        pulse: Its index.
    """

    on: date = attrs.field(converter=as_day)
    chain: int
    pulse: int
    kind: Literal["nist"] = "nist"

    @property
    def name(self) -> str:
        """How it is called."""
        return f"NIST {self.chain}/{self.pulse}"

    @property
    def outcomes(self) -> int:
        """How many results there can be."""
        return 2**512

    @property
    def form(self) -> str:
        """An example of the form."""
        return "outputValue, 128 hexadecimal digits in upper case"

    def fits(self, text: str) -> bool:
        """Whether a text is a result in its form."""
        return bool(re.fullmatch(r"[0-9A-F]{128}", text))


Event = Drawing | ClosingIndex | DrandRound | NistPulse

DOUBLE_COLOUR = (Numbers(6, 1, 33), Numbers(1, 1, 16))
"""What the welfare lottery's 双色球 draws: six of 33, and one of 16."""


def check_result(event: Event, text: str) -> str:
    """Give back a result in the form of its event.

    Raises:
        NotCanonicalError: It is written in another way.
    """
    if not isinstance(text, str) or not event.fits(text):
        raise NotCanonicalError(
            "the result of {name!r} is not in its form; write it with plain digits as in this "
            "example, without a blank more or less: {form}",
            name=event.name,
            form=event.form,
        )
    return text


def check_results(events: tuple[Event, ...], results: Sequence[str]) -> None:
    """Refuse results that are not those of the events, one each, in their order and form.

    Raises:
        InvalidDrawError: There are more or fewer.
        NotCanonicalError: One is written in another way.
    """
    if isinstance(results, str) or len(results) != len(events):
        raise InvalidDrawError(
            "the notice names {count} events; give as many results, in its order", count=len(events)
        )
    for event, result in zip(events, results, strict=True):
        check_result(event, result)


def faults_of(events: tuple[Event, ...], published: date) -> tuple[str, ...]:
    """What is wrong with the events of a notice of a day: those that are too early, or unfit."""
    found = [
        f"it was published on {published}, not before {event.name!r} on {event.on}"
        for event in events
        if event.on <= published
    ]
    try:
        check_events(events)
    except InvalidDrawError as problem:
        found.append(problem.message)
    return tuple(found)


def check_events(events: tuple[Event, ...]) -> None:
    """Refuse events that could not give an unforeseeable seed.

    Raises:
        InvalidDrawError: A drawing cannot be held as stated, or all of them have too few
            outcomes together.
    """
    for event in events:
        if isinstance(event, Drawing) and not (
            event.groups
            and all(
                g.count >= 1
                and 0 <= g.least <= g.most
                and (g.ordered or g.count <= g.most - g.least + 1)
                for g in event.groups
            )
        ):
            raise InvalidDrawError(
                "{name!r} draws numbers from a range that has none", name=event.name
            )
        if isinstance(event, ClosingIndex) and not 1 <= event.decimals <= 6:
            raise InvalidDrawError("{name!r} is published with 1 to 6 decimals", name=event.name)
        if isinstance(event, DrandRound) and event.round < 1:
            raise InvalidDrawError("a round of drand has a number from 1 up")
    outcomes = math.prod(event.outcomes for event in events)
    if events and outcomes < LEAST_OUTCOMES:
        raise InvalidDrawError(
            "the events have {outcomes:,} outcomes together; name more, so that there are at least "
            "{least_outcomes:,} (20 bits): with fewer, a notice could be worded to suit",
            outcomes=outcomes,
            least_outcomes=LEAST_OUTCOMES,
        )


def bits(events: tuple[Event, ...]) -> int:
    """How many bits the results of events cannot be foreseen by, rounded down."""
    return math.prod(event.outcomes for event in events).bit_length() - 1
