"""Departments' files into tables: rows a second, and persons matched beside a join by hand.

Run with ``python benchmarks/bench_intake.py [SHARE]``. A share of 1 is 15,000,000 records
matched to 24,500,000 members by resident number; every number is invented. The join by hand is
what somebody fluent in Polars writes: it compares the numbers themselves, checks none of them,
lists nothing that does not fit, and holds what it needs.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import polars as pl

from antipoverty.intake import load_mapping, read, read_into, read_mapping
from common import Row, in_fresh_process, table, timed

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "support"))

HOMES, MEMBERS, RECORDS = 7_000_000, 24_500_000, 15_000_000
ROWS = 1_000_000
KEY = b"the key of the benchmark of intake"
VILLAGE = "610702100200"
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def numbers(serial: pl.Expr) -> pl.Expr:
    """Invented resident numbers that check, each serial's its own."""
    day = 1 + serial % 28
    month = 1 + serial // 28 % 12
    year = 1930 + serial // 336 % 90
    order = 1 + serial // 30_240 % 999
    place = 619_000 + serial // 30_209_760
    body = (((place * 10_000 + year) * 100 + month) * 100 + day) * 1000 + order
    left = sum((body // 10 ** (16 - at)) % 10 * weight for at, weight in enumerate(_WEIGHTS))
    last = (left % 11).replace_strict(list(range(11)), list("10X98765432"))
    return pl.concat_str(body.cast(pl.String), last)


def plain(rows: int) -> pl.DataFrame:
    """Households as a file holds them."""
    at = pl.int_range(rows)
    return pl.select(
        at.alias("at"),
    ).select(
        pl.concat_str(pl.lit("h"), pl.col("at").cast(pl.String)).alias("户编号"),
        pl.lit(VILLAGE).alias("村代码"),
        (pl.col("at") % 8 + 1).cast(pl.String).alias("人口"),
        pl.concat_str((pl.col("at") % 90_000).cast(pl.String), pl.lit(".50")).alias("纯收入"),
        pl.when(pl.col("at") % 9 == 0).then(pl.lit("是")).otherwise(pl.lit("否")).alias("低保"),
        pl.lit("2021/3/5").alias("纳入时间"),
    )


COLUMNS = {
    "户编号": 'field = "household_id"',
    "村代码": 'field = "area"',
    "人口": 'field = "size"',
    "纯收入": 'field = "net_income_12m"\nunit = "元"',
    "低保": 'field = "minimum_living"',
    "纳入时间": 'field = "monitored_since"',
}


def source(id_: str, path: str, rows: str, columns: dict[str, str], more: str = "") -> str:
    """A source of a mapping."""
    listed = "".join(f'[[source.columns]]\ncolumn = "{n}"\n{w}\n' for n, w in columns.items())
    return f'[[source]]\nid = "{id_}"\npath = "{path}"\nrows = "{rows}"\n{more}\n{listed}'


def by_form(folder: Path, rows: int) -> list[Row]:
    """Rows a second from each form."""
    frame = plain(rows)
    frame.write_csv(folder / "plain.csv")
    frame.write_csv(folder / "quoted.csv", quote_style="always")
    (folder / "gbk.csv").write_bytes(frame.write_csv().encode("gb18030"))
    frame.head(rows // 4).write_excel(str(folder / "book.xlsx"))
    found = []
    forms = (("plain.csv", rows), ("quoted.csv", rows), ("gbk.csv", rows), ("book.xlsx", rows // 4))
    for name, count in forms:
        mapping = read_mapping(source("homes", name, "households", COLUMNS))
        seconds = timed(lambda mapping=mapping: read(mapping, folder))
        found.append(
            Row(f"{count:,} rows of 6 columns from {name}", f"{count / seconds:,.0f} rows/s")
        )
    found += from_postgres(frame)
    return found


def from_postgres(frame: pl.DataFrame) -> list[Row]:
    """Rows a second from PostgreSQL, by rows and by columns."""
    import sqlalchemy

    import postgres

    if postgres.why_not() is not None:
        return [Row("PostgreSQL", postgres.why_not() or "")]
    rows = frame.height // 2
    found = []
    with postgres.server() as address:
        rows_address = address.replace("postgresql://", "postgresql+psycopg://")
        engine = sqlalchemy.create_engine(rows_address)
        with engine.begin() as connection:
            connection.execute(
                sqlalchemy.text(
                    f"create table homes as select 'h' || i as a, '{VILLAGE}' as b, "
                    "(i % 8 + 1)::int as c, ((i % 90000) + 0.5)::numeric(12, 2) as d, "
                    f"i % 9 = 0 as e, date '2021-03-05' as f from generate_series(1, {rows}) i"
                )
            )
        engine.dispose()
        columns = dict(zip("abcdef", COLUMNS.values(), strict=True))
        for name, at in (("SQLAlchemy", rows_address), ("ADBC", f"adbc:{address}")):
            text = source("homes", at, "households", columns, 'query = "select * from homes"')
            mapping = read_mapping(text)
            seconds = timed(lambda mapping=mapping: read(mapping))
            what = f"{rows:,} rows of 6 columns from PostgreSQL by {name}"
            found.append(Row(f"{what} (read twice: digest)", f"{rows / seconds:,.0f} rows/s"))
    return found


def plant(folder: Path, share: float) -> None:
    """Write the files of households, members and records."""
    homes, members, records = (int(n * share) for n in (HOMES, MEMBERS, RECORDS))
    plain(homes).select("户编号", "村代码", "人口").write_parquet(folder / "homes.parquet")
    step = 2_000_000
    for name, count in (("members", members), ("records", records)):
        (folder / name).mkdir()
        frames = []
        for start in range(0, count, step):
            at = pl.int_range(start, min(start + step, count), dtype=pl.Int64)
            frame = pl.select(at.alias("at"))
            if name == "members":
                home = pl.col("at") * homes // members
                frame = frame.select(
                    pl.concat_str(pl.lit("h"), home.cast(pl.String)).alias("户编号"),
                    pl.concat_str(pl.lit("m"), pl.col("at").cast(pl.String)).alias("成员编号"),
                    numbers(pl.col("at")).alias("身份证号"),
                    (pl.col("at") % 90).cast(pl.String).alias("年龄"),
                )
            else:
                who = pl.col("at") * 7_919 % (members + members // 50)
                frame = frame.select(
                    numbers(who).alias("身份证号"),
                    pl.lit("20210305").alias("日期"),
                    pl.concat_str((pl.col("at") % 9_000).cast(pl.String), pl.lit(".25")).alias(
                        "金额"
                    ),
                )
            frame.write_parquet(folder / name / f"{start:09d}.parquet")
            frames.append(folder / name / f"{start:09d}.parquet")
        pl.scan_parquet(frames).sink_parquet(folder / f"{name}.parquet")
    text = source(
        "homes",
        "homes.parquet",
        "households",
        {n: COLUMNS[n] for n in ("户编号", "村代码", "人口")},
    )
    text += source(
        "members",
        "members.parquet",
        "members",
        {
            "户编号": 'field = "household_id"',
            "成员编号": 'field = "member_id"',
            "身份证号": 'field = "resident_id"',
            "年龄": 'field = "age"',
        },
    )
    text += source(
        "bills",
        "records.parquet",
        "records",
        {"日期": 'field = "day"', "金额": 'field = "amount"\nunit = "元"'},
        'person = "身份证号"\nconstants = {kind = "medical_self_paid"}',
    )
    (folder / "intake.toml").write_text(text, encoding="utf-8")


def ours(folder: str, out: str) -> float:
    """Seconds of the intake."""
    began = time.perf_counter()
    found = read_into(out, load_mapping(Path(folder) / "intake.toml"), folder, key=KEY)
    seconds = time.perf_counter() - began
    assert all(one.adds_up for one in found.report)
    return seconds


def by_hand(folder: str, out: str) -> float:
    """Seconds of the same by a join that somebody writes for this one task."""
    began = time.perf_counter()
    place, target = Path(folder), Path(out)
    target.mkdir()
    homes = pl.scan_parquet(place / "homes.parquet")
    homes.select(
        pl.col("户编号").alias("household_id"),
        pl.col("村代码").alias("area"),
        pl.col("人口").cast(pl.Int64).alias("size"),
    ).sink_parquet(target / "households.parquet")
    members = pl.scan_parquet(place / "members.parquet").select(
        pl.col("户编号").alias("household_id"),
        pl.col("成员编号").alias("member_id"),
        pl.col("身份证号").str.strip_chars().str.to_uppercase().alias("number"),
        pl.col("年龄").cast(pl.Int64).alias("age"),
    )
    members.drop("number").sink_parquet(target / "members.parquet")
    records = pl.scan_parquet(place / "records.parquet").select(
        pl.col("身份证号").str.strip_chars().str.to_uppercase().alias("number"),
        pl.col("日期").str.to_date("%Y%m%d").alias("day"),
        (pl.col("金额").cast(pl.Decimal(18, 2)) * 100).cast(pl.Int64).alias("amount"),
    )
    records.join(members.drop("age"), on="number", how="inner").drop("number").sink_parquet(
        target / "records.parquet"
    )
    return time.perf_counter() - began


def matched(folder: Path, share: float) -> list[Row]:
    """Records matched to members, each way in a fresh process."""
    plant(folder, share)
    found = {
        name: in_fresh_process("bench_intake", name, str(folder), str(folder / f"out-{name}"))
        for name in ("by_hand", "ours")
    }
    a, b = found["ours"], found["by_hand"]
    ratio = a["seconds"] / b["seconds"]
    what = f"{int(RECORDS * share):,} records to {int(MEMBERS * share):,} members, files to tables"
    return [
        Row(
            what,
            f"{a['seconds']:.1f} s",
            f"{b['seconds']:.1f} s by hand",
            ratio,
            "1.5",
            ratio <= 1.5,
        ),
        Row(
            "peak memory of it",
            f"{a['gib']:.2f} GiB",
            f"{b['gib']:.2f} GiB by hand",
            None,
            "4 GiB",
            a["gib"] <= 4,
        ),
    ]


def province(households: int) -> list[Row]:
    """The planted province in full: every row where it belongs."""
    import planted as world
    from antipoverty import shaanxi_areas

    with tempfile.TemporaryDirectory() as folder:
        planted = world.Planter(households, seed=11, often=200).plant(Path(folder))
        found: Any = None

        def go() -> None:
            nonlocal found
            mapping = load_mapping(Path(folder) / "intake.toml")
            found = read(mapping, folder, areas=shaanxi_areas(), key=world.KEY)

        seconds = timed(go)
        rows = sum(one.rows for one in found.report)
        wrong = damaged = 0
        for one in found.report:
            listed = {k: set(v) for k, v in one.aside.items() if k in planted.damaged[one.id]}
            wrong += sum(len(listed.get(k, set()) ^ v) for k, v in planted.damaged[one.id].items())
            wrong += abs(one.placed - len(planted.placed[one.id]))
            damaged += sum(map(len, planted.damaged[one.id].values()))
        same = all(
            found.tables[name]
            .with_columns(pl.col(key).str.replace("^.*-records-", ""))
            .sort(key)
            .select(frame.columns)
            .equals(frame.sort(key))
            for name, frame in planted.tables.items()
            for key in [{"members": "member_id", "records": "record_id"}.get(name, "household_id")]
        )
    files = len(found.report.sources)
    what = f"{households:,} households, {files} files, {rows:,} rows, {damaged:,} damaged"
    return [
        Row(what, f"{seconds:.1f} s"),
        Row("rows placed or listed wrongly", str(wrong), "", None, "0", wrong == 0),
        Row(
            "tables equal to the clean ones without what was lost",
            str(same),
            "",
            None,
            "True",
            same,
        ),
    ]


def main(share: float = 1.0) -> list[Row]:
    """Measure everything."""
    rows = province(int(20_000 * min(1, share * 5)))
    with tempfile.TemporaryDirectory() as folder:
        rows += by_form(Path(folder), int(ROWS * min(1, share * 5)))
    with tempfile.TemporaryDirectory() as folder:
        rows += matched(Path(folder), share)
    return rows


if __name__ == "__main__":
    print(table(main(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0)))
