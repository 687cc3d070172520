"""Facts that a plugin's own function works out from others: one answer on every way to judge."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated, Any

import attrs
import polars as pl
import pytest

from antipoverty.conditions import facts, parse, parse_value
from antipoverty.engines.closure import compile_pack
from antipoverty.errors import (
    ConditionError,
    DerivedFactError,
    InvalidModelError,
    MissingColumnError,
    MissingTableError,
)
from antipoverty.model import Delivery, Derived, Fact, Household, Member, Money, Record, schema_of
from antipoverty.rules import (
    Amount,
    Ladder,
    Pack,
    Source,
    Text,
    Tier,
    Verdict,
    judge,
    judge_rule,
)
from antipoverty.screening import Tables, income_poverty, screen
from engines import ALL, EAGER, rows, tables_as
from packs import a_pack, a_rule

AS_OF = date(2021, 12, 1)
HANZHONG, XIAN = "610702100200", "610111001200"
SOURCE = Source("made for the test")
METRES = {HANZHONG: 7_000}


def left_each(income: pl.Series, size: pl.Series, spent: pl.Series) -> pl.Series:
    """What is left to each person, which the language cannot say, for it does not divide."""
    return (income - spent) // size


def way_in_metres(area: pl.Series) -> list[int | None]:
    """How far it is to the nearest clinic, as a list; of one village it is not known."""
    return [METRES.get(one) for one in area]


def score_of_risk(left: pl.Series, ill: pl.Series, far: pl.Series) -> pl.Series:
    """A model's score, which knows what to do where something is not known."""
    return (
        (left.fill_null(0) < 0).cast(pl.Int64) * 2
        + ill.fill_null(value=True).cast(pl.Int64)
        + far.is_null().cast(pl.Int64)
    )


def is_dear_bill(amount: pl.Series, kind: pl.Series) -> pl.Series:
    """Whether a bill is dear for its kind."""
    return amount > (kind == "medical").cast(pl.Int64) * 400 + 300


def half_year(day: pl.Series) -> list[str]:
    """In which half of the year a day is."""
    return ["first" if one.month <= 6 else "second" for one in day]


def derived(by: Any, version: str = "1", **more: Any) -> Derived:
    """How a fact is derived, for the test."""
    reads = more.pop("reads")
    return Derived(by=by, reads=reads, version=version, source=SOURCE, **more)


class Bill(Record):
    """A record with facts that are worked out of it."""

    dear: Annotated[
        bool | None,
        Fact(
            zh="费用偏高",
            en="dear",
            derive=derived(is_dear_bill, reads={"amount": "amount", "kind": "kind"}),
        ),
    ] = None
    season: Annotated[
        str | None,
        Fact(
            zh="半年",
            en="half of the year",
            choices={"first": ("上半年", "first"), "second": ("下半年", "second")},
            derive=derived(half_year, reads={"day": "day"}),
        ),
    ] = None


class Person(Member):
    """A member who pays by themselves or does not."""

    senior: Annotated[
        bool | None,
        Fact(zh="高龄", en="senior", derive=derived(lambda age: age >= 80, reads={"age": "age"})),
    ] = None


class Home(Household):
    """A household with facts of each kind: of others, of its rows, of its area, of derived ones."""

    records: tuple[Bill, ...] | None = None
    members: tuple[Person, ...] | None = None
    left: Annotated[
        int | None,
        Fact(
            zh="人均结余",
            en="what is left to each",
            unit="yuan",
            low=-(10**12),
            high=10**12,
            derive=derived(
                left_each,
                reads={
                    "income": "net_income_12m",
                    "size": "size",
                    "spent": 'sum(records, amount, where=kind == "medical", months=12)',
                },
            ),
        ),
    ] = None
    metres: Annotated[
        int | None,
        Fact(
            zh="就医距离",
            en="way to a clinic",
            low=0,
            high=100_000,
            derive=derived(way_in_metres, reads={"area": "area"}),
        ),
    ] = None
    risk: Annotated[
        int | None,
        Fact(
            zh="模型分",
            en="score of the model",
            low=0,
            high=4,
            derive=derived(
                score_of_risk,
                reads={"left": "left", "ill": "any(records, dear)", "far": "metres"},
                of_missing=True,
            ),
        ),
    ] = None


