"""Packs whose models do not go together are refused, in whatever order they are combined."""

from __future__ import annotations

import itertools
from datetime import date
from typing import Annotated, Any, ClassVar

import attrs
import pytest

from antipoverty.conditions import facts, in_words
from antipoverty.errors import InvalidPackError
from antipoverty.judgement import JudgementRule, Pattern
from antipoverty.model import Fact, Household, Member, Row, schema_of
from antipoverty.packs import shaanxi_2531
from antipoverty.rules import Pack, Source, Text, combine
from packs import a_pack, a_rule

TEXT, SOURCE = Text("例", "example"), Source("none")


def fact(**given: Any) -> Fact:
    """A fact about orchards."""
    return Fact(**{"zh": "果园", "en": "orchard", "unit": "mu", "low": 0, "high": 99} | given)


class Orchard(Household):
    """The first county's."""

    orchard: Annotated[int | None, fact()] = None


class OtherUnit(Household):
    """The same name with another unit."""

    orchard: Annotated[int | None, fact(unit="person")] = None


class OtherBounds(Household):
    """The same name with other bounds."""

    orchard: Annotated[int | None, fact(high=9)] = None


class OtherKind(Household):
    """The same name for a flag."""

    orchard: Annotated[bool | None, Fact(zh="果园", en="orchard")] = None


class Tree(Row):
    """A row of a county's own table."""

    KEY: ClassVar[str] = "tree_id"
    LABEL: ClassVar[tuple[str, str]] = ("果树", "trees")
    tree_id: Annotated[str, Fact(zh="编号", en="tree id")]
    planted: Annotated[date | None, Fact(zh="栽种日", en="day of planting")] = None


class DatedTree(Tree):
    """The same with a day that windows look at."""

    DAY: ClassVar[str | None] = "planted"


class Trees(Household):
    """A county with trees."""

    trees: tuple[Tree, ...] | None = None


class DatedTrees(Household):
    """Another county with trees."""

    trees: tuple[DatedTree, ...] | None = None


class Guest(Member):
    """A member with one fact more."""

    guest: Annotated[bool | None, Fact(zh="客", en="guest")] = None


class Guests(Household):
    """A county that knows more of members."""

    members: tuple[Guest, ...] | None = None  # type: ignore[assignment]


class Lodger(Member):
    """A member with another fact more."""

    lodger: Annotated[bool | None, Fact(zh="租客", en="lodger")] = None


class Lodgers(Household):
    """A county that knows other things of members."""

    members: tuple[Lodger, ...] | None = None  # type: ignore[assignment]


def pack(model: type[Household]) -> Pack:
    """A pack of a model, without rules."""
    return a_pack(id_=model.__name__.lower(), departments={}, model=model)


@pytest.mark.parametrize(
    ("one", "other", "told"),
    [
        (Orchard, OtherUnit, "'orchard'"),
        (Orchard, OtherBounds, "'orchard'"),
        (Orchard, OtherKind, "'orchard'"),
        (Trees, DatedTrees, "the day of table 'trees'"),
        (Guests, Lodgers, "'members."),
    ],
)
def test_models_that_differ_are_refused_in_any_order(one: Any, other: Any, told: str) -> None:
    """Also when a third pack stands between them."""
    for packs in itertools.permutations([pack(one), pack(other), pack(Household)]):
        with pytest.raises(InvalidPackError, match=told):
            combine(*packs)


@pytest.mark.parametrize("models", [(Orchard, Trees), (Orchard, Guests), (Trees, Household)])
def test_models_that_agree_are_combined_with_all_their_facts_in_any_order(models: Any) -> None:
    """Nothing of either is lost."""
    for order in itertools.permutations(models):
        whole = schema_of(combine(*map(pack, order)).model)
        for model in models:
            for table in schema_of(model):
                assert table.fields.items() <= whole.table(table.name).fields.items()


def test_a_table_that_the_model_lacks_is_told_by_its_name() -> None:
    """The rule was made for another model."""
    when = facts(Trees).trees.any(facts(Trees).trees.planted.is_known())
    with pytest.raises(InvalidPackError, match=r"the table 'trees'.*\[unknown-table\]"):
        a_pack(when)


def judged(**given: Any) -> Pack:
    """The Shaanxi pack with one judgement rule more."""
    shipped = shaanxi_2531()
    rule = JudgementRule(id="j", title=TEXT, source=SOURCE, since=date(2021, 1, 1), **given)
    return shipped.evolve(judgements=[*shipped.judgements.values(), rule])


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"need": [Pattern(risk="ilness")]}, "did you mean 'illness'"),
        ({"need": [Pattern(where="a.risk == 'ilness'")]}, "did you mean 'illness'"),
        ({"need": [Pattern(category="suden")]}, "did you mean 'sudden'"),
        ({"need": [Pattern(where="a.department in ('education', 'medical')")]}, "medical"),
        ({"need": [Pattern(), Pattern()], "where": "b.category == 'suden'"}, "'sudden'"),
        ({"given": ["high-risk"], "lack": [Pattern(where="a.name != 'labour-los'")]}, "labour-los"),
    ],
)
def test_a_judgement_rule_names_only_words_of_its_pack(given: Any, told: str) -> None:
    """Risks of its rules, departments, categories, names of rules; in guards too."""
    with pytest.raises(InvalidPackError, match=told) as caught:
        judged(**given)
    assert "judgement rule 'j'" in str(caught.value)


def test_what_comes_from_elsewhere_has_names_of_its_own_and_the_pack_s_risks() -> None:
    """A measure is of a workflow; a risk that the pack does not declare is a slip."""
    assert "j" in judged(need=[Pattern(kind="measure", name="frost-relief")]).judgements
    with pytest.raises(InvalidPackError, match="did you mean 'illness'"):
        judged(need=[Pattern(kind="measure", risk="ilness")])
    undeclared = shaanxi_2531().evolve(risks={})
    rule = JudgementRule(
        id="j",
        title=TEXT,
        source=SOURCE,
        since=date(2021, 1, 1),
        need=[Pattern(kind="measure", risk="frost")],
    )
    assert "j" in undeclared.evolve(judgements=[rule]).judgements


def test_a_rule_names_only_risks_that_its_pack_declares() -> None:
    """With the near word; and what is declared is said by its label."""
    shipped = shaanxi_2531()
    slip = [
        attrs.evolve(one, risk="ilness") if one.risk == "illness" else one
        for one in shipped.rules.values()
    ]
    with pytest.raises(InvalidPackError, match=r"risk names 'ilness'.*did you mean 'illness'"):
        shipped.evolve(rules=slip)
    made = judged(need=[Pattern(where="a.risk == 'illness'")]).judgements["j"]
    (pattern,) = made.need
    assert pattern.where is not None
    assert in_words(pattern.where, "zh") == "风险为因病"


def test_risks_go_where_packs_go() -> None:
    """Combined with a pack that declares none, its rules keep theirs; one word, one meaning."""
    other = a_pack(a_rule("water_safe", "frosty", risk="frost"), id_="other")
    both = combine(shaanxi_2531(), other)
    assert both.risks["illness"].zh == "因病"
    assert both.risks["frost"].zh == "frost"
    clash = a_pack("water_safe", id_="other", risks={"illness": Text("病", "ill")})
    with pytest.raises(InvalidPackError, match="illness"):
        combine(shaanxi_2531(), clash)
