"""Boundary cases: a small table of households that pins a rule down.

For each comparison a household just under, on and just over its threshold; for each part
of the rule a pair of households in which that part alone decides (modified condition and
decision coverage, MC/DC); for each window its first and last day and the days beside; for
each fact one in which it is missing and the rule is undecided. Then the rule's mutants are
tried, and for each that no case notices a household that tells it; last the days on which the
rule and its values begin and end to be in force. What could not be found is listed. An official
can read the table and sign it.
"""

from __future__ import annotations

import contextlib
import importlib.util
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from functools import partial
from typing import Any

import attrs
from pydantic import ValidationError

from antipoverty.codes import AreaCode
from antipoverty.conditions import Condition, fields_read, tables_read, truth
from antipoverty.errors import AntipovertyError, InvalidArgumentError, phrase
from antipoverty.errors.phrases import said
from antipoverty.model import Household
from antipoverty.rules import Pack, ParameterValue, Rule, Verdict
from antipoverty.testing._mutation.mutants import Mutant, mutants, same_values
from antipoverty.testing._search.boundary import Search, Unpinned
from antipoverty.testing._search.case_text import written
from antipoverty.testing._search.days import pinned_days
from antipoverty.testing._search.drafts import Draft
from antipoverty.testing._search.subject import Subject, holding, subject, village_of
from antipoverty.testing.cases import Case, ends_of

_SECONDS = 3
"""How long the solver may look for a household that a part decides for."""

_ELSEWHEN = (45, -45, 14, -14)
"""How many days from its own another day is, in the middle of a month where its own begins one."""

_MOST_ASKED = 24
"""How many mutants of a rule that no case notices the solver is asked about."""


@attrs.frozen(repr=False)
class BoundaryCases:
    """The cases of one rule (边界案例); iterates over them.

    Attributes:
        rule: The rule.
        pack: The pack it is in.
        base: The household that every case differs from.
        as_of: The day of the answer, of nearly all cases; what no household tells on it, such
            as a window up to the first of a month, has a case of another day.
        cases: The cases, each with the verdict the rule gives.
        unpinned: The parts of the rule for which none was found, with the reason.
    """

    rule: Rule
    pack: Pack
    base: Household
    as_of: date
    cases: tuple[Case, ...]
    unpinned: tuple[Unpinned, ...]

    def __iter__(self) -> Iterator[Case]:
        return iter(self.cases)

    def __len__(self) -> int:
        return len(self.cases)

    def __repr__(self) -> str:
        left = f", {len(self.unpinned)} not pinned" if self.unpinned else ""
        return f"<{len(self.cases)} boundary cases of {self.rule.id} on {self.as_of}{left}>"

    def params(self) -> list[Any]:
        """The cases for ``pytest.mark.parametrize``, with their names as ids."""
        import pytest

        return [pytest.param(case, id=f"{case.rule}: {case.name}") for case in self.cases]

    def to_toml(self, *, note: str = "") -> str:
        """Write the cases as a file that `read_cases` reads.

        Args:
            note: A comment for the head of the file, such as who signed it.
        """
        return cases_to_toml([self], note=note)


def cases_to_toml(tables: Iterable[BoundaryCases], *, note: str = "") -> str:
    """Write the cases of several rules of a pack as one file that `read_cases` reads.

    Args:
        tables: The cases of each rule.
        note: A comment for the head of the file, such as who signed it.

    Raises:
        InvalidArgumentError: There are no cases, or their households are of several models.
    """
    listed = list(tables)
    comments = [
        note,
        *(
            f"未钉住 not pinned: {one.rule.id}: {left.part}: {said(left.reason)} {left.reason}"
            for one in listed
            for left in one.unpinned
        ),
    ]
    cases = _numbered(case for one in listed for case in one)
    return written([*cases], [one.base for one in listed], comments)


def _numbered(cases: Iterable[Case]) -> Iterator[Case]:
    """Number the cases of a rule that have one name, such as those that two rules' tables hold."""
    names: Counter[tuple[str, str]] = Counter()
    for case in cases:
        names[case.rule, case.name] += 1
        count = names[case.rule, case.name]
        yield case if count == 1 else attrs.evolve(case, name=f"{case.name} ({count})")


