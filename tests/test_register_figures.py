"""Figures are asked from the register, for any period, as it stood; the turn of a month too."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from tests.support.casework_books import empty

from antipoverty.casework import (
    INDICATORS,
    Book,
    RegisterFigures,
    advance,
    known_on,
    list_problem,
    open_cases,
)
from antipoverty.errors import InvalidArgumentError, InvalidStatisticsError
from antipoverty.model import Area, AreaTree, Keeper
from antipoverty.periods import Period
from antipoverty.scoring import NoticePolicy, Statistic, draft_notices

COUNTIES = ("610702", "610703", "610722")
VILLAGES = tuple(f"{county}100200" for county in COUNTIES)
AREAS = AreaTree(
    Area(code=code, name=code)
    for code in ["61", "6107", *COUNTIES, *(v[:9] for v in VILLAGES), *VILLAGES]
)
MONTH, QUARTER = Period.parse("2022-02"), Period.parse("2022-Q1")
POLICY = """
id = "asked"
choose = "rank"
commended = 1
criticised = 1
[notifies]
province = ["county"]
[[indicators]]
id = "coverage"
title.zh = "走访覆盖率"
title.en = "coverage"
unit = "share"
kind = "distinct"
direction = "higher"
best = 1
worst = 0
[[indicators]]
id = "detected-in-time"
title.zh = "核查及时率"
title.en = "checked in time"
unit = "share"
kind = "distinct"
direction = "higher"
best = 1
worst = 0
nothing = "allowed"
"""
HOMES = pl.DataFrame(
    [(f"h{n}", VILLAGES[n % 3], "no") for n in range(12)],
    schema=["household_id", "area", "away"], orient="row",
)  # fmt: skip
VISITS = pl.DataFrame(
    [(f"h{n}", "k1", f"2022-0{1 + n % 3}-10", "home") for n in range(10)],
    schema=["household_id", "keeper_id", "on", "how"], orient="row",
)  # fmt: skip
KEEPERS = (Keeper(keeper_id="k1", name="", phone="", grids=VILLAGES),)


def alerts(*rows: tuple[str, str, str]) -> pl.DataFrame:
    """Alerts that warn: household, area, rule."""
    columns = ["household_id", "area", "rule_id"]
    return pl.DataFrame(rows, schema=columns, orient="row").with_columns(verdict=pl.lit("warn"))


def worked() -> tuple[Book, tuple[Any, ...]]:
    """Two months: three new cases, one cleared that shows again, one checked late."""
    book, events, _ = open_cases(
        empty(),
        alerts(("h0", VILLAGES[0], "traffic-accident"), ("h1", VILLAGES[1], "traffic-accident")),
        as_of=date(2022, 2, 1),
    )
    every = [*events]
    for id_, on, outcome in (("h0", 3, None), ("h1", 20, "no-risk")):
        book, more = advance(
            book, id_, "home_check", by="keeper-1", on=date(2022, 2, on),
            finding={"visited": True}, outcome=outcome,
        )  # fmt: skip
        every += more
    book, more = list_problem(
        book, "p1", area=VILLAGES[2], origin="audit", on=date(2022, 2, 5), by="county-1"
    )
    every += more
    late = alerts(("h2", VILLAGES[2], "traffic-accident"))
    book, more, _ = open_cases(book, late, as_of=date(2022, 3, 1))
    return book, (*every, *more)


def asked(**changes: Any) -> RegisterFigures:
    """The register of the county, asked with all that its figures need."""
    _, events = worked()
    given: dict[str, Any] = {
        "book": lambda day: empty().read(known_on(events, day)),
        "level": "county",
        "areas": AREAS,
        "limits": {"detection": 7, "intervention": 7, "help": 7},
        "households": HOMES,
        "visits": VISITS,
        "keepers": KEEPERS,
    }
    return RegisterFigures(**given | changes)


def test_every_figure_of_the_list_can_be_counted() -> None:
    """Each is given for every county, of the period asked, and under its own name."""
    for name in INDICATORS:
        found = asked()(name, MONTH)
        assert {one.unit for one in found} == {*COUNTIES}, name
        assert {(one.indicator, one.period) for one in found} == {(name, MONTH)}


def test_new_cases_and_days_are_those_of_a_count_by_hand() -> None:
    """One of four households is new in two counties; two days and nineteen to the first look."""
    told = {
        name: {one.unit[4:6]: (one.numerator, one.denominator) for one in asked()(name, MONTH)}
        for name in ("new-cases", "realerts", "days-to-detect", "detected-in-time", "zeroed")
    }
    assert told["new-cases"] == {"02": (1, 4), "03": (1, 4), "22": (0, 4)}
    assert told["realerts"] == {"02": (0, 4), "03": (0, 4), "22": (0, 4)}
    assert told["days-to-detect"] == {"02": (2, 1), "03": (19, 1), "22": (0, 0)}
    assert told["detected-in-time"] == {"02": (1, 1), "03": (0, 1), "22": (0, 0)}
    assert told["zeroed"] == {"02": (0, 0), "03": (0, 0), "22": (0, 1)}


def test_a_past_period_is_asked_as_it_stood() -> None:
    """The register is asked for the book of the period's last day, once a day."""
    days: Counter[date] = Counter()
    book, _ = worked()

    def on(day: date) -> Book:
        days[day] += 1
        return book

    figures = asked(book=on)
    for name in ("new-cases", "zeroed", "detected-in-time"):
        figures(name, MONTH)
    assert days == {MONTH.last: 1}