RULES = {
    "left": "left < yuan(0)",
    "far": "metres > 5000 and not monitored",
    "risk": "risk >= 3",
    "dear": 'count(records, dear and season == "first", months=12) >= 2',
    "senior": "metres is known and any(members, senior)",
    "usual": "median(records, amount) > left",
    "each": "any(by(records, member_id), count(records, dear) >= 2 and metres > 0)",
    "known": "left is not known",
}


def pack(rules: Mapping[str, str] = RULES, model: type[Household] = Home) -> Pack:
    """Rules on derived facts."""
    schema = schema_of(model)
    made = [a_rule(parse(when, schema), name) for name, when in rules.items()]
    return a_pack(*made, area="61", model=model)


PACK = pack()
COVERED = (
    Delivery(department="d", kinds=("medical",), area="61", last=date(2021, 11, 30)),
    Delivery(department="d", kinds=("other",), area="6107", last=date(2021, 6, 30)),
)


def drawn(seed: int, number: int, lost: float, **more: Any) -> list[Home]:
    """Households, some facts of which are lost."""
    rnd = random.Random(seed)

    def known(value: Any) -> Any:
        return None if rnd.random() < lost else value

    def a_home(n: int) -> Home:
        size = rnd.randrange(1, 4)
        return Home.model_validate(
            {
                "household_id": f"h{n}",
                "area": rnd.choice([HANZHONG, XIAN]),
                "size": known(size),
                "monitored": known(rnd.random() < 0.3),
                "net_income_12m": known(Money(rnd.choice([0, 300, 601, 10_000]))),
                "members": tuple(
                    Person(member_id=f"m{k}", age=known(rnd.choice([30, 79, 80, 99])))
                    for k in range(size if rnd.random() >= lost else 1)
                ),
                "records": tuple(
                    Bill.model_validate(
                        {
                            "record_id": f"{n}-{k}",
                            "member_id": known(f"m{rnd.randrange(2)}"),
                            "kind": rnd.choice(["medical", "other"]),
                            "day": known(
                                date.fromordinal(AS_OF.toordinal() - rnd.randrange(1, 450))
                            ),
                            "amount": known(Money(rnd.choice([100, 300, 301, 700, 701]))),
                        }
                    )
                    for k in range(rnd.randrange(5))
                ),
                **more,
            }
        )

    return [a_home(n) for n in range(number)]


