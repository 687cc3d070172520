"""Proofs agree with the reference, find every planted difference, and say how far they reach."""

from __future__ import annotations

import json
import sys
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import field_validator

pytest.importorskip("z3", reason="proofs need the extra 'proofs'")

from antipoverty.conditions import (
    Condition,
    Setting,
    household,
    param,
    parse,
    records,
    truth,
    yuan,
)
from antipoverty.conditions import tree as nodes
from antipoverty.conditions.spans import Arithmetic, Ends
from antipoverty.conditions.windows import Window
from antipoverty.errors import (
    InvalidArgumentError,
    MissingExtraError,
    UnconfirmedWitnessError,
    UnknownFieldError,
)
from antipoverty.model import Household, Unit, schema_of
from antipoverty.packs import shaanxi_2531
from antipoverty.rules import Amount, Pack, Rule, Source, Verdict, judge
from antipoverty.testing import mutants
from antipoverty.testing._proofs import (  # private: the solver is broken on purpose
    ask as _proofs_ask,
)
from antipoverty.testing._proofs import (  # private: the solver is broken on purpose
    encode as _proofs_encode,
)
from antipoverty.testing._proofs import (  # private: what is asked is counted
    equal as _proofs_equal,
)
from antipoverty.testing._proofs import (  # private: the solver is broken on purpose
    logic as _proofs_logic,
)
from antipoverty.testing._proofs.encode import (  # private: the encoding is held to the reference
    Meaning,
)
from antipoverty.testing._proofs.logic import (  # private: the encoding is held to the reference
    both,
    load,
    no,
)
from antipoverty.testing._proofs.rows import atoms, needs  # private: how many rows a claim needs
from antipoverty.testing._proofs.sketch import (  # private: the encoding is held to the reference
    FRESH,
    SymbolicHousehold,
    Words,
)
from antipoverty.testing.proofs import (
    Claim,
    Effort,
    Outcome,
    Proof,
    covers,
    equal,
    exclusive,
    implies,
    is_equivalent,
    monotone,
    never_warns,
    owes,
    prove_pack,
)
from antipoverty.testing.strategies import conditions, households
from packs import a_pack, a_parameter, a_rule
from rosters import complete

SCHEMA = schema_of(Household)
SOURCE = Source("made for the test")
DAYS = [date(2022, 1, 1), date(2021, 12, 31), date(2020, 2, 29), date(2021, 7, 15)]
TODAY = date(2021, 12, 1)
PARAMS: dict[str, tuple[Unit, list[int | Fraction]]] = {
    "line": (Unit.parse("yuan/person"), [600_000]),
    "share": (Unit.parse("1"), [Fraction(3, 5)]),
}
VALUES: dict[str, int | Fraction] = {"line": 600_000, "share": Fraction(3, 5)}
SHAANXI = shaanxi_2531()


def made(when: Condition | str, called: str = "made", **more: Any) -> Rule:
    """A rule that is in force from 2020 on."""
    return a_rule(when, called, **more)


def pack_of(*rules: Rule, values: dict[str, int] | None = None, **more: Any) -> Pack:
    """A pack with a line of 6,000 yuan, or of other values by area."""
    line = a_parameter("line", "yuan/person", values or 600_000)
    return a_pack(*rules, parameters=[line], **more)


def version(rule_id: str, old: str, new: str) -> Rule:
    """A rule of the Shaanxi pack with something else written in it."""
    rule = SHAANXI.rules[rule_id]
    assert old in str(rule.when)
    return attrs.evolve(rule, when=parse(str(rule.when).replace(old, new), SHAANXI.schema))


# --- the encoding is the reference ------------------------------------------------


@st.composite
def judged(draw: st.DrawFn) -> tuple[date, Condition, Household]:
    """A condition, and a household at its thresholds."""
    as_of = draw(st.sampled_from(DAYS))
    condition = draw(conditions(params=PARAMS))
    household = draw(households([condition], as_of=as_of, params=PARAMS))
    return as_of, condition, household


def given_facts(sketch: SymbolicHousehold, household: Household) -> list[Any]:
    """That the unknowns of a sketch are the facts of a household."""
    z3 = load()
    found: list[Any] = [here for rows in sketch.tables.values() for here in rows]
    spare: dict[str, dict[str, str]] = {}
    for (_, row), cell in sketch.cells.items():
        owner = household if cell.field.table is None else getattr(household, cell.field.table)[row]
        value = getattr(owner, cell.field.name)
        if value is None:
            found.append(z3.Not(cell.known))
            continue
        if cell.known is not True:
            found.append(cell.known)
        if isinstance(value, str):
            fitting = [sketch.words.word(code) for code in sketch.words.of(cell.field)]
            others = spare.setdefault(cell.field.path, {})
            if value not in fitting and value not in others:  # two words stay two
                others[value] = FRESH[-1 - len(others)]
            value = sketch.words.code(others.get(value, value))
        elif isinstance(value, date):
            value = value.toordinal()
        found.append(cell.value == value)
    return found