@pytest.mark.parametrize(
    ("name", "without", "said"),
    [
        ("coverage", "visits", "visits"),
        ("coverage", "keepers", "keepers"),
        ("relapses", "households", "households"),
        ("helped-in-time", "limits", "limit in days of help"),
    ],
)
def test_what_a_figure_needs_is_named(name: str, without: str, said: str) -> None:
    """A figure that cannot be counted is no zero and no silence."""
    lacking: dict[str, Any] = {without: {} if without == "limits" else None}
    with pytest.raises(InvalidArgumentError, match=said):
        asked(**lacking)(name, MONTH)
    with pytest.raises(InvalidArgumentError, match="coverage"):
        asked()("coverag", MONTH)


def drafted(statistics: list[Statistic], **changes: Any) -> Any:
    """The notices of the province to counties for the first quarter."""
    given: dict[str, Any] = {
        "period": QUARTER, "issuer": "61", "level": "county",
        "issued_on": date(2022, 4, 2), "areas": AREAS,
    }  # fmt: skip
    return draft_notices(statistics, NoticePolicy.from_toml(POLICY), **given | changes)


def test_months_that_do_not_add_up_are_counted_anew() -> None:
    """Without the register they are refused by name; with it the quarter's figure decides."""
    figures = asked()
    months = [one for part in ("2022-01", "2022-02", "2022-03")
              for one in figures("coverage", Period.parse(part))]  # fmt: skip
    with pytest.raises(InvalidStatisticsError, match="coverage is a distinct count"):
        drafted(months)
    draft = drafted(months, register=figures)
    assert draft.missing == ()
    counted = {one.unit: one for one in figures("coverage", QUARTER)}
    for score in draft.scores:
        assert score.figures["coverage"] == counted[score.unit]
        assert score.figures["detected-in-time"].period == QUARTER


def test_a_figure_that_was_handed_in_stands() -> None:
    """One county's own figure of the quarter is kept; the other two are counted."""
    figures = asked()
    own = Statistic(
        unit=COUNTIES[0], period=QUARTER, indicator="coverage", numerator=1, denominator=4,
        kind="distinct",
    )  # fmt: skip
    parts = [one for one in figures("coverage", MONTH) if one.unit != COUNTIES[0]]
    told = {one.unit: one.figures["coverage"] for one in
            drafted([own, *parts], register=figures).scores}  # fmt: skip
    assert told[COUNTIES[0]].numerator == 1
    counted = {one.unit: one.numerator for one in figures("coverage", QUARTER)}
    assert told[COUNTIES[1]].numerator == counted[COUNTIES[1]]


