"""Every public reader with something it reads, and the ways in which files come damaged.

Used by ``tests/test_fuzz.py`` with some hundred mutations of each, and by
``benchmarks/bench_fuzz.py`` with 3,000.
"""

from __future__ import annotations

import gzip
import io
import random
import time
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import attrs
import polars as pl
import pydantic

from antipoverty._policy.data_only import read as read_pack  # private: a pack from outside
from antipoverty._policy.data_only import written  # private: a pack from outside
from antipoverty.casework import Workflow, events_from_json, events_to_json, open_cases
from antipoverty.codes import AreaCode, HouseholdCode
from antipoverty.conditions import parse
from antipoverty.errors import AntipovertyError
from antipoverty.intake import as_toml, guess, read, read_mapping
from antipoverty.model import AreaTree, Household, Member, Money, Record, Unit, load_areas
from antipoverty.packs import shaanxi_2531
from antipoverty.periods import Period
from antipoverty.rules import pack_from_toml, values_from_toml
from antipoverty.sampling import (
    DOUBLE_COLOUR,
    Drawing,
    Inspector,
    Notice,
    Receipt,
    Teams,
    WeeklyVillagePlan,
    announce,
    draw,
    draw_teams,
    read_inspectors,
)
from antipoverty.scoring import AssessmentPolicy, read_notices, read_statistics
from antipoverty.screening import Tables, read_list, screen
from antipoverty.testing.cases import read_cases
from antipoverty.testing.judgements import read_judgement_cases
from antipoverty.testing.mutation import read_equivalents
from casework_books import DAY, alerts, empty

FOLDER = Path(__file__).parent.parent.parent / "src" / "antipoverty" / "packs" / "shaanxi_2531"
PACK = """\
[pack]
id = "small"
title.zh = "小"
title.en = "small"
[departments.d]
zh = "部门"
en = "department"
[sources.s]
title = "a document"
[[parameters]]
id = "line"
title.zh = "线"
title.en = "line"
unit = "yuan/person"
[[parameters.values]]
value = "7000"
since = 2021-01-01
until = 2029-12-31
source = "s"
[[parameters]]
id = "other"
title.zh = "别"
title.en = "other"
unit = "1"
values = []
[[rules]]
id = "low"
title.zh = "低"
title.en = "low"
department = "d"
when = "net_income_12m < param('line') * size"
source = "s"
since = 2021-01-01
[[judgements]]
id = "two"
title.zh = "两次"
title.en = "twice"
source = "s"
since = 2021-01-01
need = [{kind = "alert", name = "low"}, {kind = "measure"}]
where = "a.day <= b.day"
"""
VALUES = """\
[[values]]
parameter = "other"
value = "8000"
since = 2030-01-01
until = "open"
source = "a decision"
"""
CASES = """\
as_of = 2021-12-01
[base.household]
household_id = "h"
area = "610702100200"
size = 3
[[cases]]
rule = "unsafe-water"
name = "no water"
side = "warn"
expect = "warn"
household = {water_safe = false}
"""
EQUIVALENTS = """\
[[equivalents]]
rule = "a"
change = "operator > -> >="
why = "whole numbers"
"""
AREAS = (
    "level,code,name,parent,since,until,successors\n"
    "province,610000000000,陕西省,,2020-01-01,,\n"
    "city,610700000000,汉中市,610000000000,2020-01-01,2030-01-01,610800000000\n"
    "city,610800000000,榆林市,610000000000,2020-01-01,,\n"
)
NOTICES = (
    "notice_id,unit,period,verdict,level,issued_on,reason\n"
    "n1,610702,2024-01,criticised,city,2024-02-01,走访不到位\nn2,610703,2024-Q1,表扬,市,2024-04-01,\n"
)
STATISTICS = "unit,period,indicator,numerator,denominator\n610702,2024-01,coverage,5,10\n"
VILLAGES = (
    "level,code,name,parent\nprovince,610000000000,陕西省,\ncity,610700000000,汉中市,610000000000\n"
    "county,610702000000,汉台区,610700000000\ntownship,610702100000,铺镇,610702000000\n"
    "village,610702100200,狮子村,610702100000\nvillage,610702100201,何家桥村,610702100000\n"
)
ASSESSMENT = """\
id = "example"
[[rules]]
id = "two-months"
cadence = "month"
effect = "routine-points"
commended = 0.5
[[rules]]
id = "steps"
cadence = "quarter"
effect = "grade-step"
"""
INSPECTORS = '{"inspectors": [{"id": "i1", "home": "610702"}, {"id": "i2"}]}'
MARKS: list[str] = [
    "9" * 5_000,
    "-" + "1" * 400,
    "1e999999",
    "[" * 3_000,
    "{" * 3_000,
    "(" * 3_000,
    ".".join(["a"] * 20_000) + " = 1\n",
    "a." * 300 + "b",
    "not " * 500,
    "\x00",
    "\ufeff",
    "\u202e",
    "\r",
    '"',
    "'''",
    '"""',
    "\\u0000",
    "\\ud800",
    "NaN",
    "1979-99-99",
    "9999999-01-01",
    "0001-01-01",
    "true",
    "[]",
    "{}",
    "null",
    ",",
    "=",
    "\n",
    "2 ** 99999999",
    "合计",
    "6.1070E+13",
    "𠮷" * 40,
]


