"""Each question is a claim about all households, and the solver looks for one that refutes it.

Does a rule ever warn, does one imply another, do two overlap, is there a gap between
several, does a worse fact clear a warning. If a household is found, `judge` must say the
same of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Literal

import attrs

from antipoverty._frozen import Frozen
from antipoverty.conditions import Condition, fields_read, parse, tables_read, truth
from antipoverty.conditions import tree as nodes
from antipoverty.errors import InvalidArgumentError, UnconfirmedWitnessError, one_of
from antipoverty.model import Field, Household, Kind
from antipoverty.rules import Pack, Rule, Verdict, judge
from antipoverty.testing._proofs_answers import Bounds, Claim, Outcome, Proof
from antipoverty.testing._proofs_ask import Inquiry, Undetermined
from antipoverty.testing._proofs_logic import Term, both, either, no
from antipoverty.testing._proofs_rows import Need, atoms, needs
from antipoverty.testing._proofs_scene import Scene, Side, scenes
from antipoverty.testing._subject import subject

ROWS = 8
"""How many rows of a child table are looked at where no smaller number is enough."""

SECONDS = 10
"""How long the solver may take for one question."""

Worse = Literal["up", "down"]


@attrs.frozen(kw_only=True)
class Effort:
    """How far a question goes.

    Attributes:
        rows: The most rows of a child table that are looked at.
        seconds: How long the solver may take for one question.
    """

    rows: int = ROWS
    seconds: int = SECONDS


USUAL = Effort()
"""What a question goes to without being told."""


@attrs.frozen
class Asked:
    """A claim in the making: what it is about and what its answer will say.

    Attributes:
        claim: What is claimed.
        pack: The policy.
        rules: The rules, bound to it.
        as_of: The day.
        detail: The fact or the stated condition.
        more: Conditions that are asked about besides those of the rules.
    """

    claim: Claim
    pack: Pack
    rules: tuple[Rule, ...]
    as_of: date
    detail: str = ""
    more: tuple[Condition, ...] = ()

    def scenes(self) -> tuple[Scene, ...]:
        """Where it is asked: one place for each set of values that it reads."""
        stand_in = [attrs.evolve(self.rules[0], when=one) for one in self.more]
        return scenes(Side(self.pack, (*self.rules, *stand_in), self.as_of))

    def conditions(self) -> list[Condition]:
        """All that is asked about."""
        return [*(rule.when for rule in self.rules), *self.more]

    def facts(self) -> set[str]:
        """The paths of the facts it is about."""
        return paths_of(self.conditions()) | (
            {self.detail} if self.claim is Claim.MONOTONE else set()
        )

    def needs(self, scene: Scene, effort: Effort, *, twice: bool = False) -> dict[str, Need]:
        """How many rows are looked at."""
        found = [atom for one in self.conditions() for atom in atoms(one, scene.setting)]
        return needs(found, effort.rows, twice=twice)


def paths_of(listed: Iterable[Condition]) -> set[str]:
    """The paths of the facts that conditions read, and of the tables they look at."""
    return {path for one in listed for path in (*fields_read(one), *tables_read(one))}


def within(asked: Sequence[tuple[Scene, Mapping[str, Need]]], effort: Effort) -> Bounds:
    """The bounds of a claim that was asked in some scenes."""
    rows: dict[str, int] = {}
    enough: dict[str, bool] = {}
    for _, need in asked:
        for table, one in need.items():
            rows[table] = max(rows.get(table, 0), one.rows)
            enough[table] = enough.get(table, True) and one.enough
    return Bounds(
        min(scene.as_of for scene, _ in asked),
        max(scene.as_of for scene, _ in asked),
        tuple(sorted({scene.place for scene, _ in asked})),
        Frozen(rows),
        frozenset(table for table, one in enough.items() if one),
        effort.seconds,
    )


def verdicts_of(
    home: Household, pack: Pack, rules: Sequence[Rule], as_of: date
) -> dict[str, Verdict]:
    """What `judge` says of a household by some rules."""
    found = judge(home, pack, as_of=as_of).verdicts
    return {rule.id: found[rule.id] for rule in rules}


def unconfirmed(asked: Asked) -> UnconfirmedWitnessError:
    """Make the error for a witness that the reference does not confirm."""
    names = ", ".join(rule.id for rule in asked.rules)
    return UnconfirmedWitnessError(
        f"{asked.claim.value} of {names}: the solver's household is not what `judge` says of it; "
        "the encoding of a condition is wrong, and no proof of these rules can be relied on"
    )


Refutes = Callable[[Mapping[str, Verdict], Household], bool]


def settle(
    asked: Asked,
    effort: Effort,
    goal: Callable[[Inquiry], Term],
    refutes: Refutes,
) -> Proof:
    """Ask a claim about one household in each of its scenes."""
    covered = []
    outcome = Outcome.PROVED
    for scene in asked.scenes():
        need = asked.needs(scene, effort)
        covered.append((scene, need))
        rows = {table: one.rows for table, one in need.items()}
        inquiry = Inquiry(asked.pack, scene, asked.conditions(), rows, effort.seconds)
        try:
            found = inquiry.find(goal(inquiry), asked.facts())
        except Undetermined:
            outcome = Outcome.UNKNOWN
            continue
        if found is not None:
            (home,) = found
            verdicts = verdicts_of(home, asked.pack, asked.rules, scene.as_of)
            if not refutes(verdicts, home):
                raise unconfirmed(asked)
            return answer(asked, Outcome.REFUTED, within(covered, effort), home, verdicts)
    return answer(asked, outcome, within(covered, effort))


def answer(
    asked: Asked,
    outcome: Outcome,
    bounds: Bounds,
    home: Household | None = None,
    verdicts: Mapping[str, Verdict] | None = None,
    beside: Household | None = None,
) -> Proof:
    """Write the answer down."""
    ids = tuple(rule.id for rule in asked.rules)
    day = None if home is None else asked.as_of
    found = Frozen(verdicts or {})
    return Proof(
        asked.claim, ids, outcome, bounds, asked.pack, asked.detail, home, beside, found, day
    )


def about(
    claim: Claim, rules: Sequence[Rule | str], pack: Pack | None, as_of: date | None
) -> Asked:
    """Find the rules a claim is about, on the first one's day."""
    first = subject(rules[0], pack, as_of=as_of)
    owner, day = first.pack, first.as_of
    if len(rules) > 1 and pack is None:
        raise InvalidArgumentError("give the pack of the rules that are asked about together")
    found = [first.rule, *(subject(one, owner, as_of=day).rule for one in rules[1:])]
    return Asked(claim, owner, tuple(found), day)


