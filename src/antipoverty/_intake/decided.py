"""What people decided about rows without a number (人工认定): a list goes out and comes back.

A list names rows by their numbers, so it carries the digest of the file it was made from, and is
refused once that file has changed. Who decided and when stands beside every decision.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from antipoverty._base.csvfiles import day_in
from antipoverty._base.frozen import Frozen
from antipoverty._base.opaque import opaque
from antipoverty._base.workbooks import Sheet, SheetColumn, write_workbook
from antipoverty._intake.cells import held
from antipoverty._intake.mapping import Source
from antipoverty._intake.sources import digest_of, open_source
from antipoverty._intake.text import ROW
from antipoverty.errors import AntipovertyError, InvalidFileError, LineError, phrase

HOME = "_decided_home"
"""The column of the household that people decided on."""
MEMBER = "_decided_member"
"""The column of the member."""

_LISTED = ("source", "row", "household_id", "member_id", "probability", "file")
_ASKED = ("是否此人", "经办人编号", "日期")
_YES, _NO = ("是", "yes"), ("否", "no")
_NOTES: Mapping[str, str] = Frozen(
    {
        "是否此人": "对照原文件决定：是 或 否；空白是还没有决定。Is it this person? yes or no",
        "经办人编号": "编号，不写姓名。A number of yours, no name",
        "日期": "决定的日期，如 2021-12-01。The day of the decision",
    }
)
DIGITS = 16
"""How much of a file's digest stands in a list."""


def write_candidates(path: str | Path, found: pl.DataFrame) -> None:
    """Write candidates as a list to be decided on, a CSV or a workbook with drop-down lists.

    Args:
        path: A file that is not there yet.
        found: What `candidates` found.

    Raises:
        MissingExtraError: A workbook needs an extra.
    """
    place = Path(path)
    listed = found.with_columns(pl.col("probability").round(4).cast(pl.String), pl.col("row"))
    if place.suffix.lower() == ".xlsx":
        columns = [SheetColumn(name) for name in _LISTED]
        columns += [
            SheetColumn(
                name,
                note=_NOTES[name],
                accepts="day" if name == "日期" else "text",
                choices=("是", "否") if name == "是否此人" else (),
                fill=True,
            )
            for name in _ASKED
        ]
        rows = [[*row, None, None, None] for row in listed.select(_LISTED).rows()]
        write_workbook(place, [Sheet("候选", tuple(columns), rows)])
        return
    empty = [pl.lit("").alias(name) for name in _ASKED]
    with place.open("x", encoding="utf-8-sig", newline="") as target:
        target.write(listed.select(*_LISTED, *empty).write_csv())


def read_decisions(source: Source, folder: Path) -> pl.DataFrame | None:
    """Read what people decided about the rows of a source: the row, its household and member.

    Raises:
        InvalidFileError: Every problem of the list, with its line: decided by nobody or on no
            day, two persons for a row, a file that has changed since.
    """
    if source.link is None or source.link.decided is None:
        return None
    opened = open_source(Source(id="decided", path=source.link.decided), folder)
    lacking = [name for name in (*_LISTED[:4], "file", *_ASKED) if name not in opened.columns]
    said = phrase("the decided list {decided} cannot be used", decided=source.link.decided)
    if lacking:
        raise InvalidFileError(
            said, [LineError(1, "the header lacks {lacking}", lacking=", ".join(lacking))]
        )
    digest = digest_of(source, folder)[:DIGITS]
    problems: list[AntipovertyError] = []
    taken: dict[int, tuple[str, str]] = {}
    for piece in opened.pieces:
        cells = pl.DataFrame(held(piece.cells[one], ("",)) for one in opened.columns)
        lines = piece.cells[ROW]
        for line, row in zip(lines, cells.iter_rows(named=True), strict=True):
            if row["source"] == source.id:
                _decide(line, row, digest, taken, problems)
    if problems:
        raise InvalidFileError(said, problems)
    return pl.DataFrame(
        [(row, *whom) for row, whom in taken.items()],
        schema={ROW: pl.UInt32, HOME: pl.String, MEMBER: pl.String},
        orient="row",
    )


def _decide(
    line: int,
    row: Mapping[str, str | None],
    digest: str,
    taken: dict[int, tuple[str, str]],
    problems: list[AntipovertyError],
) -> None:
    word = (row["是否此人"] or "").lower()
    faults: list[str] = []
    if word not in ("", *_YES, *_NO):
        faults.append(phrase("是否此人 is neither 是 nor 否; leave it empty while it is open"))
    if word in _YES:
        faults += _faults(row, digest)
    number = row["row"] or ""
    if word in _YES and not faults:
        if not number.isdecimal() or row["household_id"] is None or row["member_id"] is None:
            faults.append(
                phrase("its row, household or member is missing; list the candidates anew")
            )
        elif int(number) in taken:
            faults.append(phrase("its row is decided twice; one of them is 否"))
        else:
            taken[int(number)] = row["household_id"], row["member_id"]
    problems += (LineError(line, one) for one in faults)


def _faults(row: Mapping[str, str | None], digest: str) -> list[str]:
    faults: list[str] = []
    if row["file"] != digest:
        faults.append(
            phrase("the file has changed since the list was made; list the candidates anew")
        )
    if row["经办人编号"] is None:
        faults.append(phrase("经办人编号 is missing: who decided"))
    else:
        try:
            opaque(row["经办人编号"], "经办人编号")
        except AntipovertyError as problem:
            faults.append(problem.message)
    if day_in(row["日期"] or "") is None:
        faults.append(phrase("日期 is no day: when it was decided"))
    return faults
