"""Rules inside a database answer as the reference does, and say before what is wrong with rows."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings

import databases
from antipoverty._base.frozen import Frozen  # private: as `Judging` takes names of tables
from antipoverty.conditions import household as h
from antipoverty.conditions import members, records
from antipoverty.errors import InvalidArgumentError, OverflowRiskError, ParameterNotSetError
from antipoverty.model import Household, Kind, Record
from antipoverty.packs import shaanxi_2531
from antipoverty.rules import NO_TIER, Pack, Text, Verdict, judge
from antipoverty.screening import Tables, screen
from antipoverty.sql import DIALECTS, rules_in_sql
from antipoverty.synthetic import generate
from antipoverty.testing import engine_checks, over_tables
from antipoverty.testing._conformance.dirty import each_fault  # private: every fault by itself
from goldens import DAY, NOT_RUN, alerts_in, golden, kinds_of, small_pack
from low_income import DAY as DAY_2026
from low_income import given_pack
from packs import a_pack, a_rule
from test_amounts import PACK as STATED
from test_amounts import drawn
from test_derived import pack as derived_pack
from test_engines import cases
from test_tiers import HOMES
from test_tiers import pack as tiered

sqlglot = pytest.importorskip("sqlglot")
from sqlglot import exp  # noqa: E402 - after it is known to be there

# private: of the kit's many questions one statement is asked; to write the others takes minutes
from antipoverty._sql.dialects import Dialect  # noqa: E402 # private: one form is asked
from antipoverty._sql.judging import Judging  # noqa: E402 # private: a part of a statement

RUN = DIALECTS[:5]


def database(kind: str) -> Any:
    """A pytest parameter that skips, saying why, where the database cannot run."""
    reason = databases.why_not(kind)
    marks = [pytest.mark.skipif(reason is not None, reason=reason or "")]
    marks += [pytest.mark.slow] if kind in ("postgres", "mysql", "clickhouse") else []
    return pytest.param(kind, marks=marks)


@pytest.fixture(scope="module", params=[database(kind) for kind in RUN])
def held(request: pytest.FixtureRequest) -> Iterator[tuple[str, Any]]:
    """A database that runs, and its dialect."""
    with databases.opened(request.param) as found:
        yield request.param, found


def asked(held: tuple[str, Any], tables: Tables[pl.DataFrame], pack: Pack, day: date) -> Any:
    """Hold the tables, and give the statements of the pack, told what columns are not there."""
    lacking = put(held, tables, pack)
    return rules_in_sql(pack, as_of=day, dialect=held[0], lacking=lacking)


def put(held: tuple[str, Any], tables: Tables[pl.DataFrame], pack: Pack) -> list[str]:
    """Hold the tables, and say which columns of the pack's model are not there."""
    held[1].hold({name: tables[name] for name in tables})
    schemas = {"households": pack.schema.household, **pack.schema.tables}
    return [
        field.path
        for name in tables
        for field in schemas[name].fields.values()
        if field.name not in tables[name].columns
    ]


def test_the_greatest_of_one_group_that_comes_to_nothing_is_nothing(held: tuple[str, Any]) -> None:
    """Where every part is known so is the answer; an optimizer once concluded otherwise."""
    pack = a_pack(
        "max(by(records, department), sum(records, amount, where=amount * 2 > amount)) "
        "< transfer_income_12m"
    )
    record = Record(record_id="r", kind="x", day=date(2021, 5, 1), amount="0", department="d")
    home = Household(
        household_id="h", area="610702100200", transfer_income_12m="0.08", records=(record,)
    )
    assert judge(home, pack, as_of=DAY).verdicts["r0"] is Verdict.WARN
    found = held[1].ask(asked(held, Tables.of([home]), pack, DAY).alerts)
    assert [tuple(row)[-1] for row in found] == ["warn"]


