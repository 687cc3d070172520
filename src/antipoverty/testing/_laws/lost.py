"""The law of lost data: whatever is lost of a population, no answer becomes clear by it.

An answer may become undecided when data are lost, or warn when more may be there than
came. It never moves from warn or undecided to clear; and nothing is lost without being
counted somewhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import date
from typing import Any

from hypothesis import strategies as st

from antipoverty.conditions import tables_read
from antipoverty.conditions import tree as nodes
from antipoverty.errors import Phrase, VacuousLawError, phrase
from antipoverty.errors.phrases import said
from antipoverty.rules import Pack, Rule, Verdict
from antipoverty.screening import Screening, screen
from antipoverty.testing._frames import rows, triples_of
from antipoverty.testing._laws.holdings import DELIVERIES, Holding, Loss, holdings, losses
from antipoverty.testing._laws.search import word
from antipoverty.testing._search.counterexample import search
from antipoverty.testing._search.subject import some, subject
from antipoverty.testing._search.told import in_both
from antipoverty.testing._strategies.sides import sides

Screens = Callable[..., Screening[Any]]
"""What screens tables: called as `screen` is."""

_HOMES = "households"


def assert_loss_never_clears(
    pack: Pack,
    *,
    as_of: date,
    engine: Screens = screen,
    kind: str = "polars",
    max_examples: int = 50,
    seed: int = 0,
) -> None:
    """Insist that no loss of data makes an answer clear, and that each loss is counted.

    Populations are drawn at the thresholds of the pack's rules, with deliveries that cover
    every kind for the whole past. Then cells are emptied, and rows, kinds, tables and
    deliveries dropped that a roster or a delivery accounts for, several in turn. Rules that
    ask whether a fact is known are left out: they ask about knowledge itself. After each
    loss every answer is also held to the reference.

    Args:
        pack: The pack.
        as_of: The day of the answer.
        engine: What screens, called as `screen` is.
        kind: The kind of frame it screens, such as ``duckdb``.
        max_examples: How many populations are drawn.
        seed: Which ones.

    Raises:
        AssertionError: An answer that became clear, a loss that nothing counts, or an
            answer that is not the reference's.
        VacuousLawError: No household that was drawn had an answer to lose, or there is none.
    """
    answers: Counter[str] = Counter()
    counted = {one.id for one in pack.on(as_of).rules if not asks_about_knowledge(one)}

    def asked(holding: Holding) -> Screening[Any]:
        return engine(holding.as_tables(kind), pack, as_of=as_of)

    def broken(drawn: tuple[Holding, list[frozenset[Loss]]]) -> str | None:
        holding, steps = drawn
        gone: frozenset[Loss] = frozenset()
        before = asked(holding)
        answers.update(verdict for _, rule, verdict in triples_of(before.alerts) if rule in counted)
        for taken in steps:
            step = _accounted_for(taken, gone)
            after = asked(holding.without(gone | step))
            for fault, facts in _faults(before, after, holding, gone, step):
                lost = (f"    {said(one.told)} {one.told}" for one in sorted(gone | step))
                lines = [fault, f"  {said(fault)}", *facts, "  依次丢失 lost in turn:", *lost]
                return "\n".join(lines)
            before, gone = after, gone | step
        return None

    @st.composite
    def drawn(draw: st.DrawFn) -> tuple[Holding, list[frozenset[Loss]]]:
        holding = draw(holdings(pack, as_of=as_of))
        return holding, draw(st.lists(losses(holding, pack), min_size=1, max_size=4))

    for again in range(_ROUNDS if counted else 0):
        found = search(
            drawn(), broken, max_examples=some(max_examples), seed=seed + again, simpler=_simpler
        )
        if found is not None:
            raise AssertionError(found)
        if answers:
            return
    if any(_can_be_lost(pack, rule, as_of) for rule in pack.on(as_of).rules):
        raise VacuousLawError(
            "the pack {id!r}: no household that was drawn warned or was undecided, so no answer "
            "could be cleared by a loss; draw more",
            id=pack.id,
        )
    raise VacuousLawError(
        "the pack {id!r} has no rule on {as_of} of which somebody can be warned and that does not "
        "ask whether a fact is known; the law says nothing",
        id=pack.id,
        as_of=as_of,
    )


def _accounted_for(step: frozenset[Loss], gone: frozenset[Loss]) -> frozenset[Loss]:
    """Leave out rows that name no household any more: no delivery tells that one of them went."""
    return frozenset(
        loss
        for loss in step
        if loss.column or Loss(loss.table, loss.row, "household_id") not in gone
    )


_ROUNDS = 4
"""How often populations are drawn again where nobody in them had anything to lose."""


def _can_be_lost(pack: Pack, rule: Rule, day: date) -> bool:
    """Whether somebody can be warned of by a rule."""
    about = subject(rule.id, pack, as_of=day)
    return not asks_about_knowledge(rule) and Verdict.WARN in sides(about).expected


def _simpler(
    drawn: tuple[Holding, list[frozenset[Loss]]],
) -> Iterator[tuple[Holding, list[frozenset[Loss]]]]:
    """The same population with fewer losses."""
    holding, steps = drawn
    for number, step in enumerate(steps):
        if len(steps) > 1:
            yield holding, steps[:number] + steps[number + 1 :]
        if len(step) > 1:
            half = sorted(step)[::2]
            for fewer in (frozenset(half), step - frozenset(half)):
                yield holding, [*steps[:number], fewer, *steps[number + 1 :]]


def asks_about_knowledge(rule: Rule) -> bool:
    """Tell whether a rule asks whether something is known, so that a loss may clear it."""
    return any(isinstance(node, nodes.Known) for node in rule.when.walk())


def cleared(before: Screening[Any], after: Screening[Any]) -> list[tuple[str, str, Verdict]]:
    """List the answers that became clear: household, rule, and what was said before.

    Args:
        before: The screening of the whole data.
        after: That of the same data with something lost; households that it set aside are
            left out, and so are rules that ask whether a fact is known.
    """
    rules = {rule.id for rule in before.current.rules if not asks_about_knowledge(rule)}
    judged = {row[0] for row in rows(after.judged)}
    open_ = {(home, rule) for home, rule, _ in triples_of(after.alerts)}
    return sorted(
        (home, rule, Verdict(said))
        for home, rule, said in triples_of(before.alerts)
        if rule in rules and home in judged and (home, rule) not in open_
    )


def _faults(
    before: Screening[Any],
    after: Screening[Any],
    holding: Holding,
    gone: Collection[Loss],
    step: Collection[Loss],
) -> Iterator[tuple[Phrase, list[str]]]:
    """What is wrong with the answers after a loss, and lines of facts that show it."""
    for home, rule, verdict in cleared(before, after):
        what = phrase(
            "rule {rule!r} is cleared by a loss: {before} before", rule=rule, before=word(verdict)
        )
        yield (
            what,
            [f"  户 household {home}:", *(f"    {one}" for one in in_both(before.household(home)))],
        )
    for lacking in uncounted(before, after, holding, gone, step):
        yield phrase("a loss is not counted: {what}", what=lacking), []
    said_of = {(home, rule): said for home, rule, said in triples_of(after.alerts)}
    for home in sorted(row[0] for row in rows(after.judged)):
        judgement = after.judgement(home)
        for one in judgement.undecided:
            if not one.missing:
                yield (
                    phrase(
                        "rule {rule!r} is undecided of {home}, and no fact would settle it",
                        rule=one.rule_id,
                        home=home,
                    ),
                    [],
                )
        for rule, verdict in judgement.verdicts.items():
            found = said_of.get((home, rule), Verdict.CLEAR.value)
            if verdict.value != found:
                yield (
                    phrase(
                        "rule {rule!r} is {found} of {home}, and by the reference {right}",
                        rule=rule,
                        found=word(Verdict(found)),
                        home=home,
                        right=word(verdict),
                    ),
                    [],
                )


def uncounted(
    before: Screening[Any],
    after: Screening[Any],
    holding: Holding,
    gone: Collection[Loss],
    step: Collection[Loss],
) -> Iterator[Phrase]:
    """Name what was lost of a population without being counted.

    Args:
        before: The screening before the last losses.
        after: The screening after them.
        holding: What was held before any loss.
        gone: What was lost before.
        step: What was lost now.
    """
    judged = {row[0] for row in rows(after.judged)}
    if {row[0] for row in rows(before.judged)} - judged and (
        sum(after.rows_set_aside.values()) <= sum(before.rows_set_aside.values())
    ):
        yield phrase("a household is judged no longer, and no row was set aside")
    read = {name for rule in after.current.rules for name in tables_read(rule.when)}
    every = {*gone, *step}
    for name in sorted(read):
        table = after.pack.schema.tables[name]
        dropped = [one.row for one in step if one.table == name and not one.column]
        if table.roster is not None:
            homes = holding.tables[name]["household_id"].gather(sorted(dropped))
            if judged & set(homes) and name not in after.rosters:
                yield phrase("rows of {name} are dropped, and its roster is whole", name=name)
        else:
            kept = set(after.deliveries or ()) - set(after.deliveries_lost)
            by = holding.holders(table)
            for row in dropped:
                if any(holding.deliveries[number] in kept for number in by[row]):
                    yield phrase(
                        "row {row} of {name} is dropped, and its delivery counts",
                        row=row,
                        name=name,
                    )
        strays = len(_strays(name, every))
        if strays > after.rejected_counts.get((name, "missing-id", "household_id"), 0):
            yield phrase(
                "{strays} rows of {name} have no household, and fewer were set aside for it",
                strays=strays,
                name=name,
            )
        if strays > (after.unplaced[name]["rows"].sum() if name in after.unplaced else 0):
            yield phrase(
                "{strays} rows of {name} have no household, and fewer are unplaced",
                strays=strays,
                name=name,
            )


def _strays(table: str, every: Iterable[Loss]) -> set[int]:
    """The rows that have lost their household and are still there."""
    mine = [one for one in every if one.table == table]
    gone = {one.row for one in mine if not one.column}
    return {one.row for one in mine if one.column == "household_id"} - gone


__all__ = [
    "DELIVERIES",
    "Screens",
    "asks_about_knowledge",
    "assert_loss_never_clears",
    "cleared",
    "uncounted",
]
