"""A county of planted personal values and hostile names, and every thing that is made of it.

Ten thousand values of persons lie in its tables; titles, areas, departments, reasons and the
headers of its files are markup. What is laid out, drawn or printed of it shows neither.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import attrs
import polars as pl

from antipoverty import Household, Member, Tables, Text, screen, shaanxi_areas
from antipoverty.casework import (
    Book,
    Cluster,
    in_times,
    list_problem,
    open_cases,
    record_help,
)
from antipoverty.comparison import compare, suppose, sweep
from antipoverty.intake import preflight, read_mapping
from antipoverty.model import AreaTree
from antipoverty.packs import shaanxi_2531, shaanxi_rectification, shaanxi_workflow
from antipoverty.periods import Period
from antipoverty.sampling import WeeklyVillagePlan, coverage, draw
from antipoverty.scoring import (
    AssessmentPolicy,
    Draft,
    Indicator,
    NoticePolicy,
    Statistic,
    assess,
    draft_notices,
)
from antipoverty.summaries import Sources, summary
from casework_books import ENTRY, walk
from markup import EVIL, criticised_twice

BOTH = Text(EVIL, EVIL)
AS_OF = date(2021, 12, 1)
LATER = AS_OF + timedelta(90)
MANY = 2000
VILLAGES = ("610702100200", "610722001001")


def planted() -> tuple[Tables[pl.DataFrame], list[str]]:
    """A county in which each household has five values of persons, and each of them once."""
    numbers = range(MANY)
    names = [f"赵钱{chr(0x4E00 + n)}{chr(0x5000 + n)}" for n in numbers]
    ids = [f"61070219{n:010d}" for n in numbers]
    telephones = [f"139{n:08d}" for n in numbers]
    amounts = [910_007 + 10 * n for n in numbers]  # none of them is whole yuan
    accounts = [f"622848{n:013d}" for n in numbers]
    base = Tables.of(
        Household(
            household_id=f"home-{n}",
            area=VILLAGES[0] if n % 3 else VILLAGES[1],
            size=1 + n % 2,
            monitored=False,
            net_income_12m=f"{amounts[n] // 100}.{amounts[n] % 100:02}",
            members=(Member(member_id=f"m{n}", age=n % 90),),
            records=(),
        )
        for n in numbers
    )
    more = {"head_name": names, "telephone": telephones, "note": accounts}
    households = base["households"].with_columns(**{k: pl.Series(v) for k, v in more.items()})
    of_persons = {"name": names, "id_number": ids}
    members = base["members"].with_columns(**{k: pl.Series(v) for k, v in of_persons.items()})
    shown = [f"{one / 100:,.2f}" for one in amounts]
    values = [*names, *ids, *telephones, *shown, *accounts]
    return Tables(households, members, base["records"]), values


def areas() -> AreaTree:
    """The province, with cities and counties whose names are markup."""
    return AreaTree(
        one.model_copy(update={"name": f"{EVIL}{one.code}"}) if len(one.code) < 9 else one
        for one in shaanxi_areas()
    )


MAPPING = f"""
[[sources]]
id = "homes"
path = "homes.csv"
columns = [
  {{ column = "户编号", field = "household_id" }}, {{ column = "村代码", field = "area" }},
  {{ column = "户主", field = "head_name" }}, {{ column = '{EVIL}', field = "size" }},
  {{ column = "纯收入", field = "net_income_12m", unit = "元" }},
]
[[sources]]
id = "people"
path = "people.csv"
rows = "members"
columns = [
  {{ column = "户编号", field = "household_id" }}, {{ column = "成员编号", field = "member_id" }},
  {{ column = "姓名", field = "name" }}, {{ column = "年龄", field = "age" }},
]
"""


def files(tables: Tables[pl.DataFrame], folder: Path) -> Path:
    """Two departments' files of the county, telephones and ids in columns that nobody maps."""
    homes, people = tables["households"], tables["members"]
    wanted = {
        "homes": (
            ["户编号", "村代码", "户主", EVIL, "纯收入", "电话", "账号"],
            homes.select(
                "household_id", "area", "head_name", "size",
                pl.col("net_income_12m") / 100, "telephone", "note",
            ).rows(),
        ),
        "people": (
            ["户编号", "成员编号", "姓名", "年龄", "身份证"],
            people.select(
                "household_id", "member_id", "name",
                # in every tenth row a person's number stands where an age belongs
                pl.when(pl.int_range(pl.len()) % 10 == 0)
                .then("id_number").otherwise(pl.col("age").cast(pl.String)).alias("said"),
                "id_number",
            ).rows(),
        ),
    }  # fmt: skip
    for name, (header, rows) in wanted.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as out:
            csv.writer(out).writerows([header, *rows])
    mapping = folder / "intake.toml"
    mapping.write_text(MAPPING, encoding="utf-8")
    return mapping


def pack() -> Any:
    """Shaanxi's pack with titles and departments that are markup."""
    real = shaanxi_2531()
    return real.evolve(
        title=BOTH,
        rules=[attrs.evolve(one, title=BOTH) for one in real.rules.values()],
        departments=dict.fromkeys(real.departments, BOTH),
    )