def mutations(seed: bytes, count: int, chance: random.Random) -> Iterator[bytes]:
    """The same file damaged: bytes changed, cut, doubled and moved, odd values put in."""
    marks = [mark.encode("utf-8", "surrogatepass") for mark in MARKS]
    for number in range(count):
        made = bytearray(seed)
        for _ in range(chance.choice([1, 1, 2, 4])):
            at = chance.randrange(len(made) + 1)
            end = min(len(made), at + chance.choice([1, 2, 8, 40]))
            match chance.randrange(6):
                case 0:
                    made[at:end] = bytes(chance.randrange(256) for _ in range(end - at))
                case 1:
                    del made[at:end]
                case 2:
                    made[at:at] = made[at:end] * chance.choice([1, 3, 50])
                case 3:
                    del made[at:]
                case 4:
                    made[at:end] = marks[(number + chance.randrange(3)) % len(marks)]
                case _:
                    made[at:at] = marks[(number + chance.randrange(3)) % len(marks)]
        yield bytes(made)


@attrs.frozen
class Reader:
    """A public reader.

    Attributes:
        name: What it is called.
        seed: Something it reads.
        read: Reads bytes; text is decoded as a careful caller would.
        errors: What it may raise besides the library's errors.
    """

    name: str
    seed: bytes = attrs.field(repr=False)
    read: Callable[[bytes], Any]
    errors: tuple[type[Exception], ...] = ()


def _text(function: Callable[[str], Any]) -> Callable[[bytes], Any]:
    return lambda data: function(data.decode("utf-8", "replace"))


def _lines(function: Callable[[list[str]], Any]) -> Callable[[bytes], Any]:
    return lambda data: function(data.decode("utf-8", "replace").splitlines(keepends=True))


def _file(function: Callable[[Path], Any], path: Path) -> Callable[[bytes], Any]:
    def put(data: bytes) -> Any:
        path.write_bytes(data)
        return function(path)

    return put


def _screened(folder: Path) -> Any:
    tables = Tables.read(folder)
    return screen(tables, shaanxi_2531(), as_of=date(2021, 12, 1)).alerts.collect()


def _intake(name: str, mapping: str, folder: Path) -> Callable[[bytes], Any]:
    intended = read_mapping(mapping)
    return _file(lambda path: read(intended, path.parent, accept_guesses=True), folder / name)