@pytest.mark.slow
@given(case=judged())
@settings(max_examples=150)
def test_the_encoding_answers_what_the_reference_answers(
    case: tuple[date, Condition, Household],
) -> None:
    """With the facts given, a condition has exactly one of three truths: the reference's."""
    as_of, condition, household = case
    household = complete(household)
    setting = Setting(as_of, VALUES)
    words = Words(Household, SCHEMA, [condition], [str(household.area)])
    rows = {"members": len(household.members or ()), "records": len(household.records or ())}
    sketch = SymbolicHousehold(SCHEMA, words, rows)
    held = Meaning(sketch, setting).truth(condition)
    solver = load().Solver()
    solver.add(*given_facts(sketch, household), *sketch.limits)
    assert solver.check() == load().sat
    expected = truth(condition, household, setting)
    wrong = {
        True: both(held.true, no(held.false)),
        False: both(held.false, no(held.true)),
        None: both(no(held.true), no(held.false)),
    }[expected]
    solver.add(load().BoolVal(False) if wrong is True else load().Not(wrong))
    assert solver.check() == load().unsat


@st.composite
def sums(draw: st.DrawFn) -> Condition:
    """Several questions about the same records, amounts among them."""
    return nodes.And(tuple(draw(st.lists(_about_records(), min_size=2, max_size=3))))


@st.composite
def _about_records(draw: st.DrawFn) -> Condition:
    rows = draw(
        st.sampled_from(
            [
                records.where(),
                records.where(kind="a"),
                records.where(kind="b"),
                records.where(records.day.is_known()),
                records.where(records.amount > yuan("0.03")),
            ]
        )
    )
    if draw(st.booleans()):
        rows = rows.within(months=draw(st.sampled_from([1, 12])))
    operator = draw(st.sampled_from(["<", "<=", "==", "!=", ">", ">="]))
    if draw(st.integers(0, 4)) == 0:
        return nodes.compare(operator, rows.count(), draw(st.integers(0, 2)))
    value = getattr(rows, draw(st.sampled_from(["sum", "sum", "sum", "min", "max"])))("amount")
    against = draw(st.sampled_from([yuan("0.05"), yuan(10**8), household.net_income_12m]))
    found = nodes.compare(operator, value, against)
    return draw(st.sampled_from([found, ~found, nodes.Known(value), ~nodes.Known(found)]))


@pytest.mark.slow
@given(condition=st.one_of(conditions(params=PARAMS), sums(), sums()))
@settings(max_examples=100)
def test_more_rows_than_enough_change_nothing(condition: Condition) -> None:
    """What is possible with the rows said to be enough is what is possible with two more."""
    setting = Setting(TODAY, VALUES)
    need = needs(atoms(condition, setting), 5)
    if not all(one.enough for one in need.values()):
        return
    answers = []
    for more in (0, 2):
        rows = {table: one.rows + more for table, one in need.items()}
        sketch = SymbolicHousehold(
            SCHEMA, Words(Household, SCHEMA, [condition], ["610702100200"]), rows
        )
        held = Meaning(sketch, setting).truth(condition)
        found = []
        for goal in (held.true, held.false, both(no(held.true), no(held.false))):
            solver = load().Solver()
            solver.set("timeout", 10_000)
            solver.add(*sketch.limits, load().BoolVal(goal) if isinstance(goal, bool) else goal)
            found.append(solver.check())
        answers.append(found)
    assert answers[0] == answers[1]


# --- planted differences ----------------------------------------------------------


@attrs.frozen
class _DayMore(Window):
    def first(self, as_of: date) -> date:
        return Window(self.unit, self.size).first(as_of) - timedelta(days=1)


def test_an_operator_turned_is_found_on_the_threshold() -> None:
    """``>`` and ``>=`` differ for a household exactly on the line, and it is shown."""
    other = version("medical-burden-general", "> param", ">= param")
    proof = equal("medical-burden-general", other, SHAANXI)
    assert proof.outcome is Outcome.REFUTED
    assert proof.witness is not None
    assert [one.value for one in proof.verdicts.values()] == ["clear", "warn"]
    assert sum(one.amount or 0 for one in proof.witness.records or ()) == 2_600_000


