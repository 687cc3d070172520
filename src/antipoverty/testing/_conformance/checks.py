"""A check is one promise of a pack or an engine: a name, a way to try it, what to do if it fails.

Hypothesis draws the households; when a check fails, one household is described, with only
the facts that are needed. Households of a check are invented, so their facts may be shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import TypeAlias

import attrs
from hypothesis import strategies as st

from antipoverty.engines import Engine
from antipoverty.errors import FailedCheckError, NotConformingError, phrase
from antipoverty.model import Household
from antipoverty.rules import Pack
from antipoverty.testing._conformance.engines import UnkeptError, differences
from antipoverty.testing._search.counterexample import search, simplest, with_less
from antipoverty.testing._search.subject import only
from antipoverty.testing._search.told import in_both

Drawn: TypeAlias = tuple[Pack, list[Household], date]
"""What engines are asked: a pack, households, and the day of the answer."""


@attrs.frozen(repr=False)
class Check:
    """One check, ready to be called.

    Attributes:
        of: The pack or engine it is about.
        name: What is checked, such as ``text-form``.
        rule: The rule's id; empty for the whole pack.
        advice: What to do when it fails.
    """

    of: str
    name: str
    advice: str
    _attempt: Callable[[], None]
    rule: str = ""

    def __str__(self) -> str:
        return f"{self.name}[{self.rule}]" if self.rule else self.name

    def __repr__(self) -> str:
        return f"<Check {self.of} {self}>"

    def __call__(self) -> None:
        """Try it.

        Raises:
            FailedCheckError: The promise is not kept; the message says by which rule,
                how, and what to do.
        """
        rule = f", rule {self.rule!r}" if self.rule else ""
        where = f"{self.of}{rule}, {self.name}"
        try:
            self._attempt()
        except UnkeptError as found:
            raise FailedCheckError(
                "{where}: {found}; {advice}", where=where, found=found, advice=self.advice
            ) from None
        except Exception as found:
            what = f"{type(found).__name__}: {found}"
            raise FailedCheckError(
                "{where}: {what}; {advice}", where=where, what=what, advice=self.advice
            ) from found


def run_all(of: str, checks: Iterable[Check]) -> tuple[Check, ...]:
    """Run checks and give them back.

    Raises:
        NotConformingError: Every check that failed.
    """
    done: list[Check] = []
    failed: list[FailedCheckError] = []
    for check in checks:
        done.append(check)
        try:
            check()
        except FailedCheckError as problem:
            failed.append(problem)
    if failed:
        raise NotConformingError(
            "{of} fails {count} of {count2} checks",
            failed,
            of=of,
            count=len(failed),
            count2=len(done),
        )
    return tuple(done)


def for_all(
    given: Callable[[], Iterable[Drawn]],
    promise: Callable[[Drawn], object],
    drawn: st.SearchStrategy[Drawn] | None = None,
    count: int = 0,
) -> None:
    """Try a promise on given and then on drawn examples, the same ones on every run.

    Raises:
        UnkeptError: It is not kept by an example, which is made as small as it can be.
    """

    def complaint(example: Drawn) -> str | None:
        try:
            promise(example)
        except UnkeptError as found:
            return str(found)
        return None

    for example in given():
        if complaint(example):
            raise UnkeptError(simplest(example, complaint, _simpler))
    if drawn is not None:
        found = search(drawn, complaint, max_examples=count, simpler=_simpler)
        if found is not None:
            raise UnkeptError(found)


_MANY_HOUSEHOLDS = 60
"""Of more, only halves are tried; each by itself would take too long."""


def _simpler(example: Drawn) -> Iterator[Drawn]:
    pack, households, day = example
    if len(households) > 1:
        half = len(households) // 2
        yield from ((pack, some, day) for some in (households[:half], households[half:]))
        if len(households) <= _MANY_HOUSEHOLDS:
            yield from ((pack, [household], day) for household in households)
        return
    if len(pack.rules) > 1:
        for rule in pack.rules.values():
            yield only(rule, pack), households, day
    for household in households:
        yield from ((pack, [less], day) for less in with_less(household))


def agreed(engines: Mapping[str, Engine], drawn: Drawn) -> None:
    """Compare engines with the reference.

    Raises:
        UnkeptError: One of them says otherwise; told with the rule, day and household.
    """
    pack, households, day = drawn
    by_id = {household.household_id: household for household in households}
    for one in differences(engines, households, pack, day):
        household = by_id.get(one.household_id)
        whom = "a household that was not given" if household is None else described(household)
        raise UnkeptError(
            phrase(
                "{one}, of {shown_rule} on {day} for {whom}",
                one=one,
                shown_rule=shown_rule(pack, one.rule_id),
                day=day,
                whom=whom,
            )
        )


def described(household: Household) -> str:
    """Say which facts an invented household has, in one line."""
    return f"a household in {household.area}: {'; '.join(in_both(household))}"


def shown_rule(pack: Pack, rule_id: str) -> str:
    """A rule with its text, in one line."""
    rule = pack.rules.get(rule_id)
    return f"rule {rule_id!r}" + ("" if rule is None else f" ({rule.when})")


__all__ = ["Check", "Drawn", "UnkeptError", "agreed", "for_all", "run_all"]
