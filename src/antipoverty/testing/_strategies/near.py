"""Households that one rule is about to judge otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from types import SimpleNamespace
from typing import Any

from hypothesis import strategies as st

from antipoverty.conditions import fields_read
from antipoverty.model import Household
from antipoverty.rules import Pack, Rule
from antipoverty.testing._search.subject import Subject, subject
from antipoverty.testing._strategies.aim import Aim
from antipoverty.testing._strategies.households import Edges, Maker, params_of

GOALS = (False, True, None, False, None)
"""Clear is the simplest; a household on the line and one beside it can both be it."""


def near_threshold(
    rule: Rule | str, pack: Pack | None = None, *, as_of: date | None = None, area: str = ""
) -> st.SearchStrategy[Household]:
    """Draw households on, just under and just over every threshold of a rule.

    A third each is meant to warn, to be clear and to be undecided. One comparison
    decides each, and its two sides are equal or one step apart: a fen, a person, a day.
    Rows lie on the first and last day of the rule's windows and on the days beside.

    Args:
        rule: The rule, or its id in the pack.
        pack: The pack; may be left out for a rule that reads no parameter.
        as_of: The day the answer is for; by default the first on which the rule has
            all its values.
        area: Where the households live; by default a village of the rule's area.
    """
    return near_subject(subject(rule, pack, as_of=as_of, area=area))


def near_subject(about: Subject) -> st.SearchStrategy[Household]:
    """Draw households near the thresholds of a rule that was found already."""
    params = params_of(about.pack)
    edges = Edges.of([about.rule.when], about.as_of, params)
    maker = Maker(about.schema, about.pack.model, edges)
    return _near(maker, about)


@st.composite
def _near(draw: st.DrawFn, maker: Maker, about: Subject) -> Household:
    household = maker.blank(about.area)
    aim = Aim(draw, household, about.setting, about.schema, maker.edges.known)
    aim.at(about.rule.when, draw(st.sampled_from(GOALS)))
    if draw(st.sampled_from([False] * 7 + [True])):
        _disturb(draw, household, about, maker)
    household.household_id = f"h{draw(st.integers(1, 10**6))}"
    return maker.validated(household)


def _disturb(draw: st.DrawFn, household: SimpleNamespace, about: Subject, maker: Maker) -> None:
    """Change one fact the rule reads, so that no pattern of the aim goes unbroken."""
    owners: list[tuple[SimpleNamespace, Any]] = []
    for path in fields_read(about.rule.when):
        table, _, name = path.rpartition(".")
        field = about.schema.table(table or None).fields[name]
        rows: Sequence[SimpleNamespace] = getattr(household, table) if table else [household]
        owners += [(row, field) for row in rows]
    if owners:
        owner, field = draw(st.sampled_from(owners))
        known = maker.edges.known(field)
        setattr(owner, field.name, draw(known if field.required else st.none() | known))


__all__ = ["near_subject", "near_threshold"]
