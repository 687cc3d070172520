"""Departments' files into tables: rows a second, and persons matched beside a join by hand.

Run with ``python benchmarks/bench_intake.py [SHARE]``. A share of 1 is 15,000,000 records
matched to 24,500,000 members by resident number; every number is invented, one in eight is
spelled oddly and some are spoilt. The join by hand is what somebody fluent in Polars writes who
must not compare or keep numbers either: lazy, on all cores, each number brought to one spelling,
checked and put through HMAC-SHA-256, and the rows that nobody answers to listed. It looks for no
doubles, no totals, no gone members, and holds what it needs. Another join by hand
leaves out the HMAC and the spelling, and loses rows.
"""

from __future__ import annotations

import os
import shutil
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


def spellings(number: pl.Expr) -> pl.Expr:
    """Numbers as departments write them: seven of eight plainly, some so that nobody is found."""
    way = pl.col("at") * 31 % 1000
    wide = pl.concat_str(
        pl.lit("\u3000"),
        number.str.replace_many(list("0123"), list("０１２３")),
    )
    old = pl.concat_str(number.str.slice(0, 6), number.str.slice(8, 9))
    return (
        pl.when(way < 50)
        .then(pl.concat_str(pl.lit("'"), number.str.to_lowercase()))
        .when(way < 80)
        .then(wide)
        .when((way < 120) & (number.str.slice(6, 2) == "19"))
        .then(old)
        .when(way < 125)
        .then(pl.concat_str(number.str.slice(0, 16), pl.lit("A1")))
        .otherwise(number)
    )


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
    listed = "".join(f'[[sources.columns]]\ncolumn = "{n}"\n{w}\n' for n, w in columns.items())
    return f'[[sources]]\nid = "{id_}"\npath = "{path}"\nrows = "{rows}"\n{more}\n{listed}'


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
                    spellings(numbers(who)).alias("身份证号"),
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


def spelled(text: pl.Expr) -> pl.Expr:
    """A number in 18 characters, as somebody writes it who has seen the files; else null."""
    bare = text.str.normalize("NFKC").str.replace_all(r"[\s'’]", "").str.to_uppercase()
    old = bare.str.contains("^[0-9]{15}$")
    body = (
        pl.when(old)
        .then(pl.concat_str(bare.str.slice(0, 6), pl.lit("19"), bare.str.slice(6)))
        .otherwise(bare.str.slice(0, 17))
    )
    digits = body.cast(pl.Int64, strict=False)
    left = sum(digits // 10 ** (16 - at) % 10 * weight for at, weight in enumerate(_WEIGHTS)) % 11
    last = left.replace_strict(
        list(range(11)), list("10X98765432"), default=None, return_dtype=pl.String
    )
    return pl.when(old | (bare.str.slice(17) == last)).then(pl.concat_str(body, last))


def digest(text: pl.Expr) -> pl.Expr:
    """The first 128 bits of a number's HMAC-SHA-256."""
    import polars_hash  # noqa: F401 - it gives every expression its hashes

    number: Any = text
    hexed: pl.Expr = number.chash.hmac_sha256(key=KEY.hex())
    return hexed.str.slice(0, 32).str.decode("hex").bin.reinterpret(dtype=pl.UInt128)


def by_hand(folder: str, out: str, *, careful: bool = True) -> float:
    """Seconds of the same by a join that somebody writes for this one task."""
    began = time.perf_counter()
    place, target = Path(folder), Path(out)
    target.mkdir()
    pl.scan_parquet(place / "homes.parquet").select(
        pl.col("户编号").alias("household_id"),
        pl.col("村代码").alias("area"),
        pl.col("人口").cast(pl.Int64).alias("size"),
    ).sink_parquet(target / "households.parquet")
    text = pl.col("身份证号")
    number = digest(spelled(text)) if careful else text.str.strip_chars().str.to_uppercase()
    number = number.alias("who")
    pl.scan_parquet(place / "members.parquet").select(
        pl.col("户编号").alias("household_id"),
        pl.col("成员编号").alias("member_id"),
        pl.col("年龄").cast(pl.Int64).alias("age"),
        number,
    ).sink_parquet(target / "held.parquet")
    members = pl.scan_parquet(target / "held.parquet")
    members.drop("who").sink_parquet(target / "members.parquet")
    records = (
        pl.scan_parquet(place / "records.parquet")
        .with_row_index("row")
        .select(
            "row",
            pl.col("日期").str.to_date("%Y%m%d").alias("day"),
            (pl.col("金额").cast(pl.Decimal(18, 2)) * 100).cast(pl.Int64).alias("amount"),
            pl.lit("medical_self_paid").alias("kind"),
            number,
        )
    )
    records.join(members.drop("age"), on="who", how="left").drop("who").sink_parquet(
        target / "tied.parquet"
    )
    tied = pl.scan_parquet(target / "tied.parquet")
    found = pl.col("household_id").is_not_null()
    tied.filter(found).sink_parquet(target / "records.parquet")
    tied.filter(~found).select("row").sink_csv(target / "aside.csv")
    (target / "held.parquet").unlink()
    (target / "tied.parquet").unlink()
    return time.perf_counter() - began


def careless(folder: str, out: str) -> float:
    """Seconds of a join that takes the numbers as they stand, and so loses some."""
    return by_hand(folder, out, careful=False)


def placed(out: Path) -> int:
    """How many records came into the table."""
    there = out / "records" if (out / "records").is_dir() else out / "records.parquet"
    return int(pl.scan_parquet(there).select(pl.len()).collect().item())


def matched(folder: Path, share: float) -> list[Row]:
    """Records matched to members, each way in a fresh process; the files may be there already."""
    if not (folder / "intake.toml").exists():
        plant(folder, share)
    names = ("by_hand", "ours", "careless")
    found = {
        name: in_fresh_process("bench_intake", name, str(folder), str(folder / f"out-{name}"))
        for name in names
    }
    came = {name: placed(folder / f"out-{name}") for name in names}
    assert came["ours"] == came["by_hand"] > came["careless"], came
    for name in names:
        shutil.rmtree(folder / f"out-{name}")
    ours_, hand = found["ours"], found["by_hand"]
    lost = 100 - 100 * came["careless"] / came["ours"]
    what = f"{int(RECORDS * share):,} records to {int(MEMBERS * share):,} members, files to tables"
    rows = []
    for name, said, limit in (
        ("by_hand", "by hand", "1.5"),
        ("careless", f"by hand, no HMAC nor spelling: {lost:.0f} % are lost", ""),
    ):
        peer = found[name]
        ratio = ours_["seconds"] / peer["seconds"]
        beside = f"{peer['seconds']:.1f} s {said}"
        met = ratio <= 1.5 if limit else None
        rows.append(Row(what, f"{ours_['seconds']:.1f} s", beside, ratio, limit, met))
    gib = f"{hand['gib']:.2f} GiB by hand"
    peak = Row("peak memory", f"{ours_['gib']:.2f} GiB", gib, None, "4 GiB", ours_["gib"] <= 4)
    return [*rows, peak]


def main(share: float = 1.0) -> list[Row]:
    """Measure everything; ``PLANTED`` names a folder that `plant` has filled before."""
    there = Path(os.environ["PLANTED"]) if share == 1 and "PLANTED" in os.environ else None
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        rows += by_form(Path(folder), int(ROWS * min(1, share * 5)))
    if there is not None:
        return rows + matched(there, share)
    with tempfile.TemporaryDirectory() as folder:
        return rows + matched(Path(folder), share)


if __name__ == "__main__":
    print(table(main(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0)))
