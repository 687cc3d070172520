"""Households that one rule is about to judge otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import attrs
from hypothesis import strategies as st

from antipoverty.codes import AreaCode
from antipoverty.conditions import tables_read, truth
from antipoverty.conditions.evidence import fields_by_path
from antipoverty.model import Household
from antipoverty.rules import Pack, Rule, Verdict
from antipoverty.testing._search.drafts import Draft, rosters_of
from antipoverty.testing._search.subject import Subject, subject
from antipoverty.testing._strategies.aim import Aim, Target
from antipoverty.testing._strategies.choices import one_of
from antipoverty.testing._strategies.households import Edges, params_of
from antipoverty.testing._strategies.sides import sides

GOALS = (False, True, None, True, None, True, None)
"""A third each; clear is the simplest, to which a failure shrinks and Hypothesis returns, in one
draw of four."""
_WHETHER = [
    (whether, changed) for whether in (*[False] * 5, True) for changed in (*[False] * 3, True)
]
"""Whether a household that was solved for is taken, and whether one fact is changed."""
_NUMBER = st.integers(1, 10**6)


def near_threshold(
    rule: Rule | str, pack: Pack | None = None, *, as_of: date | None = None, area: str = ""
) -> st.SearchStrategy[Household]:
    """Draw households on, just under and just over every threshold of a rule.

    A third each is meant to warn, to be clear and to be undecided. One comparison
    decides each, and its two sides are equal or one step apart: a fen, a person, a day.
    Rows lie on the first and last day of the rule's windows and on the days beside. One in
    six is a household that was solved for, and so is each where aiming missed its side, so
    that no side is missed that there is.

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
    edges = Edges.of([about.rule.when], about.as_of, params_of(about.pack))
    nothing = dict.fromkeys(about.schema.household.fields)
    draft = Draft(
        {**nothing, "area": AreaCode(about.area)},
        {name: [] for name in about.schema.tables},
        rosters_of(about.schema, about.as_of, tables_read(about.rule.when)),
    )
    target = Target.of(about.rule.when, edges.options)
    return _near(_Asked(about, edges, target, draft, sides(about).found))


@attrs.frozen(repr=False)
class _Asked:
    """What households are drawn by, printed in short where Hypothesis prints a strategy."""

    about: Subject
    edges: Edges
    target: Target
    draft: Draft
    solved: Mapping[Verdict, Household]

    def _repr_pretty_(self, printer: Any, _cycle: object) -> None:
        printer.text(f"near {self.about.rule.id} on {self.about.as_of}")


@st.composite
def _near(draw: st.DrawFn, asked: _Asked) -> Household:
    about, edges, solved = asked.about, asked.edges, asked.solved
    id_, goal = f"h{draw(_NUMBER)}", one_of(draw, GOALS)
    draft = Aim(draw, about.setting).at(asked.target, goal, asked.draft)
    # drawn last, so that what was aimed at its threshold is what a failure shrinks to
    whether, changed = one_of(draw, _WHETHER)
    known = solved.get(Verdict.of(goal))
    if known is not None:
        missed = truth(about.rule.when, draft.household(), about.setting) is not goal
        if whether or missed:
            return known.model_copy(update={"household_id": id_})
    if changed:
        draft = _disturbed(draw, draft, about, edges)
    return draft.build(about.pack.model, id_)


def _disturbed(draw: st.DrawFn, draft: Draft, about: Subject, edges: Edges) -> Draft:
    """Change one fact the rule reads, so that no pattern of the aim goes unbroken."""
    read = (f for f in fields_by_path(about.rule.when).values() if f.name != "area")
    places = [(field, scope) for field in read for scope in draft.scopes(field)]
    if not places:
        return draft
    field, scope = one_of(draw, places)
    known = edges.known(field)
    return draft.set(field, draw(known if field.required else st.none() | known), scope)


__all__ = ["near_subject", "near_threshold"]