@pytest.mark.slow
def test_the_conformance_kit_finds_nothing(held: tuple[str, Any]) -> None:
    """Thresholds, missing facts, rows, windows, areas, spans, fractions, 64 bits, many rows."""
    spoken = Dialect.of(held[0])

    def in_database(tables: Tables[pl.DataFrame], pack: Pack, day: date) -> Any:
        lacking = frozenset(put(held, tables, pack))
        alerts = Judging(pack.on(day), spoken, Frozen({}), lacking).alerts()
        found = held[1].ask(spoken.text_of(alerts))
        return [(one, rule, verdict) for one, _, rule, verdict in found]

    every = engine_checks(over_tables(in_database, checks=False), name=held[0], examples=4)
    # nothing in a database says what was delivered, as the header says; derived facts are refused;
    # a statement remembers nothing, and each row, household and rule is asked of by itself, so that
    # the rules and households that other checks ask as well are not asked in parts again
    elsewhere = {"deliveries", "unseen-overflow", "derived-facts", "asked-again"}
    elsewhere |= {"population-split", "order", "rules-apart"}
    if held[0] == "mysql":
        elsewhere.add("ids")  # some are alike but for a capital, and then doubles, as the page says
    checks = [one for one in every if one.name not in elsewhere]
    assert len(checks) == len(every) - len(elsewhere) > 10
    for check in checks:
        check()


@pytest.mark.slow
def test_generated_packs_are_answered_as_by_the_reference(held: tuple[str, Any]) -> None:
    """Verdicts and missing facts, at thresholds, with groups, quantiles and windows."""

    @given(case=cases(rules=4, homes=8))
    @settings(max_examples=25, suppress_health_check=list(HealthCheck), deadline=None)
    def agree(case: tuple[Pack, list[Household], date]) -> None:
        pack, homes, day = case
        try:
            found = asked(held, Tables.of(homes), pack, day)
        except OverflowRiskError:
            return  # refused, not answered wrongly
        alerts: list[tuple[Any, ...]] = []
        facts: list[tuple[Any, ...]] = []
        for home in homes:
            for one in judge(home, pack, as_of=day):
                key = (home.household_id, home.area, one.rule_id)
                alerts.append((*key, one.verdict.value))
                if one.verdict is Verdict.UNDECIDED:
                    facts += [(*key, fact) for fact in one.missing]
        assert sorted(held[1].ask(found.alerts)) == sorted(alerts)
        assert sorted(held[1].ask(found.undecided)) == sorted(facts)

    agree()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("pack", "day"), [(shaanxi_2531(), DAY), (given_pack(), DAY_2026)], ids=("2531", "low-income")
)
def test_shipped_packs_answer_a_synthetic_county_as_a_screening_does(
    held: tuple[str, Any], pack: Pack, day: date, tmp_path: Path
) -> None:
    """Every answer and every missing fact of 400 households; the preflight finds no row."""
    generate(tmp_path, households=400, seed=11, day=day)
    read = Tables.read(tmp_path)
    frames = {name: read[name].collect() for name in read}
    none = Tables.of([], pack.model)
    frames |= {name: none[name] for name in none if name not in frames}
    wide = {c: t for c, t in _columns(pack).items() if c not in frames["households"].columns}
    frames["households"] = frames["households"].with_columns(
        pl.lit(None, t).alias(c) for c, t in wide.items()
    )
    tables = Tables(**frames)
    screening = screen(tables, pack, as_of=day)
    found = asked(held, tables, pack, day)
    assert held[1].ask(found.preflight) == []
    assert sorted(held[1].ask(found.alerts)) == sorted(screening.alerts.rows())
    assert sorted(held[1].ask(found.undecided)) == sorted(screening.undecided().rows())
    assert screening.alerts.height > 50
    assert (found.tiers is not None) == bool(pack.ladders)
    if found.tiers is not None:
        assert sorted(held[1].ask(found.tiers)) == sorted(screening.tiers.rows())


def test_amounts_are_those_of_the_reference(held: tuple[str, Any]) -> None:
    """The least and the most over one scale, by area, of rows and of fractions."""
    homes = drawn(5, 90, 0.2)
    found = asked(held, Tables.of(homes), STATED, DAY)
    assert held[1].ask(found.preflight) == []
    amounts = {
        (id_, area, rule): (verdict, *(Fraction(int(end), int(scale)) for end in (low, high)))
        for id_, area, rule, verdict, low, high, scale in held[1].ask(found.amounts)
    }
    expected = {}
    for home in homes:
        for one in judge(home, STATED, as_of=DAY):
            assert one.amount is not None
            ends = Fraction(one.amount.low), Fraction(one.amount.high)
            expected[home.household_id, home.area, one.rule_id] = (one.verdict.value, *ends)
    assert amounts == expected
    assert {scale for *_, scale in held[1].ask(found.amounts)} > {1}