# --- one household ----------------------------------------------------------------


def never_warns(
    rule: Rule | str,
    pack: Pack | None = None,
    *,
    as_of: date | None = None,
    effort: Effort = USUAL,
) -> Proof:
    """Claim that a rule warns of no household; the witness is one of which it does.

    Args:
        rule: The rule, or its id.
        pack: The pack; may be left out for a rule that reads no parameter.
        as_of: The day; by default the first on which the pack has all its values.
        effort: How many rows are looked at and how long the solver may take.
    """
    asked = about(Claim.NEVER_WARNS, [rule], pack, as_of)
    (one,) = asked.rules
    return settle(
        asked,
        effort,
        lambda inquiry: inquiry.meaning.truth(one.when).true,
        lambda verdicts, _: verdicts[one.id] is Verdict.WARN,
    )


def implies(
    rule: Rule | str,
    other: Rule | str,
    pack: Pack,
    *,
    as_of: date | None = None,
    effort: Effort = USUAL,
) -> Proof:
    """Claim that wherever one rule warns another warns too; then the first adds nothing."""
    asked = about(Claim.IMPLIES, [rule, other], pack, as_of)
    one, two = asked.rules
    return settle(
        asked,
        effort,
        lambda inquiry: implies_not(inquiry, one, two),
        lambda verdicts, _: (
            verdicts[one.id] is Verdict.WARN and verdicts[two.id] is not Verdict.WARN
        ),
    )