def test_a_window_a_day_too_long_is_found_on_that_day() -> None:
    """The witness holds a record of the very day that the window should leave out."""
    rule = SHAANXI.rules["suspected-dropout"]
    assert isinstance(rule.when, nodes.Exists)
    rows = attrs.evolve(rule.when.rows, window=_DayMore("months", 12))
    other = attrs.evolve(rule, when=nodes.Exists(rows))
    proof = equal(rule, other, SHAANXI, as_of=TODAY)
    assert proof.outcome is Outcome.REFUTED
    assert proof.witness is not None
    (record,) = proof.witness.records or ()
    assert record.day == date(2020, 11, 30)


def test_a_missing_fact_read_as_zero_is_found() -> None:
    """The witness lacks the fact: undecided for the rule, a warning for the one that guesses."""
    rule = SHAANXI.rules["income-under-line"]
    zero = parse("not monitored and net_income_12m is not known and size is known", SHAANXI.schema)
    proof = equal(rule, attrs.evolve(rule, when=rule.when | zero), SHAANXI)
    assert proof.witness is not None
    assert proof.witness.net_income_12m is None
    assert list(proof.verdicts.values()) == [Verdict.UNDECIDED, Verdict.WARN]


def test_every_day_in_force_is_asked() -> None:
    """Twelve months and 365 days differ only where a leap day lies between."""
    other = version("suspected-dropout", "months=12", "days=365")
    assert equal("suspected-dropout", other, SHAANXI, as_of=TODAY).holds
    proof = equal("suspected-dropout", other, SHAANXI)
    assert proof.outcome is Outcome.REFUTED
    assert proof.as_of is not None
    leap = proof.as_of.year if proof.as_of.month > 2 else proof.as_of.year - 1
    assert leap % 4 == 0
    same = version("suspected-dropout", "months=12", "years=1")
    assert equal("suspected-dropout", same, SHAANXI).holds


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("labourers == 0", "labourers <= 0", True),
        ("labourers < labourers_prev", "not labourers >= labourers_prev", True),
        ("not (monitored and water_safe)", "not monitored or not water_safe", True),
        ("any(members, not insured)", "not all(members, insured)", True),
        ("any(members, not insured)", "count(members, not insured) >= 1", True),
        ("count(members, disabled) > 1", "count(members, disabled) >= 3", False),
        ("monitored or not monitored", "monitored is known", False),
        ("not monitored", "monitored is not known or not monitored", False),
        ("min(members, age) < 6", "any(members, age < 6)", False),
        ("sum(records, amount) > 0", "any(records, amount > 0)", True),
        ("sum(records, amount) > yuan(1)", "any(records, amount > yuan(1))", False),
        ("members_share", "members_share", True),
    ],
)
def test_conditions_are_equal_only_when_all_three_verdicts_are(
    one: str, other: str, same: bool
) -> None:
    """De Morgan holds, the excluded middle does not, and a missing fact tells many apart."""
    if one == "members_share":
        one = other = "score((1, monitored), (ratio(1, 3), not water_safe)) >= 1"
    proof = equal(made(one), made(other, called="other"), pack_of())
    assert proof.holds is same
    assert (proof.witness is None) is same


def test_versions_are_compared_across_packs_and_days() -> None:
    """A moved line shows a household between the two; the same line of two packs shows none."""
    rule = made(household.net_income_12m < param("line") * household.size)
    old, new = pack_of(rule), pack_of(rule, values={"": 700_000})
    assert equal("made", "made", old, other_pack=pack_of(rule)).holds
    proof = equal("made", "made", old, other_pack=new, as_of=TODAY)
    assert proof.witness is not None
    witness = proof.witness
    assert witness.net_income_12m is not None
    assert witness.size is not None
    assert 600_000 * witness.size <= witness.net_income_12m < 700_000 * witness.size
    assert list(proof.verdicts) == ["made", "made'"]
    later = made(rule.when, called="later", since=date(2022, 1, 1))
    ended = attrs.evolve(rule, until=date(2021, 12, 31))
    both_ = pack_of(ended, later)
    with pytest.raises(InvalidArgumentError, match="together on no day"):
        equal("made", "later", both_)
    assert equal("made", "later", both_, as_of=TODAY, other_as_of=date(2022, 6, 1)).holds