def boundary_cases(
    rule: Rule | str,
    pack: Pack | None = None,
    *,
    as_of: date | None = None,
    base: Household | None = None,
) -> BoundaryCases:
    """Find the households that pin a rule down.

    Args:
        rule: The rule, or its id.
        pack: The pack it is in; may be left out for a rule that reads no parameter.
        as_of: The day; by default the first on which the pack has all its values.
        base: The household to change as little as possible; by default one of which
            every fact is known.

    Raises:
        InvalidArgumentError: The pack has no such rule, or it is not in force then and there.
    """
    asked = subject(rule, pack, as_of=as_of, area="" if base is None else str(base.area))
    schema = asked.schema
    if base is None:
        start = Draft.plain(schema, asked.as_of, asked.area, tables_read(asked.rule.when))
    else:
        start = Draft.of(base, schema)
    search = Search(asked, start, partial(_apart, asked))
    search.run()
    read = fields_read(asked.rule.when)

    def build(draft: Draft) -> Household:
        return (draft if base is not None else draft.tidied(schema, read)).build(asked.pack.model)

    table = _Table(asked, build)
    for found in search.found:
        table.add(found.shows, found.draft, on=found.on)
    _sharpen(table)
    for one in pinned_days(asked, table.cases):
        table.keep(one)
    unpinned = (*search.unpinned, *table.unpinned)
    return BoundaryCases(
        asked.rule, asked.pack, build(start), asked.as_of, tuple(table.cases), unpinned
    )


@attrs.define
class _Table:
    """The cases as they are found, each household once, judged as the model holds it."""

    asked: Subject
    build: Callable[[Draft], Household]
    cases: list[Case] = attrs.field(factory=list)
    unpinned: list[Unpinned] = attrs.field(factory=list)
    _seen: set[tuple[date, Household]] = attrs.field(factory=set)
    _names: Counter[str] = attrs.field(factory=Counter)

    def add(
        self, shows: str, draft: Draft, *, on: bool = False, asked: Subject | None = None
    ) -> None:
        """Make a case of a household, of another day perhaps, or say that the model refuses it."""
        asked = asked or self.asked
        try:
            household = self.build(draft)
        except ValidationError:
            why = phrase("the model refuses the household that was found")
            self.unpinned.append(Unpinned(shows, why))
            return
        if (asked.as_of, household) in self._seen:
            return
        self._seen.add((asked.as_of, household))
        verdict = Verdict.of(truth(asked.rule.when, household, asked.setting))
        side = "missing" if verdict is Verdict.UNDECIDED else "on" if on else verdict.value
        self._names[shows] += 1
        count = self._names[shows]
        name = f"{shows} ({count})" if count > 1 else shows
        amount = None
        if asked.rule.amount is not None:
            amount = ends_of(asked.rule.amount.of(household, asked.setting, verdict.held))
        self.cases.append(Case(asked.rule.id, name, side, verdict, asked.as_of, household, amount))

    def keep(self, found: Case | Unpinned) -> None:
        """Take what was found of another day."""
        if isinstance(found, Unpinned):
            self.unpinned.append(found)
            return
        self._names[found.name] += 1
        count = self._names[found.name]
        name = f"{found.name} ({count})" if count > 1 else found.name
        self.cases.append(attrs.evolve(found, name=name))


def _sharpen(table: _Table) -> None:
    """Take a household for each mutant that no case notices; list those that are not told apart."""
    asked, left = table.asked, _MOST_ASKED
    for mutant in mutants(asked.pack, [asked.rule.id]):
        if mutant.noticed(table.cases) or same_values(mutant):
            continue
        left -= 1
        told = left >= 0 and _apart(asked, mutant.when, mutant.changed)
        if told is True and _equivalent(mutant):
            continue
        if isinstance(told, Household) and _tells(told, mutant, asked):
            table.add(f"改动 changed: {mutant.change}", Draft.of(told, asked.schema))
        else:
            _on_another_day(table, mutant, solve=told is True)
        if not mutant.noticed(table.cases):
            why = (
                phrase(
                    "on {day} no household with few rows tells this change from the rule",
                    day=asked.as_of,
                )
                if told is True
                else phrase("no household was found that tells this change from the rule")
            )
            table.unpinned.append(Unpinned(mutant.change, why))


