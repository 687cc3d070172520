"""A program that uses the library as its users do: type checkers read it strictly."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Unpack, assert_type

import polars as pl

from antipoverty import (
    Alert,
    AreaCode,
    AreaTree,
    Household,
    Member,
    Money,
    Pack,
    Parameter,
    Period,
    Record,
    Rule,
    Severity,
    Source,
    Text,
    Verdict,
    combine,
    discover_packs,
    judge,
    load_areas,
    pack_from_toml,
    parameter,
    parse,
    shaanxi_areas,
)
from antipoverty.casework import Case, Casebook, Problem
from antipoverty.comparison import compare
from antipoverty.conditions import (
    Condition,
    ago,
    facts,
    household,
    in_words,
    param,
    ratio,
    records,
    score,
    yuan,
)
from antipoverty.engines import Engine, Verdicts
from antipoverty.engines.closure import compile_pack
from antipoverty.errors import AntipovertyError, InvalidPackError
from antipoverty.model import Fact, HouseholdFacts
from antipoverty.screening import Screening, Tables, check, screen
from antipoverty.testing import assert_deterministic, check_engine, over_tables
from antipoverty.testing.laws import reference


class OrchardFacts(HouseholdFacts, total=False):
    """The keywords of a county's model."""

    orchard: int | None


class Orchard(Household):
    """A county's model."""

    if TYPE_CHECKING:

        def __init__(self, /, **facts: Unpack[OrchardFacts]) -> None: ...

    orchard: Annotated[int | None, Fact(zh="果园", en="orchard", unit="mu", low=0, high=99)] = None


orchard = Orchard.model_validate(
    {
        "household_id": "h1",
        "area": AreaCode("610702100200"),
        "size": 3,
        "net_income_12m": "17400.00",
        "members": (Member(member_id="m", age=12),),
        "records": (Record(record_id="r", kind="job_loss", amount=Decimal("5.00")),),
        "orchard": 4,
    }
)
grown = Orchard(household_id="h2", area="610702100200", net_income_12m="17400.00", orchard=4)
plain = Household(household_id="h1", area="610702100200", net_income_12m=Money(5))
when: Condition = (household.net_income_12m < param("line") * household.size) & ~household.monitored
spent = records.where(kind="medical_self_paid").within(months=12).sum("amount") > yuan(10_000)
text: str = in_words(parse("size > 3"), "zh")
rule = Rule(
    id="r",
    title=Text("规则", "rule"),
    department="d",
    when=when | spent,
    source=Source("x", status="published", grade="A"),
    since=date(2021, 1, 1),
    severity="urgent",
)
textual = Rule(
    id="t",
    title=Text("规则", "rule"),
    department="d",
    when="size > 3",
    source=Source("x"),
    since=date(2021, 1, 1),
    severity=Severity.NOTICE,
)
line: Parameter = parameter(
    "line", Text("线", "line"), "yuan/person", [("6000", date(2021, 1, 1), None, Source("x"))]
)
pack = Pack(
    "p",
    Text("包", "pack"),
    rules=[rule, textual],
    departments={"d": Text("部", "dep")},
    parameters=[line],
    model=Orchard,
)
judgement = judge(orchard, pack, as_of=date(2021, 12, 1))
verdicts: Mapping[str, Verdict] = judgement.verdicts
for alert in judgement:
    one: Alert = alert
    shown: str = one.explain("en")
for found in discover_packs().packs.values():
    rules: Mapping[str, Rule] = found.rules
tree: AreaTree = shaanxi_areas()
names: list[str] = [area.name for area in tree.children("61")]
nxt: Period = Period.parse("2022-01").next
compiled = compile_pack(pack, as_of=date(2021, 12, 1))
answers: tuple[Verdict, ...] = compiled(orchard)
weighted = score((1, household.monitored), (ratio("0.5"), ~household.water_safe)) >= 1
orchard = facts(Orchard).orchard > 3
recent = household.monitored_since > ago(months=6)
try:
    both: Pack = combine(pack, pack)
except InvalidPackError as error:
    problems: tuple[AntipovertyError, ...] = error.problems
from_text: Callable[[str], Pack] = pack_from_toml
from_file: Callable[[Path], AreaTree] = load_areas


def screened(tables: Tables[pl.DataFrame], lazily: Tables[pl.LazyFrame]) -> None:
    """What comes back is a frame of the type that came in."""
    day = date(2021, 12, 1)
    screening = screen(tables, pack, as_of=day)
    assert_type(screening, Screening[pl.DataFrame])
    assert_type(screening.alerts, pl.DataFrame)
    assert_type(screening.summary("county", by="rule_id"), pl.DataFrame)
    assert_type(screen(lazily, pack, as_of=day).alerts, pl.LazyFrame)
    assert_type(screen(check(tables, pack, as_of=day), pack, as_of=day).judged, pl.DataFrame)
    assert_type(compare(pack, pack, tables, as_of=day).changes, pl.DataFrame)
    assert_type(Tables.of([plain]), Tables[pl.DataFrame])
    assert_type(Tables.read("tables"), Tables[pl.LazyFrame])
    screening.alerts.collect()  # type: ignore[attr-defined]  # it is no lazy frame


def first_only(households: Sequence[Household], pack: Pack, as_of: date) -> Verdicts:
    """An engine of one's own, with names of its own."""
    return {(households[0].household_id, rule): Verdict.WARN for rule in pack.rules}


def over_frames(tables: Tables[pl.DataFrame], pack: Pack, as_of: date) -> pl.DataFrame:
    """What reads tables is no engine before `over_tables` makes it one."""
    return screen(tables, pack, as_of=as_of).alerts


def held() -> None:
    """One kind of engine serves the kit's checks and the laws."""
    engines: list[Engine] = [reference, first_only, over_tables(over_frames)]
    for engine in engines:
        check_engine(engine, packs=[pack])
        assert_deterministic(rule, pack, engine=engine)


def kept(casebook: Casebook, day: date) -> None:
    """A verb in the database has the arguments of the verb on a book."""
    assert_type(casebook.advance("h1", "home_check", by="keeper-1", on=day), Case)
    assert_type(casebook.extend("p1", ["h1"], on=day, by="county-1"), Problem)
    casebook.advance("h1", "home_check", by="keeper-1")  # type: ignore[call-arg]
    casebook.withdraw("h1", by="keeper-1", on="2022-01-01", why="x")  # type: ignore[arg-type]
    casebook.move("h1", "610702100200", on=day, by="county-1", wy="x")  # type: ignore[call-arg]


# --- what a type checker must refuse; an ignore that is not needed is an error of its own ---

if TYPE_CHECKING:
    Household(household_id="h", aera="610702100200")  # type: ignore[call-arg]
    Household(household_id="h", area="610702100200", size="three")  # type: ignore[arg-type]
    Household(household_id="h", area="610702100200", net_income_12m=17400)  # type: ignore[arg-type]
    Household(household_id="h")  # type: ignore[call-arg]
    Member(member_id="m", age="12")  # type: ignore[arg-type]
    Record(record_id="r", kind="job_loss", amount=5.0)  # type: ignore[arg-type]
    check_engine(over_frames)  # type: ignore[arg-type]  # it reads tables, not households
    assert_deterministic(rule, pack, engine=over_frames)  # type: ignore[arg-type]
    check_engine(over_tables(over_frames), kind="duckdb")  # type: ignore[call-arg]
    lazily: Engine = lambda households, pack: {}  # type: ignore[assignment]  # noqa: E731
    Orchard(household_id="h", area="610702100200", orchrad=4)  # type: ignore[call-arg]