def test_a_superseded_rule_is_asked_until_it_is_superseded() -> None:
    """From the first day of the later rule on, and after its last, nobody is judged by it."""
    early = made("monitored_since <= ago(days=365)")
    late = made("size > 4", called="late", supersedes="made", since=date(2020, 2, 1))
    ended = attrs.evolve(late, until=date(2021, 1, 1))
    months = attrs.evolve(early, when=parse("monitored_since <= ago(months=12)"))
    assert not equal(early, months, pack_of(early)).holds
    proof = equal(early, months, pack_of(early, ended))
    assert proof.holds
    assert proof.within.until == date(2020, 1, 31)


# --- one question each ------------------------------------------------------------


def test_the_middle_of_open_scores_is_not_known() -> None:
    """It is known where every row's score is, as the reference and the engines have it."""
    known = "median(members, score((1, disabled))) is known"
    assert never_warns(made(f"{known} and any(members, disabled is not known)")).holds
    assert never_warns(made(f"{known} and all(members, disabled)")).outcome is Outcome.REFUTED


def test_a_rule_that_contradicts_itself_never_warns() -> None:
    """It is proved, within bounds that the answer states."""
    proof = never_warns(made("size > 3 and size < 3"))
    assert proof.holds
    assert proof.within.complete
    assert "proved" in proof.explain("en")
    assert "已证明" in proof.explain("zh")
    assert never_warns(made("size > 99")).holds
    assert never_warns(made("size > 98")).outcome is Outcome.REFUTED


def test_a_witness_is_a_household_that_is_judged_so_and_is_plain() -> None:
    """Every fact that matters is known, there is no row for nothing, and the amount is round."""
    proof = never_warns("income-under-line", SHAANXI, as_of=TODAY)
    household = proof.witness
    assert household is not None
    assert judge(household, SHAANXI, as_of=TODAY).verdicts["income-under-line"] is Verdict.WARN
    assert household.members == household.records == ()
    assert household.net_income_12m is not None
    assert household.net_income_12m % 100_000 == 0
    for language, words in (
        ("en", ("refuted", "invented", "net income")),
        ("zh", ("反例", "纯收入")),
    ):
        said = proof.explain(language)  # type: ignore[arg-type] # pairs of both languages
        assert all(word in said for word in words)
    assert "witness" not in repr(proof)
    assert json.loads(json.dumps(proof.to_dict()))["outcome"] == "refuted"


def test_one_rule_may_imply_another_and_two_may_exclude_each_other() -> None:
    """The stricter of two lines implies the other, and a status excludes its opposite."""
    assert implies("disaster-loss", "disaster", SHAANXI).holds
    back = implies("disaster", "disaster-loss", SHAANXI)
    assert back.verdicts["disaster"] is Verdict.WARN
    assert back.verdicts["disaster-loss"] is not Verdict.WARN
    assert exclusive("admission-monitored", "admission-other", SHAANXI).holds
    meet = exclusive("uninsured-member", "unsafe-water", SHAANXI)
    assert set(meet.verdicts.values()) == {Verdict.WARN}


def test_a_gap_between_categories_is_shown() -> None:
    """Under the line with no labourer somebody warns or asks; above it nobody need do so."""
    under = 'not monitored and net_income_12m < param("monitoring_line") * size and labourers == 0'
    categories = ["category-unstable", "category-marginal"]
    assert covers(categories, under, SHAANXI, undecided=True).holds
    strict = covers(categories, under, SHAANXI)
    assert strict.witness is not None
    assert strict.witness.formerly_poor is None
    assert "formerly registered as poor = not known" in strict.explain("en")
    gap = covers(categories, "not monitored and labourers == 0", SHAANXI, undecided=True)
    assert set(gap.verdicts.values()) == {Verdict.CLEAR}
    with pytest.raises(InvalidArgumentError, match="at least one"):
        covers([], under, SHAANXI)


NEVER = "98 < size < 2"


