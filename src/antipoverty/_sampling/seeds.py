"""A seed must be beyond the choice of those who draw: committed to before, or public after.

Whoever may choose a seed after seeing the frame can try many until a friendly village
wins. Two ways rule that out, as in the audits of elections: publish the seed's SHA-256
and the frame's digest first and reveal the seed later; or take the seed from a public
event that came after the frame was fixed. Days are claims of those who publish: the
receipt states them, and the published commitment proves them.
"""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Literal

import attrs

from antipoverty._base.documents import Document, Line, Part, sealed
from antipoverty._sampling.plans import Plan
from antipoverty._sampling.tickets import ALGORITHM, part
from antipoverty.errors import InvalidDrawError, SeedOrderError, WeakSeedError
from antipoverty.periods import Period

LEAST_LENGTH = 20
"""The least length of a seed: twenty throws of a die, or 20 hexadecimal digits."""

LEAST_PUBLIC_LENGTH = 6
"""The least length of a seed from a public event, which nobody could choose."""

_LEAST_DIFFERENT = 4


@attrs.frozen
class Given(Part):
    """A seed of which nothing shows that it was not chosen to suit."""

    kind: Literal["given"] = "given"


@attrs.frozen
class Committed(Part):
    """A seed whose SHA-256 was published before it was revealed.

    Attributes:
        commitment: The digest of the published commitment.
        committed_on: The day it was published.
        revealed_on: A later day, on which the seed was.
    """

    commitment: Line
    committed_on: date
    revealed_on: date
    kind: Literal["committed"] = "committed"


@attrs.frozen
class Public(Part):
    """A seed from a public event (公开随机源), such as a lottery drawing.

    Attributes:
        event: What the event was and where its result can be looked up.
        known_on: The day its result came into being.
        frame_fixed_on: An earlier day, on which the frame's digest was published.
    """

    event: Line
    known_on: date
    frame_fixed_on: date
    kind: Literal["public"] = "public"


Origin = Given | Committed | Public


@attrs.frozen
class Commitment(Document):
    """What is published before a draw: the seed's SHA-256 and the frame's digest (承诺).

    Attributes:
        plan: The plan's id.
        period: The period to be drawn.
        seed_digest: SHA-256 of the seed as UTF-8, in lower-case hex.
        frame_digest: The digest of the frame.
        committed_on: The day it is published.
    """

    plan: Line
    period: Period
    seed_digest: Line
    frame_digest: Line
    committed_on: date
    digest: str = sealed()

    def reveal(self, seed: str, on: date) -> Committed:
        """Say when the seed was revealed; give the answer to `draw` as ``origin``.

        Raises:
            SeedOrderError: It is another seed, or the day is not after the commitment.
        """
        if seed_digest(seed) != self.seed_digest:
            raise SeedOrderError(
                f"the seed is not the one committed to for {self.period}: its SHA-256 differs"
            )
        if on <= self.committed_on:
            raise SeedOrderError(
                f"the seed is revealed on {on}, which is not after its commitment on "
                f"{self.committed_on}"
            )
        return Committed(self.digest, self.committed_on, on)


def seed_digest(seed: str) -> str:
    """SHA-256 of a seed as UTF-8, in lower-case hex."""
    return hashlib.sha256(part(seed, "the seed").encode()).hexdigest()


def commit(plan: Plan, *, period: Period | str, seed: str, on: date) -> Commitment:
    """Make the commitment to publish before a draw.

    Args:
        plan: The plan to be drawn.
        period: The period to be drawn.
        seed: Kept secret until it is revealed; see `check_seed` for what is too weak.
        on: The day of publication.

    Raises:
        WeakSeedError: The seed could be found by trying.
        EmptyFrameError: The plan's frame has no unit.
    """
    which = Period.parse(period) if isinstance(period, str) else period
    plan.design.check_period(which)
    check_seed(seed, Given())
    frame = plan.frame(which.first)
    return Commitment(plan.design.id, which, seed_digest(seed), frame.digest, on)


def check_seed(seed: str, origin: Origin) -> None:
    """Refuse a seed that can be guessed, or whose origin is out of order.

    Raises:
        WeakSeedError: It has under 20 characters (6 from a public event), or under 4
            different ones.
        SeedOrderError: It was known before the frame was fixed, or revealed before it
            was committed to.
        InvalidDrawError: It cannot stand in a ticket.
    """
    part(seed, "the seed")
    if seed != seed.strip():
        raise InvalidDrawError("the seed begins or ends with a blank, which is lost in copying")
    least = LEAST_PUBLIC_LENGTH if isinstance(origin, Public) else LEAST_LENGTH
    if len(seed) < least or len(set(seed)) < min(_LEAST_DIFFERENT, least):
        raise WeakSeedError(
            f"the seed has {len(seed)} characters, {len(set(seed))} of them different; give at "
            f"least {least} and {_LEAST_DIFFERENT}, such as 20 throws of a ten-sided die"
        )
    match origin:
        case Committed(committed_on=before, revealed_on=after) if after <= before:
            raise SeedOrderError(f"the seed was revealed on {after}, not after {before}")
        case Public(frame_fixed_on=before, known_on=after) if after <= before:
            raise SeedOrderError(
                f"the public seed was known on {after}, not after the frame was fixed on {before}"
            )
        case _:
            pass


__all__ = ["ALGORITHM", "Commitment", "Committed", "Given", "Origin", "Public", "commit"]