def readers(folder: Path) -> list[Reader]:
    """Every public reader; the files they need stand in a folder."""
    pack = pack_from_toml(PACK)
    whole = shaanxi_2531()
    _, events, _ = open_cases(empty(), alerts(("h1", "disaster"), ("h2", "disaster")), as_of=DAY)
    village = "610702100200"
    tree = AreaTree.from_csv(VILLAGES.splitlines())
    seed = "a seed of enough length, such as this"
    plan = WeeklyVillagePlan(tree)
    drawn = draw(plan, period="2024-W05", seed=seed)
    receipt = drawn.to_json()
    event = Drawing("双色球", date(2024, 1, 28), DOUBLE_COLOUR)
    notice = announce([plan], period="2024-W05", on=date(2024, 1, 20), events=[event]).to_json()
    staff = [Inspector(f"i{number}") for number in range(4)]
    teams = draw_teams(drawn, staff, areas=tree, seed=f"{seed}, again").to_json()
    homes = [
        Household(
            household_id=f"h{number}",
            area=village,
            size=2,
            water_safe=False,
            members=(Member(member_id="m1", age=7),),
            records=(
                Record(record_id="r", kind="medical_self_paid", day=date(2021, 5, 1), amount="5"),
            ),
        )
        for number in range(5)
    ]
    (tables_folder := folder / "tables").mkdir(parents=True)
    tables = Tables.of(homes)
    packed: dict[str, bytes] = {}
    for name in ("households", "members", "records"):
        target = io.BytesIO()
        tables[name].write_parquet(target)
        packed[name] = target.getvalue()
        (tables_folder / f"{name}.parquet").write_bytes(packed[name])
    rows = "户编号,村代码,人口,人均纯收入(元)\nh1,610702100200,3,5800.50\nh2,610702100200,,9000\n"
    (folder / "farm.csv").write_text(rows, encoding="gb18030")
    mapping = as_toml(guess([folder / "farm.csv"]))
    book = io.BytesIO()
    pl.read_csv(io.StringIO(rows), infer_schema=False).write_excel(book)
    (folder / "farm.xlsx").write_bytes(book.getvalue())
    (folder / "farm.parquet").write_bytes(packed["households"])
    parquet = as_toml(guess([folder / "farm.parquet"]))
    workbook = as_toml(guess([folder / "farm.xlsx"]))
    only_pydantic = (pydantic.ValidationError,)
    return [
        Reader("pack_from_toml", PACK.encode(), _text(pack_from_toml)),
        Reader("values_from_toml", VALUES.encode(), _text(partial(values_from_toml, pack=pack))),
        Reader(
            "Workflow.from_toml",
            (FOLDER / "rectification.toml").read_bytes(),
            _text(Workflow.from_toml),
        ),
        Reader("read_cases", CASES.encode(), _text(partial(read_cases, pack=whole))),
        Reader(
            "read_judgement_cases",
            (FOLDER / "cases" / "judgements" / "help.toml").read_bytes(),
            _text(partial(read_judgement_cases, pack=whole)),
        ),
        Reader("read_equivalents", EQUIVALENTS.encode(), _text(read_equivalents)),
        Reader("read_mapping", mapping.encode(), _text(read_mapping)),
        Reader(
            "AssessmentPolicy.from_toml",
            ASSESSMENT.encode(),
            _text(AssessmentPolicy.from_toml),
        ),
        Reader("parse", b"any(members, 6 <= age <= 15 and not in_school)", _text(parse)),
        Reader("Unit.parse", b"yuan/person*day", _text(Unit.parse)),
        Reader("Money.of", b"7000.50", _text(Money.of)),
        Reader("Period.parse", b"2024-W05", _text(Period.parse)),
        Reader("AreaCode", b"610702100200", _text(AreaCode)),
        Reader("HouseholdCode", b"6107021002000000014", _text(HouseholdCode)),
        Reader("AreaTree.from_csv", AREAS.encode(), _lines(AreaTree.from_csv)),
        Reader(
            "load_areas, gzipped",
            gzip.compress(AREAS.encode(), mtime=0),
            _file(load_areas, folder / "areas.csv.gz"),
        ),
        Reader("read_notices", NOTICES.encode(), _lines(read_notices)),
        Reader("read_statistics", STATISTICS.encode(), _lines(read_statistics)),
        Reader("Receipt.from_json", receipt.encode(), _text(Receipt.from_json)),
        Reader("Notice.from_json", notice.encode(), _text(Notice.from_json)),
        Reader("Teams.from_json", teams.encode(), _text(Teams.from_json)),
        Reader("read_inspectors", INSPECTORS.encode(), _text(read_inspectors)),
        Reader(
            "events_from_json",
            "".join(events_to_json(events)).encode(),
            _lines(lambda lines: empty().read(events_from_json(lines))),
        ),
        Reader("a pack as JSON", written(pack), read_pack),
        Reader(
            "Household.model_validate_json",
            homes[0].model_dump_json().encode(),
            Household.model_validate_json,
            only_pydantic,
        ),
        Reader("intake of CSV", rows.encode("gb18030"), _intake("farm.csv", mapping, folder)),
        Reader("intake of xlsx", book.getvalue(), _intake("farm.xlsx", workbook, folder)),
        Reader("intake of Parquet", packed["households"], _intake("farm.parquet", parquet, folder)),
        Reader("read_list", book.getvalue(), _file(read_list, folder / "list.xlsx")),
        Reader(
            "Tables.read",
            packed["households"],
            _file(lambda path: _screened(path.parent), tables_folder / "households.parquet"),
        ),
    ]


@attrs.frozen
class Fault:
    """What a reader should not have done."""

    reader: str
    what: str
    given: bytes = attrs.field(repr=lambda data: repr(data[:200]))


def faults(reader: Reader, count: int, seed: int) -> Iterator[Fault]:
    """Errors that are not the library's, and answers that take longer than a second."""
    chance = random.Random(f"{reader.name}{seed}")
    for data in mutations(reader.seed, count, chance):
        began = time.process_time()
        try:
            reader.read(data)
        except (AntipovertyError, *reader.errors):
            pass
        except BaseException as problem:
            yield Fault(reader.name, f"{type(problem).__name__}: {str(problem)[:150]}", data)
        if (took := time.process_time() - began) > 1:
            yield Fault(reader.name, f"{took:.1f} s", data)