@pytest.mark.parametrize(
    ("claimed", "unmet"),
    [
        (lambda pack: implies("never", "big", pack), ("never",)),
        (lambda pack: implies("big", "never", pack), None),
        (lambda pack: implies("big", "big", pack), ()),
        (lambda pack: exclusive("big", "never", pack), ("never",)),
        (lambda pack: exclusive("small", "big", pack), ()),
        (lambda pack: covers(["big"], NEVER, pack), (NEVER,)),
        (lambda pack: covers(["big"], NEVER, pack, undecided=True), (NEVER,)),
        (lambda pack: covers(["big"], "size > 5", pack), ()),
        (lambda pack: monotone("never", "size", pack, worse="up"), ("never",)),
        (lambda pack: monotone("blind", "size", pack, worse="up"), ("blind",)),
        (lambda pack: monotone("most", "size", pack, worse="up"), ()),
        (lambda pack: monotone("most", "size", pack, worse="down"), None),
        (lambda pack: monotone("big", "size", pack, worse="up"), ()),
        (lambda pack: owes("never", pack), ("never",)),
        (lambda pack: owes("big", pack), ()),
    ],
)
def test_a_claim_that_supposes_what_nobody_is_is_vacuous_and_does_not_hold(
    claimed: Any, unmet: tuple[str, ...] | None
) -> None:
    """It says what nobody is; the same claim of somebody is proved, and a refuted one stays so."""
    owed = Amount("size * yuan('1', per='person')", period="month")
    whens = {"never": NEVER, "big": "size > 3", "small": "size < 2", "most": "size == 99"}
    whens["blind"] = "size is not known"
    every = [attrs.evolve(made(when, called=id_), amount=owed) for id_, when in whens.items()]
    proof = claimed(pack_of(*every))
    expected = Outcome.REFUTED if unmet is None else (Outcome.PROVED, Outcome.VACUOUS)[bool(unmet)]
    assert proof.outcome is expected
    assert proof.holds is (unmet == ())
    assert proof.unmet == (unmet or ())
    assert proof.to_dict()["unmet"] == list(unmet or ())
    for language, word in (("zh", "没有这样的农户"), ("en", "no household is so")):
        assert (word in proof.explain(language)) is bool(unmet)
        assert all(name in proof.explain(language) for name in unmet or ())


def test_a_pack_says_no_pair_of_a_rule_that_never_warns_and_what_was_stated_of_nobody() -> None:
    """Such a pair is no finding; a stated condition that nobody meets makes the pack unsound."""
    pack = pack_of(made(NEVER, called="never"), made("size > 3", called="big"))
    found = prove_pack(pack)
    assert [one.rules for one in found.never_warn] == [("never",)]
    assert not (*found.implied, *found.exclusive)
    vacuous = {(one.claim.value, *one.rules) for one in found.proofs if one.unmet}
    assert vacuous == {("implies", "never", "big"), ("exclusive", "big", "never")}
    alone = pack_of(made("size > 3", called="big"))
    assert prove_pack(alone, covered=["size > 5"], by=["big"], worse={"size": "up"}).sound
    stated = prove_pack(alone, covered=[NEVER], by=["big"])
    assert not stated.sound
    assert [one.unmet for one in stated.vacuous] == [(NEVER,)]
    assert NEVER in stated.explain("en")


@pytest.mark.parametrize(
    ("when", "fact", "worse", "holds"),
    [
        ("net_income_12m < yuan(6000)", "net_income_12m", "down", True),
        ("net_income_12m < yuan(6000)", "net_income_12m", "up", False),
        (
            "net_income_12m is known and net_income_12m < yuan(6000)",
            "net_income_12m",
            "down",
            False,
        ),
        ("net_income_12m == yuan(6000)", "net_income_12m", "down", False),
        ("not water_safe", "water_safe", "down", True),
        ("not water_safe", "water_safe", "up", False),
        ("sum(records, amount, months=12) > yuan(100)", "records.amount", "up", True),
        ("sum(records, amount, months=12) > yuan(100)", "records.day", "up", False),
        ("count(members, age >= 60) >= 2", "members.age", "up", True),
        ("any(members, 6 <= age <= 15)", "members.age", "up", False),
        ("max(records, amount) > 3 * min(records, amount)", "records.amount", "up", False),
        ("size > 3", "labourers", "down", True),
    ],
)
def test_a_worse_or_missing_fact_clears_no_warning(
    when: str, fact: str, worse: Any, holds: bool
) -> None:
    """Where it does, the household before and after are both shown and judged."""
    rule = made(when)
    proof = monotone(rule, fact, worse=worse)
    assert proof.holds is holds
    if not holds:
        before, after = proof.verdicts.values()
        assert before is Verdict.WARN
        assert after is not Verdict.WARN
        assert proof.beside is not None
        pack = proof.pack
        assert proof.as_of is not None
        assert judge(proof.beside, pack, as_of=proof.as_of).verdicts["made"] is after
        assert "worse fact" in proof.explain("en")