# --- on the command line


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """A folder with the register and the files of the county."""
    pytest.importorskip("sqlalchemy")
    pytest.importorskip("typer")
    from antipoverty.casework import Casebook

    book, events = worked()
    with Casebook.open(f"sqlite:///{tmp_path}/cases.db", empty()) as kept:
        kept.append(events, book)
    HOMES.write_csv(tmp_path / "households.csv")
    VISITS.write_csv(tmp_path / "visits.csv")
    grids = pl.DataFrame({"keeper_id": ["k1"] * 3, "grid": VILLAGES})
    grids.write_csv(tmp_path / "keepers.csv")
    named = [(one.level.value, one.code, one.name, one.code.parent or "") for one in AREAS]
    areas = pl.DataFrame(
        [[str(cell) for cell in row] for row in named],
        schema=["level", "code", "name", "parent"], orient="row",
    )  # fmt: skip
    areas.write_csv(tmp_path / "areas.csv")
    (tmp_path / "policy.toml").write_text(POLICY, encoding="utf-8")
    return tmp_path


def options(office: Path) -> list[str]:
    """Where everything is, and the limits."""
    files = [f"--{name}={office / name}.csv" for name in ("households", "visits", "keepers")]
    store = f"--store=sqlite:///{office}/cases.db"
    return [*files, store, f"--areas={office / 'areas.csv'}", "--limit-days=detection=7"]


def test_every_figure_of_a_policy_comes_from_one_command(
    office: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """``cases figures --policy`` writes what ``notify`` reads; ``notify --recount`` needs none."""
    from antipoverty.cli import main

    out, policy = office / "figures.csv", f"--policy={office / 'policy.toml'}"
    common = options(office)
    wanted = ["cases", "figures", policy, "--period=2022-Q1", f"--statistics={out}", *common]
    assert main([*wanted, "--covering=61", "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert len(figures) == 2 * 3
    usual = [policy, "--period=2022-Q1", "--issuer=61", "--level=county", "--issued-on=2022-04-02"]
    areas = f"--areas={office / 'areas.csv'}"
    assert main(["notify", str(out), *usual, areas, "--json"]) == 0
    read = json.loads(capsys.readouterr().out)
    assert main(["notify", *usual, "--recount", *common, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == read
    assert main(["notify", *usual, areas]) == 2
    assert "--recount" in capsys.readouterr().err


def test_new_cases_and_relapses_are_written(
    office: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each by its name; a name that is none is refused with a suggestion."""
    from antipoverty.cli import main

    common = options(office)
    names = ["new-cases", "relapses"]
    assert main(["cases", "figures", *names, "--period=2022-02", *common, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert sum(one["numerator"] for one in told if one["indicator"] == "new-cases") == 2
    assert main(["cases", "figures", "newcases", "--period=2022-02", *common]) == 2
    assert "new-cases" in capsys.readouterr().err
    assert main(["cases", "figures", "--period=2022-02", *common]) == 2


def test_a_month_is_turned_by_a_command(office: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The next month's tables hold where a household moved; what contradicts is named, exit 1."""
    from antipoverty.casework import Casebook
    from antipoverty.cli import main

    files = office / "files"
    files.mkdir()
    rows = [("h0", VILLAGES[0]), ("h1", VILLAGES[0]), ("h2", VILLAGES[2]), ("h3", VILLAGES[0])]
    homes = pl.DataFrame(rows, schema=["household_id", "area"], orient="row")
    homes.write_parquet(files / "households.parquet")
    with Casebook.open(f"sqlite:///{office}/cases.db", empty()) as kept:
        moved = kept.move("h0", VILLAGES[2], on=date(2022, 3, 4), by="county-1")
        assert moved.area == VILLAGES[2]
    turned = office / "next"
    command = ["cases", "turn", str(files), "--period=2022-03", f"--out={turned}"]
    store = f"--store=sqlite:///{office}/cases.db"
    assert main([*command, store, "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["fed"]["moved"] == 1
    assert told["contradictions"] == [
        {"household_id": "h1", "what": "moved", "files": VILLAGES[0], "register": VILLAGES[1]}
    ]
    made = pl.read_parquet(turned / "households.parquet")
    assert dict(made.select("household_id", "area").iter_rows())["h0"] == VILLAGES[2]
    assert main([*command, store]) == 1
    assert "迁移" in capsys.readouterr().out
    same = ["cases", "turn", str(files), "--period=2022-03", f"--out={files}", store]
    assert main(same) == 2
