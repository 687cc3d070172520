"""Nothing personal leaves: ten thousand planted names, numbers and telephones are found nowhere."""

from __future__ import annotations

import io
import logging
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from antipoverty.cli import main
from antipoverty.errors import AntipovertyError
from antipoverty.intake import as_toml, guess, read, read_into, read_mapping
from planted import chance, number_of

VILLAGE = "610702100200"
ROWS = 4_800
KEY = b"the key of the walk, 32 bytes ..."
HEADERS = (
    (
        "户编号",
        "村代码",
        "户主姓名",
        "联系电话",
        "人口",
        "纯收入(元)",
        "是否低保",
        "住房等级",
        "纳入时间",
    ),
    ("户编号", "成员编号", "姓名", "身份证号", "年龄", "是否在校", "健康状况"),
    ("姓名", "证件", "流水号", "日期", "金额(元)", "数据项"),
)


class Secrets:
    """Invented names, numbers and telephones, each once."""

    def __init__(self) -> None:
        self.all: set[str] = set()

    def one(self, at: int, kind: int) -> str:
        """A new one."""
        bits = chance("secret", at, kind)
        if kind % 3 == 0:
            made = number_of(at * 3 + kind, date(1950 + bits % 60, 5, 5))
        elif kind % 3 == 1:
            made = f"13{bits % 10**9:09d}"
        else:
            letters = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜"
            made = "".join(letters[bits >> shift & 31] for shift in (0, 5, 10, 15))
        self.all.add(made)
        return made


