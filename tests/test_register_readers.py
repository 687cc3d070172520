"""Commands that only read the registers need no right to write: every one of them is tried."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

pytest.importorskip("sqlalchemy", reason="the database needs the extra 'store'")
pytest.importorskip("typer", reason="commands need the extra 'cli'")

import sqlalchemy as sa
import typer

import postgres
from antipoverty.casework import Casebook
from antipoverty.cli import main
from antipoverty.cli._app import commands as gathered  # every command there is, to leave none out
from antipoverty.errors import StoreError
from antipoverty.sampling import WeeklyVillagePlan, draw
from casework_books import VILLAGE, alerts, empty
from sampling_areas import SEED, province

DAY = date(2021, 12, 1)
NONE_FOUND, FOUND = 0, 1
READING: dict[str, list[str]] = {
    "cases check": ["heads.txt"],
    "cases clusters": ["homes.csv", "--period=2021-12"],
    "cases doctor": [],
    "cases figures": ["new-cases", "--period=2021-12", "--households=homes.csv"],
    "cases in-times": ["--period=2021-12"],
    "cases lines": ["--period=2021-12"],
    "cases list": ["--as-of=2021-12-30"],
    "cases lists": ["lists", "--as-of=2021-12-30"],
    "cases overlaps": ["members.csv", "--person=person"],
    "cases precision": [],
    "cases quality": ["--period=2021-12"],
    "cases reads": [],
    "cases seal": ["--out=again.txt"],
    "cases show": ["h1", "--role=county"],
    "cases turn": ["files", "--period=2021-12", "--out=next"],
    "notify": [
        "--policy=notices.toml", "--period=2021-12", "--issuer=6107", "--level=county",
        "--issued-on=2022-01-02", "--recount", "--limit-days=detection=7",
    ],
    "problems inspect": ["receipt.json", "--out=inspect.csv"],
    "problems list": ["--as-of=2021-12-30"],
    "problems progress": ["--period=2021-12"],
    "summary": ["2021-Q4", "papers"],
}  # fmt: skip
"""Every command that only reads the registers, with what else it needs."""
WRITING = {
    *(f"cases {name}" for name in (
        "acknowledge", "answer", "answer-appeal", "appeal", "correct", "help", "import", "join",
        "move", "open", "oversee", "reindex", "report", "split", "step", "urge", "withdraw",
    )),
    *(f"problems {name}" for name in (
        "add", "extend", "follow", "from-draw", "inspected", "oversee", "step", "withdraw",
    )),
}  # fmt: skip
"""Every command that puts something down."""
NOTICES = """
id = "asked"
choose = "rank"
commended = 1
criticised = 1
[notifies]
city = ["county"]
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