@pytest.mark.slow
@pytest.mark.parametrize("area", ["61", "610702"])
def test_tiers_are_those_of_the_reference(held: tuple[str, Any], area: str) -> None:
    """One row where it is decided, one for each that it may be, none for who is in none."""
    pack = tiered(area=area)
    found = asked(held, Tables.of(HOMES), pack, DAY)
    expected = []
    for one in HOMES:
        placed = judge(one, pack, as_of=DAY).tiers.get("order")
        if placed is not None and placed.may_be != (NO_TIER,):
            said = "is" if placed.decided else "may-be"
            expected += [(one.household_id, one.area, "order", t, said) for t in placed.may_be]
    tiers = [tuple(row) for row in held[1].ask(found.tiers)]
    assert sorted(tiers) == sorted(expected)
    assert {answer for *_, answer in tiers} == {"is", "may-be"}


def _columns(pack: Pack) -> dict[str, Any]:
    types = {Kind.NUMBER: pl.Int64, Kind.FLAG: pl.Boolean, Kind.TEXT: pl.String, Kind.DATE: pl.Date}
    fields = pack.schema.household.fields.values()
    return {one.name: types[one.kind] for one in fields if not one.about.personal}


# --- the preflight


def all_facts() -> Pack:
    """A pack whose rules read every fact that a rule may read."""
    model = shaanxi_2531().schema
    asked_of_rows = []
    for rows in (members, records):
        for field in model.tables[rows.table.name].fields.values():
            if not field.about.personal:
                fact = getattr(rows, field.name)
                known = fact if field.kind is Kind.FLAG else fact.is_known()
                asked_of_rows.append(rows.any(known))
    of_home = [
        getattr(h, field.name) if field.kind is Kind.FLAG else getattr(h, field.name).is_known()
        for field in model.household.fields.values()
        if not field.about.personal and field.name not in ("household_id", "area")
    ]
    return a_pack(*of_home, *asked_of_rows, area="61", kinds=kinds_of("d"))


PERSONAL = {"personal-id"}
"""What the statement does not look for; its header says so."""


@pytest.mark.slow
def test_the_preflight_counts_each_fault_in_the_rows_that_have_it(held: tuple[str, Any]) -> None:
    """As many as were put in, by table, column and reason; what goes with them is counted too."""
    pack, kinds = all_facts(), set(databases.TYPES["sqlite"])
    seen: set[str] = set()
    for dirty in each_fault(DAY):
        tables = dirty.tables
        types = {type(t) for name in tables for t in tables[name].schema.values()}
        wanted = {place: n for place, n in dirty.faults.items() if place[1] not in PERSONAL}
        if not types <= kinds or not wanted:
            continue
        found = asked(held, tables, pack, DAY)
        counted = {
            (table, reason, column): int(rows)
            for table, column, reason, _, rows in held[1].ask(found.preflight)
        }
        beside = {reason for _, reason, _ in counted.keys() - wanted.keys()}
        assert {place: counted.get(place) for place in wanted} == wanted
        assert beside <= {"orphan", "roster-short", "roster-surplus", "after-as-of", "duplicate-id"}
        seen |= {reason for _, reason, _ in wanted}
    assert {"duplicate-id", "missing-id", "invalid-id", "out-of-bounds", "unknown-choice"} <= seen