def _on_another_day(table: _Table, mutant: Mutant, *, solve: bool) -> None:
    """Take a household that tells a mutant on another day, such as in the middle of a month.

    One that is a case already may do; the solver is asked where none tells it on the day itself.
    A value of another day or place is asked about on its own first day, there.
    """
    days = [(table.asked.as_of + timedelta(days=days), table.asked.area) for days in _ELSEWHEN]
    value = mutant.instead_of
    if value is not None:
        days[:0] = _where(value, mutant, table.asked.area)
    for day, area in days:
        try:
            asked = subject(mutant.rule, mutant.pack, as_of=day, area=area)
        except AntipovertyError:  # the rule is not in force then, or lacks a value
            continue
        homes = (one.household for one in table.cases)
        told = next((one for one in homes if _tells(one, mutant, asked)), None)
        found = told or ((solve or value) and _apart(asked, mutant.when, mutant.changed))
        if isinstance(found, Household):
            draft = Draft.of(found, asked.schema)
            table.add(f"改动 changed: {mutant.change}", draft, asked=asked)
            return


def _where(value: ParameterValue, mutant: Mutant, place: str) -> Iterator[tuple[date, str]]:
    """The first day on which a value is read, and a place where no smaller area has its own.

    It is the place that is asked about, where the value holds there.
    """
    day = max(value.since, mutant.rule.since)
    parameter = next(one for one in mutant.pack.parameters.values() if value in one.values)
    if parameter.at(place, day) is value:
        yield day, place
        return
    within = max(value.area, mutant.rule.area, mutant.pack.area, key=len)
    smaller = [one.area for one in parameter.values if len(one.area) > len(value.area)]
    with contextlib.suppress(InvalidArgumentError):  # each smaller area has a value of its own
        yield day, village_of(within, [one for one in smaller if one.startswith(within)])


def _tells(household: Household, mutant: Mutant, asked: Subject) -> bool:
    """Whether a household is answered otherwise by a mutant on the day that is asked.

    It must live where that is asked.
    """
    if not str(household.area).startswith(asked.area):
        return False
    verdict = Verdict.of(truth(asked.rule.when, household, asked.setting))
    case = Case(asked.rule.id, "", "", verdict, asked.as_of, household)
    return mutant.verdict(case) is not verdict


def _equivalent(mutant: Mutant) -> bool:
    """Whether a mutant is proved to answer as its rule, every day and for any number of rows."""
    from antipoverty.testing._proofs.claims import Effort
    from antipoverty.testing._proofs.equal import is_equivalent

    return is_equivalent(mutant, effort=Effort(seconds=_SECONDS))


def _apart(asked: Subject, when: Condition, changed: Pack | None = None) -> Household | bool:
    """Ask the solver of proofs, where it is installed, who tells two versions of a rule apart."""
    if importlib.util.find_spec("z3") is None:
        return False
    from antipoverty.testing._proofs.claims import Effort
    from antipoverty.testing._proofs.equal import equal

    other = attrs.evolve(asked.rule, when=when)
    try:
        proof = equal(
            asked.rule,
            other,
            asked.pack,
            other_pack=changed or holding(asked.pack, [other]),
            as_of=asked.as_of,
            other_as_of=asked.as_of,
            effort=Effort(seconds=_SECONDS),
        )
    except AntipovertyError:  # a condition that the solver does not read
        return False
    if proof.witness is not None:
        return proof.witness.model_copy(update={"area": AreaCode(asked.area)})
    return proof.holds


__all__ = ["BoundaryCases", "Unpinned", "boundary_cases", "cases_to_toml"]