def _draft(period: str, tree: AreaTree) -> Draft:
    units = [one.code for one in tree if len(one.code) == 6 and one.code.startswith("6107")]
    policy = NoticePolicy(
        id=EVIL, source=EVIL, choose="outside-limits", commended=Fraction(1, 1000),
        criticised=Fraction(1, 1000), multiplicity="each", overdispersion="none",
        indicators=(
            Indicator(id="coverage", title=BOTH, unit="share", direction="higher", best=1, worst=0),
        ),
    )  # fmt: skip
    when = Period.parse(period)
    told = [
        Statistic(
            unit=unit, period=when, indicator="coverage",
            numerator=20 if not n else 91, denominator=100 + n,
        )
        for n, unit in enumerate(units[:-1])
    ]  # fmt: skip
    return draft_notices(
        told, policy, period=when, issuer="6107", level="county",
        issued_on=date(2022, 12, 31), areas=tree,
    )  # fmt: skip


def warned(alerts: pl.DataFrame) -> str:
    """A household that is warned of."""
    return str(alerts.filter(pl.col("verdict") == "warn")["household_id"][0])


def _book(alerts: pl.DataFrame) -> Book:
    """Cases of all alerts, one of them decided and helped, and a problem whose text is markup."""
    book, *_ = open_cases(
        Book(shaanxi_2531(), shaanxi_workflow(), shaanxi_rectification()), alerts, as_of=AS_OF
    )
    first = warned(alerts)
    book, _, on = walk(book, first, ENTRY, AS_OF)
    risk = book.case(first).risks[0]
    measure = book.workflow.risk(risk).measures[0]
    book, _ = record_help(book, first, measure, risk=risk, by="county-2", on=on)
    book, _ = list_problem(
        book, "p1", area="610702", origin="audit", on=AS_OF, by="county-1", reference="f-1"
    )
    return book


@attrs.frozen
class World:
    """All that is made of the county, each thing by what it is called."""

    values: list[str]
    tables: Tables[pl.DataFrame]
    things: dict[str, Any]
    charts: dict[str, Callable[[Any], Any]]


def world(folder: Path) -> World:
    """Make everything of the county that can be shown."""
    from antipoverty import charts

    tables, values = planted()
    tree, policy = areas(), pack()
    found = screen(tables, policy, as_of=AS_OF, areas=tree)
    other = suppose(policy, "monitoring_line", "9200")
    both = compare(policy, other, tables, as_of=AS_OF, areas=tree)
    counted = found.totals()
    book = _book(found.alerts)
    plan = WeeklyVillagePlan(tree)
    receipts = [draw(plan, period=f"2022-W0{n}", seed=f"{EVIL} rehearsal {n}") for n in (5, 6)]
    notices = criticised_twice()
    board = assess(notices, AssessmentPolicy(source=EVIL), as_of=date(2022, 12, 31), areas=tree)
    drafts = [_draft(period, tree) for period in ("2022-10", "2022-11")]
    year = Period.parse("2021")
    paper = summary(
        year, book, Sources(events=(), receipts=receipts, notices=notices, board=board), areas=tree
    )
    checked = preflight(
        read_mapping(files(tables, folder).read_text(encoding="utf-8")),
        folder, pack=policy, as_of=AS_OF, areas=tree,
    )  # fmt: skip
    case = book.cases[warned(found.alerts)]
    measured = in_times(book, level="county", period=Period.parse("2021-12"), as_of=LATER)
    rule = next(iter(policy.rules.values()))
    names = {one.code: one.name for one in tree if len(one.code) == 6}
    cluster = Cluster("610702", 9, 3, "history", Fraction(3), Fraction(1, 999), Fraction(1, 100))
    curve = sweep(policy, tables, "monitoring_line", ["9000", "9200"], as_of=AS_OF)
    reports = [coverage(plan, receipts[:n]) for n in (1, 2)]
    home = found.household("home-7")
    things = {
        "Screening": found, "Comparison": both, "Receipt": receipts[0], "Board": board,
        "Draft": drafts[1], "Summary": paper, "Preflight": checked, "Tables": tables,
        "Household": home, "Member": home.members[0], "Judgement": found.judgement("home-7"),
        "Book": book, "Case": case, "Pack": policy, "Rule": rule, "Page": found.report(),
        "ShownFrame": screen(
            Tables(**{name: tables[name].lazy() for name in tables}), policy, as_of=AS_OF
        ).alerts,
    }  # fmt: skip
    drawn = {
        "alerts_by_area": lambda to: charts.alerts_by_area(counted, to),
        "alerts_by_area_and_month": lambda to: charts.alerts_by_area_and_month([counted], to),
        "area_map": lambda to: charts.area_map(counted, to),
        "cluster_chart": lambda to: charts.cluster_chart([cluster], to, names=names),
        "coverage_over_time": lambda to: charts.coverage_over_time(reports, to),
        "flow_of_states": lambda to: charts.flow_of_states(book, to),
        "funnel": lambda to: charts.funnel(drafts[1], "coverage", to, names=names),
        "in_time_distributions": lambda to: charts.in_time_distributions(measured, to, names=names),
        "league": lambda to: charts.league(drafts[1], "coverage", to, names=names),
        "run_chart": lambda to: charts.run_chart(drafts, "610702", "coverage", to, names=names),
        "threshold_curve": lambda to: charts.threshold_curve(curve, BOTH, to, now="9000"),
        "trend": lambda to: charts.trend([counted], to),
        "undecided_by_cause": lambda to: charts.undecided_by_cause(counted, to),
    }  # fmt: skip
    return World(values, tables, things, drawn)