def test_rosters_and_orphans_are_told(held: tuple[str, Any]) -> None:
    """Fewer and more members than stated, a row of nobody; the answers allow for the first two."""
    child = {"member_id": "m1", "age": 10, "in_school": False}
    other = child | {"member_id": "m2"}
    homes = [
        Household(household_id="short", area="610702100200", size=2, members=[child]),
        Household(household_id="over", area="610702100200", size=1, members=[child, other]),
        Household(household_id="none", area="610702100200", members=[]),
        Household(household_id="all", area="610702100200", size=1, members=[child]),
    ]
    tables = Tables.of(homes)
    stray = tables["members"].head(1).with_columns(pl.lit("nobody").alias("household_id"))
    more = {"members": pl.concat([tables["members"], stray])}
    pack = a_pack(members.count(members.age < 16) >= 2, members.all(members.in_school), area="61")
    there = Tables(households=tables["households"], **more)
    found = asked(held, there, pack, DAY)
    told = {(reason, int(rows)) for _, _, reason, _, rows in held[1].ask(found.preflight)}
    assert told == {("orphan", 1), ("roster-short", 1), ("roster-surplus", 1)}
    expected = {
        (home.household_id, one.rule_id, one.verdict.value)
        for home in homes
        for one in judge(home, pack, as_of=DAY)
    }
    assert {(i, r, v) for i, _, r, v in held[1].ask(found.alerts)} == expected
    assert ("short", "r0", "undecided") in expected


# --- the text


@pytest.mark.slow
@pytest.mark.parametrize("dialect", DIALECTS)
def test_statements_only_read_and_are_read_again(dialect: str) -> None:
    """Each is one query of the dialect, that makes, changes and drops nothing."""
    found = rules_in_sql(small_pack(), as_of=DAY, dialect=dialect)
    for name in found:
        (tree,) = sqlglot.parse(getattr(found, name), dialect=dialect)
        assert isinstance(tree, exp.Query)
        assert not list(tree.find_all(exp.DDL, exp.DML, exp.Command, exp.Drop, exp.Create))
        real = {table.name.lower() for table in tree.find_all(exp.Table)}
        steps = {one.alias.lower() for one in tree.find_all(exp.CTE)}
        assert real - steps == {"households", "members", "records"}


@pytest.mark.slow
@pytest.mark.parametrize("dialect", DIALECTS)
def test_statements_can_be_read(dialect: str) -> None:
    """Those of the Shaanxi pack are below 150 kB together, its answers far below."""
    found = rules_in_sql(shaanxi_2531(), as_of=DAY, dialect=dialect)
    sizes = {name: len(getattr(found, name).encode()) for name in found}
    assert sizes["alerts"] < 50_000
    assert sum(sizes.values()) < 150_000


def test_a_long_condition_is_written_once() -> None:
    """Where rules and facts share one, it is a column of a step before; short ones stay."""
    shared = "net_income_12m < yuan(6000, per='person') * size and labourers < 2 and not monitored"
    rules = [a_rule(f"({shared}) or water_safe", "one"), a_rule(f"{shared} and formerly_poor", "b")]
    found = rules_in_sql(a_pack(*rules, area="61"), as_of=DAY, dialect="duckdb")
    assert found.alerts.count('"labourers" < 2') == 1
    assert found.alerts.count('"told1_1"') == 3  # where it is made, and twice where it is read
    assert found.undecided.count('"labourers" < 2') < found.undecided.count('"told')
    short = [a_rule("labourers < 2 or monitored", "one"), a_rule("labourers < 2", "two")]
    alone = rules_in_sql(a_pack(*short, area="61"), as_of=DAY, dialect="duckdb").alerts
    assert alone.count('"labourers" < 2') == 2
    assert "told_" not in alone


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_header_says_in_both_languages_what_is_trusted(dialect: str) -> None:
    """Above every statement; those of a dialect that is not run say that too."""
    found = rules_in_sql(small_pack(), as_of=DAY, dialect=dialect)
    for name in found:
        text = getattr(found, name)
        above = [line for line in text.splitlines() if line.startswith("--")]
        assert text.startswith("\n".join(above))
        assert any("全凭数据提供方担保" in line for line in above)
        assert any("Taken on trust" in line for line in above)
        assert sum("members.born_on" in line for line in above) == 2  # what if a column lacks
        assert any("not run" in line for line in above) is (dialect not in RUN)