def implies_not(inquiry: Inquiry, one: Rule, two: Rule) -> Term:
    """One rule warns and another does not."""
    return both(inquiry.meaning.truth(one.when).true, no(inquiry.meaning.truth(two.when).true))


def exclusive(
    rule: Rule | str,
    other: Rule | str,
    pack: Pack,
    *,
    as_of: date | None = None,
    effort: Effort = USUAL,
) -> Proof:
    """Claim that two rules never warn at once; the witness is a household with both."""
    asked = about(Claim.EXCLUSIVE, [rule, other], pack, as_of)
    one, two = asked.rules
    return settle(
        asked,
        effort,
        lambda inquiry: overlap(inquiry, one, two),
        lambda verdicts, _: set(verdicts.values()) == {Verdict.WARN},
    )


def overlap(inquiry: Inquiry, one: Rule, two: Rule) -> Term:
    """Two rules warn at once."""
    return both(inquiry.meaning.truth(one.when).true, inquiry.meaning.truth(two.when).true)


def covers(
    rules: Sequence[Rule | str],
    when: Condition | str,
    pack: Pack,
    *,
    undecided: bool = False,
    as_of: date | None = None,
    effort: Effort = USUAL,
) -> Proof:
    """Claim that wherever a condition holds, at least one of some rules warns: no gap.

    Args:
        rules: Such as those of the monitoring categories.
        when: The stated condition, as a pack writes it.
        pack: The pack.
        undecided: Whether an undecided rule is enough, since a keeper then goes and asks.
        as_of: The day.
        effort: How many rows are looked at and how long the solver may take.
    """
    if not rules:
        raise InvalidArgumentError("a gap is looked for between rules; give at least one")
    claim = Claim.COVERS_OR_ASKS if undecided else Claim.COVERS
    asked = about(claim, rules, pack, as_of)
    stated = parse(str(when), pack.schema)
    asked = attrs.evolve(asked, detail=str(stated), more=(stated,))
    setting = pack.on(asked.as_of).setting

    def gap(inquiry: Inquiry) -> Term:
        judged = [inquiry.meaning.truth(rule.when) for rule in asked.rules]
        silent = [one.false if undecided else no(one.true) for one in judged]
        return both(inquiry.meaning.truth(stated).true, *silent)

    seen = {Verdict.WARN, Verdict.UNDECIDED} if undecided else {Verdict.WARN}
    return settle(
        asked,
        effort,
        gap,
        lambda verdicts, home: (
            seen.isdisjoint(verdicts.values())
            and truth(stated, home, setting(str(home.area))) is True
        ),
    )


# --- two households ---------------------------------------------------------------


def monotone(
    rule: Rule | str,
    fact: str,
    pack: Pack | None = None,
    *,
    worse: Worse,
    as_of: date | None = None,
    effort: Effort = USUAL,
) -> Proof:
    """Claim that a fact that gets worse, or is no longer known, never clears a warning.

    A household with a warning must keep it when the fact moves in the worse direction,
    and must not be clear when the fact is missing.

    Args:
        rule: The rule, or its id.
        fact: The fact's path, ``net_income_12m`` or ``records.amount``; of rows, one row's.
        pack: The pack; may be left out for a rule that reads no parameter.
        worse: Which way is worse: ``"up"`` or ``"down"``; for a flag, to yes or to no.
        as_of: The day.
        effort: How many rows are looked at and how long the solver may take.

    Raises:
        UnknownFieldError: There is no such fact.
        InvalidArgumentError: It is a text, which has no worse direction.
    """
    one_of(worse, ("up", "down"), "direction")
    asked = attrs.evolve(about(Claim.MONOTONE, [rule], pack, as_of), detail=fact)
    field = ordered_field(asked.pack, fact)
    outcome, covered = Outcome.PROVED, []
    for scene in asked.scenes():
        need = asked.needs(scene, effort, twice=field.table is not None)
        if field.table is not None:
            need.setdefault(field.table, Need(1, enough=True))
        covered.append((scene, need))
        rows = {table: of.rows for table, of in need.items()}
        inquiry = Inquiry(asked.pack, scene, asked.conditions(), rows, effort.seconds)
        try:
            found = _worse(inquiry, asked, field, worse)
        except Undetermined:
            outcome = Outcome.UNKNOWN
            continue
        if found is not None:
            verdicts = _confirmed(asked, found, scene)
            bounds = within(covered, effort)
            return answer(asked, Outcome.REFUTED, bounds, found[0], verdicts, found[1])
    return answer(asked, outcome, within(covered, effort))


