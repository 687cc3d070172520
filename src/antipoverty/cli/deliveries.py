"""``deliveries`` says which department has not handed over what, and for which days."""

from __future__ import annotations

from typing import Annotated, Any

import narwhals as nw
import polars as pl
import typer

from antipoverty.cli._shell import (
    AreasFile,
    AsOf,
    Folder,
    JsonFlag,
    PackName,
    console,
    print_json,
    print_table,
    read_areas,
    read_pack,
)
from antipoverty.codes import Level
from antipoverty.errors import MissingTableError
from antipoverty.screening import Tables, delivery_gaps

LACKING = 1
"""The exit code when something is late, or lacks of a kind without a stated duty."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(deliveries)


def deliveries(
    folder: Folder,
    pack: PackName,
    as_of: AsOf,
    areas: AreasFile = None,
    level: Annotated[Level, typer.Option(help="Ask for each area of this level.")] = Level.COUNTY,
    months: Annotated[int, typer.Option(min=1, max=120, help="For so many months.")] = 12,
    json: JsonFlag = False,
) -> None:
    """Say who has not handed over what (筛查预警职责清单), and what of it is late.

    Exit code 1 if anything is late. Of kinds whose pack does not say how often they are owed,
    every day that lacks counts as late.
    """
    policy, tree = read_pack(pack, None), read_areas(areas)
    tables = Tables.read(folder)
    if tables.deliveries is None:
        raise MissingTableError(
            f"{folder} has no deliveries.parquet: a line for each kind that was handed over, with "
            "department, kind, area, first, last"
        )
    lived: Any = nw.from_native(tables["households"]).lazy()
    codes = lived.select(nw.col("area").cast(nw.String).str.slice(0, level.digits)).collect()
    places = set(codes.to_native()["area"].drop_nulls().to_list())
    gaps = delivery_gaps(tables.deliveries, policy, places, as_of=as_of, months=months)
    if json:
        print_json({"as_of": as_of.isoformat(), "months": months, "gaps": _plain(gaps)})
    elif gaps.height:
        print_table(
            f"未交付 not handed over，{as_of} 前 {months} 个月",
            (
                "部门\ndepartment",
                "数据项\nkind",
                "代码\ncode",
                "地区\narea",
                "已交至\nuntil",
                "缺天数\ndays lacking",
                "报送周期\nowed every",
                "逾期天数\ndays late",
            ),
            (
                (
                    policy.departments[row["department"]].zh,
                    policy.kinds[row["kind"]].title.zh,
                    row["area"],
                    tree.full_name(row["area"]) if row["area"] in tree else "",
                    str(row["delivered_until"] or "从未 never"),
                    row["days_lacking"],
                    _EVERY[row["every"]],
                    "" if row["days_late"] is None else row["days_late"],
                )
                for row in gaps.iter_rows(named=True)
            ),
        )
    else:
        console().print(f"全部交付 all was handed over: {len(policy.kinds)} × {len(places)}")
    if gaps.filter(pl.col("days_late").fill_null(1) > 0).height:
        raise typer.Exit(LACKING)


_EVERY = {
    None: "未定 not stated",
    "week": "每周 week",
    "month": "每月 month",
    "quarter": "每季 quarter",
    "half-year": "每半年 half-year",
    "year": "每年 year",
}


def _plain(gaps: pl.DataFrame) -> list[dict[str, Any]]:
    days = pl.col("delivered_until", "lacking_until", "owed_until").dt.to_string()
    return gaps.with_columns(days).to_dicts()