def test_a_title_cannot_end_the_comment_that_it_stands_in() -> None:
    """Neither a line's end nor the sign that ends a comment gets out of one."""
    title = Text("坏\n; DROP TABLE households --", "bad */ DROP TABLE members /*\u2028;")
    pack = a_pack(a_rule(h.size > 3, "low", title=title), area="61")
    found = rules_in_sql(pack.evolve(title=title), as_of=DAY, dialect="postgres")
    for name in found:
        tokens = sqlglot.tokenize(getattr(found, name), dialect="postgres")
        assert not any("DROP" in token.text for token in tokens)
        assert not re.search("[\x85\u2028\u2029]", getattr(found, name))


def test_columns_that_a_database_lacks_are_not_known(held: tuple[str, Any]) -> None:
    """Ages as they were written where there is no birthday; a fact that never came is open."""
    homes = [
        Household(
            household_id="h",
            area="610702100200",
            size=1,
            members=[{"member_id": "m", "age": 10, "insured": False}],
        )
    ]
    tables = Tables.of(homes)
    fewer = {
        "households": tables["households"],
        "members": tables["members"].drop("born_on", "insured"),
    }
    held[1].hold(fewer)
    pack = a_pack(members.any(members.age < 16), members.any(~members.insured), area="61")
    found = rules_in_sql(
        pack, as_of=DAY, dialect=held[0], lacking=["members.born_on", "members.insured"]
    )
    assert held[1].ask(found.preflight) == []
    assert sorted(held[1].ask(found.alerts)) == [
        ("h", "610702100200", "r0", "warn"),
        ("h", "610702100200", "r1", "undecided"),
    ]


def test_sqlite_takes_no_column_that_it_lacks_for_a_text() -> None:
    """Names stand in backticks: in double quotes an unknown one would be a text there."""
    held = "sqlite", databases.OverCursor("sqlite", sqlite3.connect(":memory:"), "?")
    tables = Tables.of([Household(household_id="h", area="610702100200", members=[])])
    held[1].hold({"households": tables["households"], "members": tables["members"].drop("age")})
    pack = a_pack(members.any(members.age < 16), area="61")
    found = rules_in_sql(pack, as_of=DAY, dialect="sqlite")
    for name in found:
        with pytest.raises(sqlite3.OperationalError, match="age"):
            held[1].ask(getattr(found, name))


def test_tables_are_called_as_in_the_database() -> None:
    """With the schema they stand in."""
    found = rules_in_sql(
        shaanxi_2531(), as_of=DAY, dialect="postgres", tables={"households": "poverty.hh"}
    )
    assert 'FROM "poverty"."hh"' in found.alerts
    assert "poverty.hh:" in found.alerts


def test_what_cannot_be_written_is_refused() -> None:
    """Dialects, tables and columns that there are not; a day without values."""
    pack = shaanxi_2531()
    with pytest.raises(InvalidArgumentError, match="postgres"):
        rules_in_sql(pack, as_of=DAY, dialect="access")
    with pytest.raises(InvalidArgumentError, match="villagers"):
        rules_in_sql(pack, as_of=DAY, dialect="postgres", tables={"villagers": "v"})
    with pytest.raises(InvalidArgumentError, match=r"members\.height"):
        rules_in_sql(pack, as_of=DAY, dialect="postgres", lacking=["members.height"])
    with pytest.raises(InvalidArgumentError, match=r"'known' reads left.*screen these rules"):
        rules_in_sql(derived_pack(), as_of=DAY, dialect="postgres")
    with pytest.raises(ParameterNotSetError):
        rules_in_sql(pack, as_of=DAY_2026, dialect="postgres")


@pytest.mark.parametrize(
    ("said", "meant"), [("PostgreSQL", "postgres"), ("sqlite3", "sqlite"), ("MariaDB", "mysql")]
)
def test_a_dialect_is_known_by_what_its_database_is_called(said: str, meant: str) -> None:
    """In large letters or small; the statements are those of the dialect."""
    asked = rules_in_sql(small_pack(), as_of=DAY, dialect=said)
    assert asked == rules_in_sql(small_pack(), as_of=DAY, dialect=meant)


@pytest.mark.parametrize("dialect", NOT_RUN)
def test_dialects_that_are_not_run_are_written_as_they_were(dialect: str) -> None:
    """A reader can compare the file with the statement of his own release."""
    assert golden(dialect).read_text(encoding="utf-8") == alerts_in(dialect)