def ordered_field(pack: Pack, fact: str) -> Field:
    """Find a fact that can get worse."""
    table, _, name = fact.rpartition(".")
    if table and table not in pack.schema.tables:
        raise nodes.unknown_table(table, pack.schema)
    found = nodes.read(pack.schema.table(table or None), name).field
    if found.kind is Kind.TEXT:
        raise InvalidArgumentError(f"{fact!r} is a text, and of words none is worse than another")
    return found


def _worse(
    inquiry: Inquiry, asked: Asked, field: Field, worse: Worse
) -> tuple[Household, ...] | None:
    (rule,) = asked.rules
    row = None if field.table is None else 0
    here: Term = True if field.table is None else inquiry.sketch.present(field.table)[0]
    cell = inquiry.sketch.cell(field, row)
    sketch, other = inquiry.sketch.beside(field, row)
    before = inquiry.meaning.truth(rule.when)
    after = inquiry.other(inquiry.scene.setting, sketch).truth(rule.when)
    if field.kind is Kind.FLAG:
        low, high = (cell, other) if worse == "up" else (other, cell)
        moved = both(no(low.value), high.value)
    else:
        moved = other.value > cell.value if worse == "up" else other.value < cell.value
    lost = either(
        both(other.known, moved, no(after.true)),
        both(no(other.known), after.false),
    )
    goal = both(here, cell.known, before.true, lost)
    return inquiry.find(goal, asked.facts(), inquiry.sketch, sketch)


def _confirmed(asked: Asked, pair: Sequence[Household], scene: Scene) -> Mapping[str, Verdict]:
    (rule,) = asked.rules
    before, after = (
        verdicts_of(home, asked.pack, asked.rules, scene.as_of)[rule.id] for home in pair
    )
    missing = len(known_facts(pair[1], asked.pack)) < len(known_facts(pair[0], asked.pack))
    lost = after is Verdict.CLEAR or (after is Verdict.UNDECIDED and not missing)
    if before is not Verdict.WARN or not lost:
        raise unconfirmed(asked)
    return {rule.id: before, f"{rule.id}'": after}


def known_facts(home: Household, pack: Pack) -> set[tuple[str, Any]]:
    """The facts that are known of a household, rows by their number."""
    found: set[tuple[str, Any]] = set(_known(home, pack.schema.household.fields, ""))
    for name, table in pack.schema.tables.items():
        for number, row in enumerate(getattr(home, name) or ()):
            found |= set(_known(row, table.fields, f"{name}[{number}]."))
    return found


def _known(owner: Any, fields: Mapping[str, Field], prefix: str) -> Iterator[tuple[str, Any]]:
    for name in fields:
        if getattr(owner, name) is not None:
            yield prefix + name, None


__all__ = [
    "ROWS",
    "SECONDS",
    "USUAL",
    "Asked",
    "Effort",
    "Worse",
    "about",
    "answer",
    "covers",
    "exclusive",
    "implies",
    "implies_not",
    "monotone",
    "never_warns",
    "ordered_field",
    "overlap",
    "paths_of",
    "unconfirmed",
    "verdicts_of",
    "within",
]