def test_what_cannot_get_worse_is_refused() -> None:
    """A text has no order, and a fact that is not there is named."""
    rule = made("size > 3")
    with pytest.raises(InvalidArgumentError, match="text"):
        monotone(rule, "dwelling_grade", worse="up")
    with pytest.raises(UnknownFieldError, match="did you mean 'size'"):
        monotone(rule, "sice", worse="up")
    with pytest.raises(InvalidArgumentError, match="direction"):
        monotone(rule, "size", worse="sideways")  # type: ignore[arg-type] # what is refused


# --- bounds -----------------------------------------------------------------------


def test_a_bound_on_rows_is_stated_where_no_number_is_enough() -> None:
    """Twenty rows are needed and eight are looked at: proved of up to eight, and said so."""
    rule = made("count(members, disabled) > 19")
    proof = never_warns(rule)
    assert proof.holds
    assert not proof.within.complete
    assert "at most 8 members" in proof.explain("en")
    assert "members 至多 8 行" in proof.explain("zh")
    assert never_warns(rule, effort=Effort(rows=20)).outcome is Outcome.REFUTED
    small = never_warns(made("count(members, disabled) > 2"))
    assert small.within.complete
    assert len(small.witness.members or ()) == 3 if small.witness else False


def test_every_place_with_values_of_its_own_is_asked() -> None:
    """Two lines that agree in the province and not in Xi'an are told apart in Xi'an."""
    line = household.net_income_12m < param("line") * household.size
    fixed = parse('net_income_12m < yuan(6000, per="person") * size')
    pack = pack_of(
        made(line), made(fixed, called="fixed"), values={"": 600_000, "6101": 650_000}, area="61"
    )
    proof = implies("made", "fixed", pack)
    assert proof.outcome is Outcome.REFUTED
    assert proof.witness is not None
    assert proof.witness.area.startswith("6101")
    assert implies("fixed", "made", pack).within.places == ("61", "6101")
    assert implies("fixed", "made", pack).holds


def test_texts_without_a_vocabulary_and_the_area_can_be_read() -> None:
    """A word no condition names is possible, and so is a village that one names."""
    proof = never_warns(made('any(records, department != "a" and department != "b")'))
    assert proof.witness is not None
    (record,) = proof.witness.records or ()
    assert record.department not in (None, "a", "b")
    assert never_warns(made('any(records, department == "Not A Word")')).holds
    there = never_warns(made('area == "610702100201"'))
    assert there.witness is not None
    assert there.witness.area == "610702100201"


def test_rules_that_are_not_there_or_not_in_force_are_named() -> None:
    """The message says which rule and which day."""
    with pytest.raises(InvalidArgumentError, match="no rule 'disastr'"):
        never_warns("disastr", SHAANXI)
    with pytest.raises(InvalidArgumentError, match="no rule 'disastr'"):
        equal("disastr", "disaster", SHAANXI)
    ended = made("size > 3", until=date(2020, 12, 31))
    with pytest.raises(InvalidArgumentError, match="not in force"):
        never_warns(ended, pack_of(ended, made("size > 4", called="other")), as_of=TODAY)
    here, there = made("size > 3", area="6107"), made("size > 4", called="other", area="6101")
    with pytest.raises(InvalidArgumentError, match="no household lives in"):
        exclusive(here, there, pack_of(here, there))
    with pytest.raises(InvalidArgumentError, match="give the pack"):
        exclusive(here, there, None)  # type: ignore[arg-type] # what is refused


def test_a_version_that_the_pack_does_not_hold_is_the_one_asked_about() -> None:
    """An edited rule is asked about as edited, and not as the pack still has it."""
    pack = pack_of(made("size > 3"), made("size > 2", called="other"))
    assert never_warns(made("size > 99"), pack).holds
    assert implies(made("size > 1"), "other", pack).outcome is Outcome.REFUTED
    assert equal(made("size >= 4"), "made", pack).holds


def test_an_effort_is_a_whole_number_from_one() -> None:
    """No seconds would mean no limit to the solver."""
    with pytest.raises(InvalidArgumentError, match="seconds"):
        Effort(seconds=0)


def test_a_place_is_asked_beside_the_smaller_ones_in_it() -> None:
    """A pack for anywhere with a value for one province is asked outside of it too."""
    line = household.net_income_12m < param("line") * household.size
    pack = pack_of(made(line), values={"": 600_000, "61": 650_000})
    proof = never_warns("made", pack)
    assert proof.witness is not None
    assert not proof.witness.area.startswith("61")
    assert implies("made", "made", pack).within.places == ("", "61")


# --- honesty ----------------------------------------------------------------------


