"""Households that one rule is about to judge otherwise."""

from __future__ import annotations

from datetime import date

from hypothesis import strategies as st

from antipoverty.codes import AreaCode
from antipoverty.conditions import tables_read
from antipoverty.conditions.evidence import fields_by_path
from antipoverty.model import Household
from antipoverty.rules import Pack, Rule
from antipoverty.testing._search.drafts import Draft, rosters_of
from antipoverty.testing._search.subject import Subject, subject
from antipoverty.testing._strategies.aim import Aim
from antipoverty.testing._strategies.households import Edges, params_of
from antipoverty.testing._strategies.sides import sides

GOALS = (False, True, None, False, None)
"""Clear is the simplest; a household on the line and one beside it can both be it."""


def near_threshold(
    rule: Rule | str, pack: Pack | None = None, *, as_of: date | None = None, area: str = ""
) -> st.SearchStrategy[Household]:
    """Draw households on, just under and just over every threshold of a rule.

    A third each is meant to warn, to be clear and to be undecided. One comparison
    decides each, and its two sides are equal or one step apart: a fen, a person, a day.
    Rows lie on the first and last day of the rule's windows and on the days beside. One in
    six is a household that was solved for, so that no side is missed that there is.

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
    known = tuple(sides(about).found.values())
    return _near(about, Edges.of([about.rule.when], about.as_of, params_of(about.pack)), known)


@st.composite
def _near(
    draw: st.DrawFn, about: Subject, edges: Edges, solved: tuple[Household, ...]
) -> Household:
    if solved and draw(st.sampled_from([False] * 5 + [True])):
        id_ = f"h{draw(st.integers(1, 10**6))}"
        return draw(st.sampled_from(solved)).model_copy(update={"household_id": id_})
    nothing = dict.fromkeys(about.schema.household.fields)
    draft = Draft(
        {**nothing, "area": AreaCode(about.area)},
        {name: [] for name in about.schema.tables},
        rosters_of(about.schema, about.as_of, tables_read(about.rule.when)),
    )
    aim = Aim(draw, about.setting, edges.known)
    draft = aim.at(about.rule.when, draw(st.sampled_from(GOALS)), draft)
    if draw(st.sampled_from([False] * 3 + [True])):
        draft = _disturbed(draw, draft, about, edges)
    return draft.build(about.pack.model, f"h{draw(st.integers(1, 10**6))}")


def _disturbed(draw: st.DrawFn, draft: Draft, about: Subject, edges: Edges) -> Draft:
    """Change one fact the rule reads, so that no pattern of the aim goes unbroken."""
    read = (f for f in fields_by_path(about.rule.when).values() if f.name != "area")
    places = [(field, scope) for field in read for scope in draft.scopes(field)]
    if not places:
        return draft
    field, scope = draw(st.sampled_from(places))
    known = edges.known(field)
    return draft.set(field, draw(known if field.required else st.none() | known), scope)


__all__ = ["near_subject", "near_threshold"]