def by_hand(one: Home) -> set[str]:
    """Which rules warn of a household of which everything is known, in plain Python."""
    bills, year = one.records or (), date(2020, 12, 1)
    is_dear = {b.record_id: b.amount > (700 if b.kind == "medical" else 300) for b in bills}
    spent = sum(b.amount for b in bills if b.kind == "medical" and b.day >= year)
    left = (one.net_income_12m - spent) // one.size
    far = METRES.get(one.area)
    amounts = sorted(b.amount for b in bills)
    points = 2 * (left < 0) + any(is_dear.values()) + (far is None)
    found = {
        "left": left < 0,
        "far": far is not None and far > 5000 and not one.monitored,
        "risk": points >= 3,
        "dear": sum(is_dear[b.record_id] and b.day.month <= 6 and b.day >= year for b in bills)
        >= 2,
        "senior": far is not None and any(m.age >= 80 for m in one.members or ()),
        "usual": bool(bills) and amounts[(len(bills) - 1) // 2] > left,
        "each": far is not None
        and any(
            sum(is_dear[b.record_id] for b in bills if b.member_id == who) >= 2
            for who in ("m0", "m1")
        ),
        "known": False,
    }
    return {name for name, held in found.items() if held}


@pytest.mark.parametrize("kind", ALL)
def test_every_engine_answers_what_a_plain_program_does(kind: str) -> None:
    """Of households of which everything is known."""
    homes = drawn(7, 150, 0)
    found = screen(tables_as(Tables.of(homes, Home), kind), PACK, as_of=AS_OF)
    warned = {(row[0], row[2]) for row in rows(found.alerts) if row[3] == "warn"}
    assert warned == {(one.household_id, rule) for one in homes for rule in by_hand(one)}
    assert {rule for _, rule in warned} == {*RULES} - {"known"}


@pytest.mark.slow
def test_the_reference_and_the_closure_answer_what_a_plain_program_does() -> None:
    """Also where the rule is not only about derived facts."""
    compiled = compile_pack(PACK, as_of=AS_OF)
    for one in drawn(11, 60, 0):
        verdicts = judge(one, PACK, as_of=AS_OF).verdicts
        assert {name for name, found in verdicts.items() if found is Verdict.WARN} == by_hand(one)
        assert dict(zip(compiled.rules, compiled(one), strict=True)) == verdicts


@pytest.mark.slow
@pytest.mark.parametrize("deliveries", [None, COVERED], ids=["vouched", "delivered"])
@pytest.mark.parametrize("kind", ALL)
def test_every_engine_leaves_open_what_the_reference_does(
    kind: str, deliveries: tuple[Delivery, ...] | None
) -> None:
    """Verdicts and missing facts, where rosters are short, rows undelivered and facts unknown."""
    homes = drawn(5, 80, 0.25, deliveries=deliveries)
    found = screen(tables_as(Tables.of(homes, Home), kind), PACK, as_of=AS_OF)
    compiled = compile_pack(PACK, as_of=AS_OF)
    expected, missing = set(), set()
    for one in homes:
        judged = judge(one, PACK, as_of=AS_OF)
        assert dict(zip(compiled.rules, compiled(one), strict=True)) == judged.verdicts
        for alert in judged:
            expected.add((one.household_id, one.area, alert.rule_id, alert.verdict.value))
            if alert.verdict is Verdict.UNDECIDED:
                missing |= {(one.household_id, one.area, alert.rule_id, f) for f in alert.missing}
    assert rows(found.alerts) == expected
    assert rows(found.undecided()) == missing
    assert {"net_income_12m", "records.amount", "metres"} <= {row[3] for row in missing}
    if deliveries:
        assert "records[]" in {row[3] for row in missing}


@pytest.mark.slow
@pytest.mark.parametrize("kind", EAGER)
def test_rows_of_nobody_are_worked_out_too(kind: str) -> None:
    """A dear bill without a household may be anybody's; one that is not dear is nobody's alarm."""
    homes = drawn(5, 20, 0)
    tables = Tables.of(homes, Home)
    for amount in (10_000, 1):
        stray = (
            tables["records"]
            .head(1)
            .with_columns(
                household_id=pl.lit(None, pl.String),
                record_id=pl.lit("stray"),
                amount=pl.lit(amount, pl.Int64),
            )
        )
        more = tables.with_frames(
            {name: tables[name] for name in tables}
            | {"records": pl.concat([tables["records"], stray])}
        )
        found = screen(tables_as(more, kind), pack({"dear": "any(records, dear)"}), as_of=AS_OF)
        open_ = {row[0] for row in rows(found.alerts) if row[3] == "undecided"}
        quiet = {h.household_id for h in homes if not any(_dear(b) for b in h.records or ())}
        assert open_ == (quiet if amount > 700 else set())
        for home in homes[:4]:
            verdict = found.judgement(home.household_id).verdicts["dear"]
            assert (verdict is Verdict.UNDECIDED) is (home.household_id in open_)


def _dear(bill: Bill) -> bool:
    return bool(bill.amount > (700 if bill.kind == "medical" else 300))


# --- what is said of it ------------------------------------------------------------------


def test_an_explanation_says_what_it_was_derived_from_by_which_version_and_who_says_so() -> None:
    """The values observed, in words, in both languages; and it marks what is illustrative."""
    home = drawn(1, 1, 0)[0].model_copy(
        update={"net_income_12m": 100, "size": 3, "records": (), "area": HANZHONG}
    )
    answer = judge_rule(home, PACK, "left", as_of=AS_OF)
    assert "推算：人均结余 = 0.33元，据：近12个月纯收入 = 1元；户籍人口 = 3人" in answer.explain(
        "zh"
    )
    assert "算法版本 1；made for the test（示例，非政策）" in answer.explain("zh")
    assert "derived: what is left to each = 0.33 yuan, from net income of 12 months = 1 yuan" in (
        answer.explain("en")
    )
    assert answer.illustrative
    assert "0.33" not in repr(answer.derived)


def test_a_fact_of_rows_is_said_without_values() -> None:
    """Each row has its own; the rows that were found are named by the evidence."""
    home = drawn(1, 1, 0)[0]
    text = judge_rule(home, pack({"r": "any(records, dear)"}), "r", as_of=AS_OF).explain("en")
    assert "derived: dear of records, from amount; kind (version 1;" in text


def test_a_published_rule_is_illustrative_by_a_derived_fact_that_is() -> None:
    """Whatever is not published policy is marked, the function too."""
    published = Source("law", status="published")
    made = pack()
    rules = [attrs.evolve(one, source=published) for one in made.rules.values()]
    answer = judge_rule(drawn(1, 1, 0)[0], made.evolve(rules=rules), "far", as_of=AS_OF)
    assert answer.illustrative
    assert made.evolve(rules=rules).on(AS_OF).illustrative


def test_its_conditions_read_back_from_their_text() -> None:
    """A derived fact is a fact, in the text too."""
    for name, when in RULES.items():
        assert str(PACK.rules[name].when) == when
        assert parse(when, PACK.schema) == PACK.rules[name].when
    h = facts(Home)
    assert (h.metres > 5000) & ~h.monitored == PACK.rules["far"].when


# --- what is not looked at, and what is demanded -------------------------------------------


def test_what_came_in_its_place_is_not_looked_at() -> None:
    """In an object and in a table: it is a copy that grew old."""
    home = Home(household_id="h", area=HANZHONG, monitored=False, metres=1, records=(), members=())
    assert home.metres is None
    assert judge(home, PACK, as_of=AS_OF).verdicts["far"] is Verdict.WARN
    tables = Tables.of([home], Home)
    stale = tables.with_frames(
        {name: tables[name] for name in tables}
        | {"households": tables["households"].with_columns(metres=pl.lit("far away"))}
    )
    found = screen(stale, pack({"far": RULES["far"]}), as_of=AS_OF)
    assert rows(found.alerts) == {("h", HANZHONG, "far", "warn")}


def test_tables_must_have_what_it_is_derived_from() -> None:
    """Columns and tables, named as those that rules read themselves."""
    tables = Tables.of(drawn(1, 3, 0), Home)
    left = pack({"left": RULES["left"]})
    without = tables.with_frames({"households": tables["households"]})
    with pytest.raises(MissingTableError, match="'records', which left read"):
        screen(without, left, as_of=AS_OF)
    fewer = {name: tables[name] for name in tables}
    fewer["households"] = fewer["households"].drop("net_income_12m")
    with pytest.raises(MissingColumnError, match=r"households\.net_income_12m"):
        screen(tables.with_frames(fewer), left, as_of=AS_OF)
    home = drawn(1, 1, 0)[0].model_copy(update={"records": None})
    with pytest.raises(MissingTableError, match="records"):
        judge(home, left, as_of=AS_OF)


def made(by: Any, kind: Any = int, **about: Any) -> Pack:
    """A pack whose one rule asks whether the fact of a function is known."""
    reads = about.pop("reads", {"size": "size"})
    fact = Fact(zh="甲", en="a", derive=derived(by, reads=reads), **about)
    model = type(
        "Made", (Household,), {"__annotations__": {"a": Annotated[kind | None, fact]}, "a": None}
    )
    return pack({"r": "a is known"}, model)


NUMBER = {"low": 0, "high": 10}
HOME = Household(household_id="h", area=HANZHONG, size=3)


@pytest.mark.parametrize(
    ("by", "said"),
    [
        (lambda size: size / 2, "values of type Float64"),
        (lambda size: [1.5 for _ in size], "values of type Float64"),
        (lambda size: size > 1, "values of type Boolean"),
        (lambda size: [*size, 1], "2 values for 1 rows"),
        (lambda size: 7, "a int"),
        (lambda size: ["a", 1], "values of several types"),
        (lambda size: {}["4711"], "fails with KeyError at .*test_derived.py"),
    ],
)
def test_a_function_that_gives_something_else_is_named_and_no_value_is_shown(
    by: Any, said: str
) -> None:
    """The fact, its version and the place; never what a household has."""
    bad = made(by, **NUMBER)
    home = bad.model.model_validate(HOME.model_dump())
    for judging in (
        lambda: judge(home, bad, as_of=AS_OF),
        lambda: compile_pack(bad, as_of=AS_OF)(home),
        lambda: screen(Tables.of([home], bad.model), bad, as_of=AS_OF),
    ):
        with pytest.raises(DerivedFactError, match=said) as caught:
            judging()
        assert "4711" not in str(caught.value)
        assert "'a'" in str(caught.value)


@pytest.mark.parametrize("kind", EAGER)
def test_what_lies_outside_its_bounds_is_not_known(kind: str) -> None:
    """As a number of years is that a birthday contradicts: never clear by it."""
    homes = [HOME.model_copy(update={"household_id": f"h{n}", "size": n or None}) for n in range(4)]
    strange = made(lambda size: size * size - 2, **NUMBER)
    own = [strange.model.model_validate(one.model_dump()) for one in homes]
    known = {
        one.household_id
        for one in own
        if judge(one, strange, as_of=AS_OF).verdicts["r"] is Verdict.WARN
    }
    assert known == {"h2", "h3"}
    found = screen(tables_as(Tables.of(own, strange.model), kind), strange, as_of=AS_OF)
    assert {row[0] for row in rows(found.alerts)} == known


@pytest.mark.parametrize(
    ("reads", "about", "said"),
    [
        ({"x": "sizes"}, NUMBER, "derived fact 'a': x: reads 'sizes'"),
        ({"x": "size >"}, NUMBER, "not well formed"),
        ({"x": 'param("line")'}, NUMBER, "a rule compares with parameters"),
        ({"x": "size > 0.5"}, NUMBER, "has a fraction"),
        ({"x": "median(records, amount)"}, NUMBER, "a place in an order"),
        ({"x": "head_name is known"}, NUMBER, "head_name"),
        ({"x": "a"}, NUMBER, "derived from each other: a from a"),
        ({"2x": "size"}, NUMBER, "cannot be the name"),
        ({}, NUMBER, "what it reads"),
    ],
)
def test_what_cannot_be_derived_is_refused_with_the_pack(
    reads: dict[str, str], about: dict[str, Any], said: str
) -> None:
    """Before any household is judged."""
    with pytest.raises((InvalidModelError, ConditionError), match=said):
        made(lambda **_: [], reads=reads, **about)


def test_a_place_a_key_and_a_required_fact_are_not_derived() -> None:
    """A household could not be told apart, placed, or made."""
    fact = Fact(zh="甲", en="a", derive=derived(way_in_metres, reads={"area": "area"}), **NUMBER)
    model = type("Needed", (Household,), {"__annotations__": {"a": Annotated[int, fact]}})
    with pytest.raises(InvalidModelError, match="has a default"):
        pack({"r": "a > 1"}, model)
    with pytest.raises(ConditionError, match="put together by what came"):
        parse("any(by(records, season), count(records) > 1)", PACK.schema)


def test_another_version_of_the_function_is_another_policy() -> None:
    """A state of the day before cannot be built on."""
    from antipoverty.daily import screen_delta

    def of(version: str) -> Pack:
        fact = Fact(
            zh="甲",
            en="a",
            derive=derived(way_in_metres, version, reads={"area": "area"}),
            **NUMBER,
        )
        note = {"__annotations__": {"a": Annotated[int | None, fact]}, "a": None}
        return pack({"r": "a > 1"}, type("Versioned", (Household,), note))

    tables = Tables.of([HOME])
    state = screen(tables, of("1"), as_of=AS_OF).state()
    same = screen_delta(state, tables, of("1"), as_of=AS_OF, changed=[])
    other = screen_delta(state, tables, of("2"), as_of=AS_OF, changed=[])
    assert same.everything is None
    assert other.everything is not None
    assert isinstance(other.everything, Text)


def test_a_day_that_is_worked_out_passes_that_of_the_answer() -> None:
    """No table has it, so that a later day judges everybody again where a rule measures it."""
    from antipoverty.daily import screen_delta

    def later(day: pl.Series) -> pl.Series:
        return day + timedelta(days=100)

    about = derived(later, reads={"day": "monitored_since"})
    note = {
        "__annotations__": {"due": Annotated[date | None, Fact(zh="到期", en="due", derive=about)]}
    }
    model = type("Due", (Household,), note | {"due": None})
    home = model(household_id="h", area=HANZHONG, monitored_since=AS_OF - timedelta(days=100))
    tables, next_day = Tables.of([home], model), AS_OF + timedelta(days=1)
    for when, passes in (("due < ago(days=0)", True), ('due < date("2022-01-01")', False)):
        asks = pack({"r": when}, model)
        state = screen(tables, asks, as_of=AS_OF).state()
        delta = screen_delta(state, tables, asks, as_of=next_day, changed=[])
        full = screen(tables, asks, as_of=next_day).alerts
        assert delta.state.answers.collect().equals(full)
        assert (delta.everything is not None) == passes
        assert full.height == 1


@pytest.mark.parametrize("kind", EAGER)
def test_amounts_and_tiers_are_stated_of_derived_facts(kind: str) -> None:
    """Facts that no condition of a rule reads are worked out for them too."""
    schema = schema_of(Home)
    amount = Amount(value=parse_value("left", schema))
    owed = a_rule(parse("not monitored", schema), "owed", amount=amount)
    near = Tier(id="near", title=Text("近", "near"), when=parse("metres <= 7000", schema))
    ladder = Ladder(
        id="way", title=Text("路", "way"), tiers=[near], source=SOURCE, since=date(2021, 1, 1)
    )
    stating = a_pack(owed, area="61", model=Home, ladders=[ladder])
    homes = drawn(3, 30, 0)
    found = screen(tables_as(Tables.of(homes, Home), kind), stating, as_of=AS_OF)
    below, states = 0, {}
    for one in homes:
        for alert in judge(one, stating, as_of=AS_OF).warned:
            assert alert.amount is not None
            states[one.household_id] = (alert.amount.low, alert.amount.high)
            assert [worked.field.path for worked in alert.derived] == ["left"]
            below += alert.amount.low > 0
    assert below
    assert {row[0]: (row[4], row[5]) for row in rows(found.amounts)} == states
    near_by = {one.household_id for one in homes if one.area == HANZHONG}
    assert {row[0] for row in rows(found.tiers) if row[4] == "is"} == near_by


@pytest.mark.parametrize("kind", ["polars", "duckdb"])
def test_a_measure_may_read_a_derived_fact_that_no_rule_does(kind: str) -> None:
    """It is what it is beside rules that read it, with bounds where facts are missing."""
    pytest.importorskip(kind)
    tables = tables_as(Tables.of(drawn(11, 60, 0.1), Home), kind)
    bare = pack({"seen": 'any(records, kind == "medical")'})
    measured = [
        income_poverty(screen(tables, one, as_of=AS_OF), "left", "yuan(200)")
        for one in (PACK, bare)
    ]
    assert measured[0] == measured[1]
    assert measured[0][0].headcount.low < measured[0][0].headcount.high