def test_unknown_is_never_read_as_proved(monkeypatch: pytest.MonkeyPatch) -> None:
    """A solver that does not answer leaves each claim unknown, and a mutant not equivalent."""

    def silent(*_: object) -> bool:
        raise _proofs_ask.Undetermined

    monkeypatch.setattr(_proofs_ask.Inquiry, "_satisfied", silent)
    rule = made("size > 3")
    for proof in (
        never_warns(rule),
        monotone(rule, "size", worse="up"),
        equal(rule, made("size >= 4", called="other"), pack_of()),
    ):
        assert proof.outcome is Outcome.UNKNOWN
        assert not proof.holds
        assert "unknown" in proof.explain("en")
    found = prove_pack(pack_of(rule), as_of=TODAY)
    assert found.unknown
    assert not found.sound


def test_the_solver_gives_up_in_its_time() -> None:
    """Fermat's equation is not decided in a second, and the claim is not proved."""
    cubes = (
        " * ".join(["labourers"] * 3),
        " * ".join(["labourers_prev"] * 3),
        " * ".join(["size"] * 3),
    )
    when = f"{cubes[0]} + {cubes[1]} == {cubes[2]} and labourers > 0 and labourers_prev > 0"
    proof = never_warns(made(when), effort=Effort(seconds=1))
    assert proof.outcome in (Outcome.UNKNOWN, Outcome.PROVED)
    assert proof.witness is None


def test_a_witness_that_is_not_confirmed_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mistake in the encoding is raised, and never reported as a household."""
    loose = {"<": "<=", "<=": "<="}

    class Loose(Arithmetic[Any]):
        def compared(self, operator: str, left: Ends[Any], right: Ends[Any]) -> tuple[Any, Any]:
            return super().compared(loose.get(operator, operator), left, right)

    exact = attrs.asdict(_proofs_logic.TERMS, recurse=False)
    monkeypatch.setattr(_proofs_encode, "TERMS", Loose(**exact))
    with pytest.raises(UnconfirmedWitnessError, match="never-warns of made"):
        never_warns(made("size < 1"))


class Choosy(Household):
    """A model that refuses more than its fields declare."""

    @field_validator("size")
    @classmethod
    def _no_three(cls, size: int | None) -> int | None:
        if size == 3:
            raise ValueError("three is refused")
        return size


def test_a_model_that_refuses_what_it_declares_is_named() -> None:
    """The message says which field, and that its Fact must declare its values."""
    rule = made("size == 3")
    with pytest.raises(UnconfirmedWitnessError, match=r"Choosy refuses .* at size"):
        never_warns(rule, pack_of(rule, model=Choosy))


def test_without_the_solver_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The code is stable, and the message says what to install."""
    monkeypatch.setitem(sys.modules, "z3", None)
    _proofs_logic.load.cache_clear()
    try:
        with pytest.raises(MissingExtraError, match=r"antipoverty\[proofs\]"):
            never_warns(made("size > 3"))
    finally:
        _proofs_logic.load.cache_clear()


# --- mutants ----------------------------------------------------------------------


def test_only_mutants_that_no_household_tells_apart_are_equivalent() -> None:
    """Of a rule's changes, the one that means the same is proved and no other."""
    found = {
        one.change: is_equivalent(one) for one in mutants(SHAANXI, ["no-labour", "labour-loss"])
    }
    same = [change for change, proved in found.items() if proved]
    assert same == ["operator labourers == 0 -> labourers <= 0"]
    assert len(found) > 10


@pytest.mark.slow
@given(data=st.data())
@settings(max_examples=25)
def test_no_household_tells_an_equivalent_mutant_apart(data: st.DataObject) -> None:
    """Where a mutant is proved equivalent, none drawn at the thresholds is judged otherwise."""
    rule = made(data.draw(conditions(params={"line": PARAMS["line"]}, depth=2)))
    pack = pack_of(rule)
    listed = list(mutants(pack))
    if not listed:
        return
    mutant = data.draw(st.sampled_from(listed))
    if not is_equivalent(mutant, effort=Effort(rows=3, seconds=2)):
        return
    near = households([rule.when, mutant.when], as_of=TODAY, params=PARAMS)
    changed = mutant.changed
    for one in data.draw(st.lists(near, min_size=5, max_size=10)):
        assert judge(one, pack, as_of=TODAY).verdicts == judge(one, changed, as_of=TODAY).verdicts


