"""A whole pack: which rules never warn, which add nothing, which never meet, and the gaps.

A household that was found for one question answers many others: each is judged once by
every rule, and the solver is asked only what no household seen so far refutes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from itertools import combinations, permutations
from typing import Any

import attrs

from antipoverty._base.frozen import Frozen
from antipoverty.conditions import Condition, Language, fields_read
from antipoverty.errors import InvalidArgumentError, did_you_mean, one_of
from antipoverty.languages import current
from antipoverty.model import Household
from antipoverty.rules import Pack, Rule, Verdict, judge
from antipoverty.testing._proofs.answers import Claim, Outcome, Proof
from antipoverty.testing._proofs.ask import Inquiry, Undetermined
from antipoverty.testing._proofs.claims import (
    USUAL,
    Asked,
    Effort,
    answer,
    unconfirmed,
    within,
)
from antipoverty.testing._proofs.monotone import Worse, monotone, ordered_field
from antipoverty.testing._proofs.questions import covers
from antipoverty.testing._proofs.rows import Atom, Need, atoms, needs
from antipoverty.testing._proofs.scene import Context, pack_scenes
from antipoverty.testing._search.subject import first_day

Progress = Callable[[int, int], None]


@attrs.frozen(repr=False)
class PackProof:
    """What is proved of a pack on a day.

    Attributes:
        pack: The pack.
        as_of: The day.
        proofs: The answer to every claim that was asked.
    """

    pack: Pack
    as_of: date
    proofs: tuple[Proof, ...]

    def __repr__(self) -> str:
        return (
            f"<PackProof {self.pack.id} on {self.as_of}: {len(self.proofs)} claims, "
            f"{len(self.never_warn)} rules never warn, {len(self.gaps)} gaps, "
            f"{len(self.unknown)} unknown>"
        )

    def of(self, claim: Claim, outcome: Outcome) -> tuple[Proof, ...]:
        """The answers to one sort of claim with one outcome."""
        return tuple(one for one in self.proofs if (one.claim, one.outcome) == (claim, outcome))

    @property
    def never_warn(self) -> tuple[Proof, ...]:
        """The rules that can never warn: a mistake."""
        return self.of(Claim.NEVER_WARNS, Outcome.PROVED)

    @property
    def implied(self) -> tuple[Proof, ...]:
        """The pairs of which one warns wherever the other does."""
        return self.of(Claim.IMPLIES, Outcome.PROVED)

    @property
    def exclusive(self) -> tuple[Proof, ...]:
        """The pairs that never warn at once."""
        return self.of(Claim.EXCLUSIVE, Outcome.PROVED)

    @property
    def overlaps(self) -> tuple[Proof, ...]:
        """The pairs that can warn at once, each with a household of which they do."""
        return self.of(Claim.EXCLUSIVE, Outcome.REFUTED)

    @property
    def gaps(self) -> tuple[Proof, ...]:
        """The stated conditions under which no rule warns of some household."""
        return self.of(Claim.COVERS_OR_ASKS, Outcome.REFUTED)

    @property
    def not_monotone(self) -> tuple[Proof, ...]:
        """The rules whose warning a worse or missing fact clears."""
        return self.of(Claim.MONOTONE, Outcome.REFUTED)

    @property
    def vacuous(self) -> tuple[Proof, ...]:
        """What was stated of gaps and facts that says nothing, for nobody is so."""
        stated = (Claim.COVERS_OR_ASKS, Claim.MONOTONE)
        return tuple(one for claim in stated for one in self.of(claim, Outcome.VACUOUS))

    @property
    def unknown(self) -> tuple[Proof, ...]:
        """The claims that the solver did not settle in its time."""
        return tuple(one for one in self.proofs if one.outcome is Outcome.UNKNOWN)

    @property
    def sound(self) -> bool:
        """Whether each rule is shown to warn, and what was stated of gaps and facts is proved."""
        wanted = {
            Claim.NEVER_WARNS: Outcome.REFUTED,
            Claim.COVERS_OR_ASKS: Outcome.PROVED,
            Claim.MONOTONE: Outcome.PROVED,
        }
        return all(one.outcome is wanted.get(one.claim, one.outcome) for one in self.proofs)

    def summary(self, language: Language | None = None) -> str:
        """Say in a line how much was asked and what came out."""
        language = current(language)
        counts = (
            len(self.proofs),
            *(len(self.never_warn), len(self.gaps), len(self.not_monotone)),
            *(len(self.implied), len(self.exclusive), len(self.overlaps), len(self.unknown)),
        )
        if one_of(language, ("zh", "en"), "language") == "zh":
            return (
                "{}，{}：{} 项命题；从不预警的规则 {} 条，空档 {} 处，非单调 {} 处；"
                "蕴含 {} 对，互斥 {} 对，可同时预警 {} 对；未能判定 {} 项"
            ).format(self.pack.title.zh, self.as_of, *counts)
        return (
            "{}, {}: {} claims; {} rules never warn, {} gaps, {} cleared by a worse fact; "
            "{} pairs implied, {} exclusive, {} can warn at once; {} unknown"
        ).format(self.pack.title.en, self.as_of, *counts)

    def explain(self, language: Language | None = None) -> str:
        """Say what was found; pairs that can warn at once, which is usual, are only counted."""
        language = current(language)
        shown = (
            *self.never_warn,
            *self.gaps,
            *self.not_monotone,
            *self.vacuous,
            *self.unknown,
            *self.implied,
            *self.exclusive,
        )
        return "\n".join([self.summary(language), *(one.explain(language) for one in shown)])

    def to_dict(self, language: Language | None = None) -> dict[str, Any]:
        """Give it as plain data."""
        language = current(language)
        return {
            "pack": self.pack.id,
            "as_of": self.as_of.isoformat(),
            "sound": self.sound,
            "proofs": [one.to_dict(language) for one in self.proofs],
        }


def prove_pack(
    pack: Pack,
    *,
    as_of: date | None = None,
    rules: Sequence[str] = (),
    covered: Sequence[Condition | str] = (),
    by: Sequence[str] = (),
    worse: Mapping[str, Worse] = Frozen(),
    effort: Effort = USUAL,
    progress: Progress | None = None,
) -> PackProof:
    """Ask every rule of a pack, and every pair of rules, what can be asked of them.

    Args:
        pack: The pack.
        as_of: The day; by default the first on which its first rule can be asked.
        rules: The ids of rules; only claims about these are made. All by default.
        covered: Conditions under which some household must be warned of: gaps are
            looked for only where a condition is stated.
        by: The rules of which one must then warn; by default those with a monitoring
            category. An undecided one is enough, since a keeper then goes and asks.
        worse: For facts, which way is worse: a worse fact must clear no warning.
        effort: How many rows are looked at and how long the solver may take.
        progress: Told the number of claims settled and the number of all.

    Raises:
        InvalidArgumentError: A rule is not there or not in force, or a fact has no order.
        UnknownFieldError: There is no such fact.
    """
    for id_ in (*rules, *by):
        if id_ not in pack.rules:
            hint = did_you_mean(id_, pack.rules)
            raise InvalidArgumentError(
                "the pack {id!r} has no rule {id2!r}{hint}", id=pack.id, id2=id_, hint=hint
            )
    if not pack.rules:
        raise InvalidArgumentError("the pack {id!r} has no rule to ask about", id=pack.id)
    day = as_of or first_day(next(iter(pack.rules.values())), pack)
    running = pack.on(day).rules
    for id_ in rules:
        if id_ not in {rule.id for rule in running}:
            raise InvalidArgumentError("rule {id!r} is not in force on {day}", id=id_, day=day)
    for fact in worse:
        ordered_field(pack, fact)
    wanted = {rule.id for rule in running if not rules or rule.id in rules}
    work = [_Work(one) for one in _claims(pack, running, wanted, day)]
    moved = [
        (rule, fact)
        for fact in worse
        for rule in running
        if rule.id in wanted and fact in fields_read(rule.when)
    ]
    places = pack_scenes(pack, day)
    tell = _Counter(progress, len(places) * len(work) + len(covered) + len(moved))
    for scene in places:
        PackProver(pack, scene, running, effort).settle(work, tell)
    found = list(_of_somebody([one.answer(effort) for one in work if one.asked_in]))
    categories = by or [rule.id for rule in running if rule.category]
    for stated in covered:
        found.append(covers(categories, stated, pack, undecided=True, as_of=day, effort=effort))
        tell()
    for rule, fact in moved:
        found.append(monotone(rule, fact, pack, worse=worse[fact], as_of=day, effort=effort))
        tell()
    return PackProof(pack, day, tuple(found))


def _of_somebody(found: Sequence[Proof]) -> Iterator[Proof]:
    """The answers, those vacuous that suppose a warning of a rule that is proved to give none."""
    never = {one.rules[0] for one in found if one.claim is Claim.NEVER_WARNS and one.holds}
    for one in found:
        supposed = {Claim.IMPLIES: one.rules[:1], Claim.EXCLUSIVE: one.rules}.get(one.claim, ())
        unmet = tuple(id_ for id_ in supposed if id_ in never)
        if one.holds and unmet:
            one = attrs.evolve(one, outcome=Outcome.VACUOUS, unmet=unmet)
        yield one


class _Counter:
    def __init__(self, progress: Progress | None, total: int) -> None:
        self._progress, self._total, self._done = progress, total, 0

    def __call__(self) -> None:
        self._done += 1
        if self._progress is not None:
            self._progress(self._done, self._total)


def _claims(pack: Pack, running: Sequence[Rule], wanted: set[str], day: date) -> Iterator[Asked]:
    """One rule never warns; two never at once; one only where another does."""
    for rule in running:
        if rule.id in wanted:
            yield Asked(Claim.NEVER_WARNS, pack, (rule,), day)
    for pair in combinations(running, 2):
        if not wanted.isdisjoint(rule.id for rule in pair):
            yield Asked(Claim.EXCLUSIVE, pack, pair, day)
    for pair in permutations(running, 2):
        if not wanted.isdisjoint(rule.id for rule in pair):
            yield Asked(Claim.IMPLIES, pack, pair, day)


@attrs.define
class _Work:
    """A claim with what is known of it so far."""

    asked: Asked
    asked_in: list[tuple[Context, dict[str, Need]]] = attrs.field(factory=list)
    outcome: Outcome = Outcome.PROVED
    household: Household | None = None
    verdicts: Mapping[str, Verdict] = Frozen()

    def refute(self, household: Household, verdicts: Mapping[str, Verdict]) -> None:
        """Note a household that refutes it."""
        self.outcome, self.household = Outcome.REFUTED, household
        self.verdicts = {rule.id: verdicts[rule.id] for rule in self.asked.rules}

    def answer(self, effort: Effort) -> Proof:
        """Write the answer down."""
        bounds = within(self.asked_in, effort)
        households = () if self.household is None else (self.household,)
        return answer(self.asked, self.outcome, bounds, households, self.verdicts)


class PackProver:
    """All claims at one place, with the households found there so far."""

    def __init__(self, pack: Pack, scene: Context, running: Sequence[Rule], effort: Effort) -> None:
        self.pack, self.scene, self.effort = pack, scene, effort
        self.rules = [rule for rule in running if rule.covers(scene.areas[0])]
        self.atoms = {rule.id: atoms(rule.when, scene.setting) for rule in self.rules}
        self.seen: list[tuple[Household, Mapping[str, Verdict]]] = []

    def settle(self, work: Sequence[_Work], tell: Callable[[], None]) -> None:
        """Settle what can be settled here."""
        here = [one for one in work if all(rule.id in self.atoms for rule in one.asked.rules)]
        rows: dict[str, int] = {}
        for one in here:
            need = self._need(one)
            one.asked_in.append((self.scene, need))
            for table, of in need.items():
                rows[table] = max(rows.get(table, 0), of.rows)
        conditions = [rule.when for rule in self.rules]
        inquiry = Inquiry(self.pack, self.scene, conditions, rows, self.effort.seconds)
        for one in here:
            if one.outcome is not Outcome.REFUTED:
                self._ask(one, inquiry)
            tell()

    def _need(self, one: _Work) -> dict[str, Need]:
        found: list[Atom] = []
        for rule in one.asked.rules:
            found += self.atoms[rule.id]
        return needs(found, self.effort.rows)

    def _ask(self, one: _Work, inquiry: Inquiry) -> None:
        for household, verdicts in self.seen:
            if one.asked.refuted_by(household, verdicts):
                one.refute(household, verdicts)
                return
        try:
            found = inquiry.find(one.asked.goal(inquiry), one.asked.facts())
        except Undetermined:
            one.outcome = Outcome.UNKNOWN
            return
        if found is not None:
            (household,) = found
            verdicts = judge(household, self.pack, as_of=self.scene.as_of).verdicts
            if not one.asked.refuted_by(household, verdicts):
                if not one.asked.opaque:
                    raise unconfirmed(one.asked)
                found = one.asked.searched(self.scene)
                if found is None:
                    one.outcome = Outcome.UNKNOWN
                    return
                (household,) = found
                verdicts = judge(household, self.pack, as_of=self.scene.as_of).verdicts
            self.seen.append((household, verdicts))
            one.refute(household, verdicts)


__all__ = ["PackProof", "Progress", "prove_pack"]