@pytest.fixture(scope="module")
def secrets() -> Secrets:
    """What is planted."""
    return Secrets()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, secrets: Secrets) -> Path:
    """Files in which they stand where they belong and in every column where they do not."""
    place = tmp_path_factory.mktemp("walk")
    for name, header in zip(("农户.csv", "成员.csv", "费用.csv"), HEADERS, strict=True):
        lines = [",".join(header)]
        for at in range(ROWS // 3):
            number, phone, person = (
                secrets.one(at, 10 * len(lines[0]) + kind) for kind in range(3)
            )
            good = {
                "户编号": f"h{at}", "村代码": VILLAGE, "户主姓名": person, "联系电话": phone,
                "人口": "3", "纯收入(元)": "1.5", "是否低保": "是", "住房等级": "A级",
                "纳入时间": "2021-03-05", "成员编号": f"m{at}", "姓名": person, "身份证号": number,
                "年龄": "40", "是否在校": "否", "健康状况": "健康", "证件": number,
                "流水号": f"r{at}", "日期": "2021-03-05", "金额(元)": "5", "数据项": "outpatient",
            }  # fmt: skip
            wrong = header[at % len(header)]
            good[wrong] = (number, phone, person, f"{person}{phone}", f"h{phone}")[at // 9 % 5]
            lines.append(
                ",".join(good[one] for one in header) + (f",{phone}" if at % 50 == 0 else "")
            )
        (place / name).write_text("\n".join(lines) + f"\n合计,{phone}\n", encoding="utf-8")
    (place / "z.csv").write_text(f"户编号,村代码\nz,{VILLAGE}\n", encoding="utf-8")
    return place


def mapping() -> str:
    """Every column of every file, the wrong ones too."""
    fields = (
        "household_id", "area", "head_name", "phone", "size", "net_income_12m", "minimum_living",
        "dwelling_grade", "monitored_since",
    ), ("household_id", "member_id", "name", "resident_id", "age", "in_school", "health"), (
        "", "", "record_id", "day", "amount", "kind",
    )  # fmt: skip
    text = ""
    for id_, path, rows, header, named in zip(
        ("homes", "people", "bills"),
        ("农户.csv", "成员.csv", "费用.csv"),
        ("households", "members", "records"),
        HEADERS,
        fields,
        strict=True,
    ):
        more = 'person = "证件"\npersonName = "姓名"\n' if rows == "records" else ""
        text += f'[[sources]]\nid = "{id_}"\npath = "{path}"\nrows = "{rows}"\n{more}'
        for column, field in zip(header, named, strict=True):
            unit = 'unit = "元"\n' if field in ("net_income_12m", "amount") else ""
            if field:
                text += f'[[sources.columns]]\ncolumn = "{column}"\nfield = "{field}"\n{unit}'
    columns = '[{column = "户编号", field = "household_id"}, {column = "村代码", field = "area"}]'
    return text + f'[[sources]]\nid = "z"\npath = "z.csv"\ncolumns = {columns}\n'


def texts(folder: Path) -> Iterator[str]:
    """All that stands in the files of a folder, in their names too."""
    for path in folder.rglob("*"):
        yield path.name
        if path.suffix == ".parquet":
            frame = pl.read_parquet(path)
            yield frame.with_columns(pl.all().cast(pl.String)).write_csv()
            yield path.read_bytes().decode("utf-8", "ignore")
        elif path.is_file():
            yield path.read_text(encoding="utf-8")


def found_in(secrets: Secrets, said: Iterator[str] | list[str]) -> set[str]:
    """The planted values that stand somewhere."""
    whole = "\n".join(said)
    return {one for one in secrets.all if one in whole}


def test_there_are_enough_of_them(folder: Path, secrets: Secrets) -> None:
    """And the walk would find one that leaked."""
    assert len(secrets.all) >= 10_000
    assert len(found_in(secrets, texts(folder))) >= 10_000


@pytest.mark.slow
def test_tables_reports_and_the_work_between_hold_none(
    folder: Path, secrets: Secrets, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The pieces on disk are looked at while the work goes on."""
    seen: list[str] = []
    out = tmp_path / "out"

    def look(source: str) -> None:
        if source == "z":  # by now all pieces of the others are there
            seen.extend(texts(out))

    with caplog.at_level(logging.DEBUG):
        intake = read_into(out, read_mapping(mapping()), folder, key=KEY, progress=look)
    assert any("PAR1" in one for one in seen)
    kinds = {kind for one in intake.report for kind in one.aside}
    assert {"personal-id", "no-id-form", "too-many-cells", "number-invalid"} <= kinds
    said = [*seen, *texts(out), caplog.text, repr(intake), repr(intake.report)]
    said += [intake.report.explain("zh"), intake.report.explain("en"), str(intake.deliveries)]
    assert found_in(secrets, said) == set()
    inner = read(read_mapping(mapping()), folder, key=KEY)
    kept = [inner.tables[name].write_csv() for name in inner.tables]
    assert found_in(secrets, kept) == set()


@pytest.mark.slow
def test_commands_and_guesses_hold_none(folder: Path, secrets: Secrets, tmp_path: Path) -> None:
    """Neither on the screen, nor in the mapping, nor in what is left behind."""
    work = tmp_path / "work"
    shutil.copytree(folder, work)
    (work / "intake.toml").write_text(mapping(), encoding="utf-8")
    (work / "key").write_bytes(KEY)
    before = {*Path(tempfile.gettempdir()).iterdir()}
    said = [as_toml(guess([work / "农户.csv", work / "成员.csv", work / "费用.csv"]))]
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        at = str(work / "intake.toml")
        for words in (
            ["guess", str(work / "农户.csv"), "--out", str(tmp_path / "g.toml")],
            ["check", at, "--key", str(work / "key")],
            ["check", at, "--key", str(work / "key"), "--json"],
            ["run", at, "--key", str(work / "key"), "--out", str(tmp_path / "out")],
            ["run", at, "--out", str(tmp_path / "none")],
        ):
            main(["intake", *words])
    said += [out.getvalue(), err.getvalue(), (tmp_path / "g.toml").read_text(encoding="utf-8")]
    said += [*texts(tmp_path / "out")]
    left = {*Path(tempfile.gettempdir()).iterdir()} - before
    assert not [one for one in left if "parts" in one.name]
    assert found_in(secrets, said) == set()


def test_errors_hold_none(folder: Path, secrets: Secrets, tmp_path: Path) -> None:
    """A header said to stand where somebody stands, columns that are not there, no headers."""
    said = []
    for text in (
        mapping().replace('rows = "members"', 'rows = "members"\nheader = [2]'),
        mapping().replace('"证件"', '"没有"'),
        mapping().replace('rows = "members"', 'rows = "memberz"'),
    ):
        with pytest.raises(AntipovertyError) as caught:
            read(read_mapping(text), folder, key=KEY)
        said.append(str(caught.value) + repr(caught.value))
    bare = tmp_path / "bare.csv"
    rows = (folder / "成员.csv").read_text(encoding="utf-8").splitlines()[1:]
    bare.write_text("\n".join(rows), encoding="utf-8")
    with pytest.raises(AntipovertyError, match="row of headers") as caught:
        guess([bare])
    said.append(str(caught.value))
    assert found_in(secrets, said) == set()