def test_what_any_further_row_may_change_is_not_asked_day_by_day(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """However many rows have no gap, one more may make one: no proof could be of all of them."""
    asked: list[str] = []
    settle = _proofs_equal.settle

    def counting(claim: Any, *more: Any) -> Proof:
        asked.append(claim.ids[0])
        return settle(claim, *more)

    monkeypatch.setattr(_proofs_equal, "settle", counting)
    gap = pack_of(made('gap(records, day, calendar="year") <= 125', "gap"))
    assert not any(map(is_equivalent, mutants(gap)))
    size = pack_of(made("labourers == 0", "size"))
    assert any(map(is_equivalent, mutants(size)))
    assert {*asked} == {"size"}


# --- a whole pack -----------------------------------------------------------------


def claims(proofs: tuple[Proof, ...]) -> list[tuple[str, ...]]:
    return [one.rules for one in proofs]


def test_a_pack_is_asked_every_rule_and_pair() -> None:
    """A rule that never warns, one that adds nothing, two that never meet, and a gap."""
    pack = pack_of(
        made("size > 3", called="big", category="unstable"),
        made("size > 5", called="bigger"),
        made("size < 2", called="small", category="marginal"),
        made("size > 3 and size < 4", called="dead"),
    )
    seen: list[tuple[int, int]] = []
    found = prove_pack(
        pack,
        as_of=TODAY,
        covered=["size != 3", "size > 6"],
        worse={"size": "up"},
        progress=lambda done, total: seen.append((done, total)),
    )
    assert claims(found.never_warn) == [("dead",)]
    assert ("bigger", "big") in claims(found.implied)
    assert ("big", "small") in claims(found.exclusive)
    assert claims(found.overlaps) == [("big", "bigger")]
    assert [one.detail for one in found.gaps] == ["size != 3"]
    assert claims(found.not_monotone) == [("small",)]
    assert not found.sound
    assert seen[-1][0] == seen[-1][1] == len(found.proofs)
    assert "1 rules never warn" in found.explain("en")
    assert "空档 1 处" in found.explain("zh")
    assert len(found.to_dict()["proofs"]) == len(found.proofs)
    only = prove_pack(pack, as_of=TODAY, rules=["big"])
    assert all("big" in one.rules for one in only.proofs)
    assert only.sound
    with pytest.raises(InvalidArgumentError, match="did you mean 'big'"):
        prove_pack(pack, rules=["bigg"])
    with pytest.raises(UnknownFieldError, match="sice"):
        prove_pack(pack, worse={"sice": "up"})


def test_rules_of_two_areas_are_asked_where_each_is_in_force() -> None:
    """Two rules that are in force in no common place make no pair."""
    here, there = made("size > 3", area="6107"), made("size > 4", called="other", area="6101")
    found = prove_pack(pack_of(here, there, made("size > 5", called="all"), area="61"), as_of=TODAY)
    assert found.sound
    assert ("made", "other") not in claims(found.proofs)
    assert {("all", "made"), ("all", "other")} <= set(claims(found.implied))


@pytest.mark.slow
def test_the_shaanxi_pack_is_proved_for_any_number_of_rows() -> None:
    """Every rule can warn, nothing is left unknown, and the categories exclude each other."""
    found = prove_pack(SHAANXI, as_of=TODAY)
    assert found.sound
    assert not found.unknown
    assert all(one.within.complete for one in found.proofs)
    assert claims(found.implied) == [
        ("category-marginal", "income-under-line"),
        ("category-unstable", "income-under-line"),
        ("disaster-loss", "disaster"),
    ]
    categories = {rule.id for rule in SHAANXI.rules.values() if rule.category}
    pairs = [one for one in found.exclusive if categories.issuperset(one.rules)]
    assert len(pairs) == 3
    assert all(one.witness is not None for one in found.of(Claim.NEVER_WARNS, Outcome.REFUTED))


@pytest.mark.slow
def test_the_command_proves_a_rule_and_says_no_to_a_gap(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """0 when all is well, 1 with the household when a stated condition is not covered."""
    pytest.importorskip("typer", reason="the command line needs the extra 'cli'")
    from antipoverty.cli import main

    words = ["rules", "prove", "shaanxi-2531", "--as-of", "2021-12-01", "--rule", "no-labour"]
    assert main(words) == 0
    assert "claims" in capsys.readouterr().out
    assert main([*words, "--covered", "labourers == 0", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert [one["outcome"] for one in found["proofs"] if one["claim"] == "covers-or-asks"] == [
        "refuted"
    ]
    assert main([*words, "--worse", "labourers=down"]) == 0
    assert main([*words, "--worse", "labourers"]) == 2