def commands(one: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Every command under one, by its name."""
    inner = getattr(one, "commands", None)
    if inner is None:
        yield name, one
    for word, command in (inner or {}).items():
        yield from commands(command, f"{name} {word}".strip())


@pytest.fixture(params=["sqlite", "postgresql"])
def reader(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """Registers with cases and problems, under an address that may only be read."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "kept").mkdir()
    if request.param == "sqlite":
        file = tmp_path / "kept" / "cases.db"
        filled(f"sqlite:///{file}")
        file.chmod(0o444)
        before = hashlib.sha256(file.read_bytes()).digest()
        yield f"sqlite:///{file}"
        assert hashlib.sha256(file.read_bytes()).digest() == before
        return
    if reason := postgres.why_not():
        pytest.skip(reason)
    with postgres.server() as url:
        filled(url)
        import psycopg

        with psycopg.connect(url) as held:
            held.execute("CREATE ROLE auditor LOGIN")
            held.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO auditor")
        yield url.replace("postgres@", "auditor@")


def filled(url: str) -> None:
    """Three cases, one checked, a problem; and the files that commands read beside them."""
    with Casebook.open(url, empty()) as book:
        book.open_cases(alerts(*((f"h{n}", "disaster") for n in (1, 2, 3))), as_of=DAY)
        book.advance("h1", "home_check", by="keeper-1", on=DAY, finding={"visited": True})
        book.list_problem("p1", area=VILLAGE, origin="audit", on=DAY, by="county-1")
        Path("heads.txt").write_text("\n".join(book.heads()), encoding="utf-8")
    for folder in ("files", "papers"):
        Path(folder).mkdir()
    homes = pl.DataFrame({"household_id": ["h1", "h2", "h3"], "area": [VILLAGE] * 3})
    homes.write_parquet("files/households.parquet")
    homes.write_csv("homes.csv")
    members = {"household_id": ["h1", "h2"], "person": ["p-1", "p-2"]}
    pl.DataFrame(members).write_csv("members.csv")
    Path("notices.toml").write_text(NOTICES, encoding="utf-8")
    receipt = draw(WeeklyVillagePlan(province([3, 2])), period="2022-W08", seed=SEED)
    Path("receipt.json").write_text(receipt.to_json(), encoding="utf-8")


def test_every_command_on_the_registers_reads_or_writes() -> None:
    """None stands outside the two lists, so that a new one is told which it is."""
    every = commands(typer.main.get_command(gathered()))
    stores = {name for name, one in every if any(p.name == "store" for p in one.params)}
    assert stores == {*READING} | WRITING


@pytest.mark.slow
def test_what_only_reads_needs_no_right_to_write(
    reader: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each answers from a read-only file and under a role that may only select.

    A verb says which right it lacks.
    """
    for name, words in READING.items():
        code = main([*name.split(), *words, f"--store={reader}"])
        assert code in (NONE_FOUND, FOUND), (name, capsys.readouterr().err)
    if reader.startswith("postgresql"):  # a superuser may write to a read-only file
        move = ["cases", "move", "h1", "610703100200", "--by=county-1", "--on=2021-12-03"]
        capsys.readouterr()
        assert main([*move, f"--store={reader}"]) == 2
        assert "grant rights" in capsys.readouterr().err


OLDER = "older version .* not migrated: open them, or a copy, for writing once"
NEWER = "newer version .* install that version or a later one"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "version", "way"),
    [("sqlite", "0004", OLDER), ("sqlite", "9999", NEWER), ("postgresql", "0004", OLDER)],
)
def test_tables_of_another_version_are_told_and_left_as_they_are(
    kind: str,
    version: str,
    way: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """To who only reads, by the library and by commands, in both languages; nothing is migrated."""
    monkeypatch.chdir(tmp_path)
    if kind == "postgresql" and (reason := postgres.why_not()):
        pytest.skip(reason)
    with postgres.server() if kind == "postgresql" else nullcontext("sqlite:///cases.db") as url:
        filled(url)
        engine = sa.create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
        with engine.begin() as held:
            held.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{version}'")
        before = everything(engine)
        with pytest.raises(StoreError, match=way):
            Casebook.open(url, empty(), read_only=True)
        for words in (["check", "heads.txt"], ["seal", "--out=s"], ["show", "h1", "--role=county"]):
            for language, said in (("en", way), ("zh", "版本的 antipoverty 建立.*请")):
                capsys.readouterr()
                assert main(["--lang", language, "cases", *words, f"--store={url}"]) == 2
                assert re.search(said, " ".join(capsys.readouterr().err.split()))
        assert everything(engine) == before
        engine.dispose()


def everything(engine: sa.Engine) -> dict[str, list[Any]]:
    """Every table and its rows, and how it is made."""
    found: dict[str, list[Any]] = {}
    with engine.connect() as held:
        for name in sorted(sa.inspect(held).get_table_names()):
            columns = [str(one["name"]) for one in sa.inspect(held).get_columns(name)]
            rows = sorted(map(repr, held.exec_driver_sql(f"SELECT * FROM {name}")))
            found[name] = [columns, rows]
    return found
