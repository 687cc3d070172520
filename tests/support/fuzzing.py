"""Every public reader with something it reads, and the ways in which files come damaged.

Used by ``tests/test_fuzz.py`` and by ``benchmarks/bench_fuzz.py``.
"""

from __future__ import annotations

import gzip
import io
import json
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import attrs
import polars as pl
import pydantic

from antipoverty._policy.data_only import read as read_pack  # private: a pack from outside
from antipoverty._policy.data_only import written  # private: a pack from outside
from antipoverty.casework import (
    Workflow,
    events_from_json,
    events_to_json,
    inspection_lines,
    open_cases,
    read_inspection,
    write_inspection,
)
from antipoverty.codes import AreaCode, HouseholdCode
from antipoverty.conditions import parse, parse_value
from antipoverty.daily import State
from antipoverty.errors import AntipovertyError
from antipoverty.intake import as_toml, guess, load_mapping, read, read_mapping, read_plausible
from antipoverty.model import AreaTree, Household, Member, Money, Record, Unit, load_areas
from antipoverty.packs import shaanxi_2531
from antipoverty.periods import Period
from antipoverty.rules import extension_from_toml, pack_from_toml, values_from_toml
from antipoverty.sampling import (
    DOUBLE_COLOUR,
    Drawing,
    Inspector,
    Notice,
    Outcome,
    Outcomes,
    Receipt,
    Request,
    Supplement,
    Teams,
    WeeklyVillagePlan,
    announce,
    draw,
    draw_teams,
    outcomes,
    read_inspectors,
    request,
    supplement,
)
from antipoverty.scoring import (
    AssessmentPolicy,
    NoticePolicy,
    Timetable,
    read_notices,
    read_statistics,
)
from antipoverty.screening import Tables, Totals, read_list, screen
from antipoverty.summaries import read_sources
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
EXTENSION = """\
[pack]
id = "county"
title.zh = "县"
title.en = "county"
area = "610702"
version = "1"
[extends]
pack = "small"
[sources.s]
title = "a document"
[[values]]
parameter = "line"
value = "6500"
since = 2021-06-01
until = "open"
source = "s"
"""
NOTICE_POLICY = """\
id = "example"
choose = "rank"
commended = 1
criticised = 1
ties = "excluded"
[[indicators]]
id = "coverage"
title.zh = "覆盖率"
title.en = "coverage"
unit = "share"
direction = "higher"
best = 1
worst = 0.9
"""
TIMETABLE = """\
id = "example"
[[duties]]
id = "weekly"
title.zh = "周报"
title.en = "weekly"
cadence = "week"
days = 1
teams = ["county"]
"""
PLAUSIBLE = 'status = "published"\nsource = "a yearbook"\n[median]\nnet_income_12m = ["1", "2"]\n'
HOMES = "household_id,area,away,size\nh1,610702100200,false,3\nh2,610702100201,true,\n"
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


def _put(path: Path, read_: Callable[[], Any]) -> Callable[[bytes], Any]:
    return _file(lambda _: read_(), path)


def _intake(name: str, mapping: str, folder: Path) -> Callable[[bytes], Any]:
    intended = read_mapping(mapping)
    return _file(lambda path: read(intended, path.parent, accept_guesses=True), folder / name)


def readers(folder: Path) -> list[Reader]:
    """Every public reader; the files they need stand in a folder."""
    pack, day = pack_from_toml(PACK), date(2021, 12, 1)
    whole = shaanxi_2531()
    opened, events, _ = open_cases(
        empty(), alerts(("h1", "disaster"), ("h2", "disaster")), as_of=DAY
    )
    village = "610702100200"
    tree = AreaTree.from_csv(VILLAGES.splitlines())
    seed = "a seed of enough length, such as this"
    plan = WeeklyVillagePlan(tree)
    drawn = draw(plan, period="2024-W05", seed=seed)
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
    rows = "户编号,村代码,人口\nh1,610702100200,3\nh2,610702100200,\n"
    (folder / "farm.csv").write_text(rows, encoding="gb18030")
    mapping = as_toml(guess([folder / "farm.csv"]))
    book = io.BytesIO()
    pl.read_csv(io.StringIO(rows), infer_schema=False).write_excel(book)
    (folder / "farm.xlsx").write_bytes(book.getvalue())
    (folder / "farm.parquet").write_bytes(packed["households"])
    parquet = as_toml(guess([folder / "farm.parquet"]))
    workbook = as_toml(guess([folder / "farm.xlsx"]))
    only_pydantic = (pydantic.ValidationError,)
    whole_day = screen(tables, pack, as_of=day)
    state = whole_day.state().write(folder / "state")
    table = write_inspection(inspection_lines(drawn), folder / "inspection.csv")
    lost = drawn.picks()[0]
    later = Drawing("双色球", date(2024, 2, 4), DOUBLE_COLOUR)
    asked = request(drawn, on=date(2024, 2, 1), events=[later], instead_of={lost: "flood"})
    more = supplement(plan, asked, drawn, seed=asked.open(["05 11 17 22 28 33+09"]))
    seen = outcomes(drawn, [Outcome(lost, "visited", date(2024, 2, 1))], as_of=date(2024, 2, 2))
    (folder / "sources").mkdir()
    period = Period.parse("2024-01")
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
            (FOLDER / "cases" / "judgements" / "help.toml").read_bytes()[:306],
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
        Reader("Receipt.from_json", drawn.to_json().encode(), _text(Receipt.from_json)),
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
            _put(
                tables_folder / "households.parquet",
                lambda: screen(Tables.read(tables_folder), pack, as_of=day).alerts.collect(),
            ),
        ),
        Reader(
            "extension_from_toml",
            EXTENSION.encode(),
            _text(partial(extension_from_toml, parent=pack)),
        ),
        Reader("NoticePolicy.from_toml", NOTICE_POLICY.encode(), _text(NoticePolicy.from_toml)),
        Reader("Timetable.from_toml", TIMETABLE.encode(), _text(Timetable.from_toml)),
        Reader("read_plausible", PLAUSIBLE.encode(), _text(read_plausible)),
        Reader("load_mapping", mapping.encode(), _file(load_mapping, folder / "farm.toml")),
        Reader("guess", book.getvalue(), _file(lambda path: guess([path]), folder / "g.xlsx")),
        Reader("parse_value", b"2 * sum(members, age) + 3", _text(parse_value)),
        Reader("Request.from_json", asked.to_json().encode(), _text(Request.from_json)),
        Reader("Supplement.from_json", more.to_json().encode(), _text(Supplement.from_json)),
        Reader("Outcomes.from_json", seen.to_json().encode(), _text(Outcomes.from_json)),
        Reader("read_inspection", table.read_bytes(), _file(read_inspection, table)),
        Reader(
            "State.read",
            (state / "state.json").read_bytes(),
            _put(state / "state.json", lambda: State.read(state)),
        ),
        Reader(
            "Totals.read",
            json.dumps(whole_day.totals().to_dict()).encode(),
            _file(Totals.read, folder / "totals.json"),
        ),
        Reader(
            "read_sources",
            HOMES.encode(),
            _put(
                folder / "sources" / "households.csv",
                lambda: read_sources(folder / "sources", opened, events, period, areas=tree),
            ),
        ),
    ]


THROUGH: Mapping[str, str] = {
    "Casebook.open": "an address, and no file",
    "Totals.from_dict": "Totals.read",
    "read_case_files": "read_cases",
    "read_into": "intake of CSV",
    "read_judgement_files": "read_judgement_cases",
    "verify": "Receipt.from_json",
    "verify_supplement": "Supplement.from_json",
    "verify_teams": "Teams.from_json",
}
"""Readers whose bytes go through another one, or that read none."""


@attrs.frozen
class Fault:
    """What a reader should not have done."""

    reader: str
    what: str
    given: bytes = attrs.field(repr=lambda data: repr(data[:200]))


def faults(reader: Reader, count: int, seed: int, seen: Counter[str]) -> Iterator[Fault]:
    """Errors that are not the library's, and answers that take longer than a second.

    What is slow is read once more, since another program may have had the machine.

    Args:
        reader: The reader.
        count: How many damaged files.
        seed: Which.
        seen: What became of them is counted here: ``read``, or the code of the error.
    """
    chance = random.Random(f"{reader.name}{seed}")
    for data in mutations(reader.seed, count, chance):
        took, what = _tried(reader, data)
        if took > 1:
            took = min(took, _tried(reader, data)[0])
        if isinstance(what, str):
            seen[what] += 1
        else:
            yield Fault(reader.name, f"{type(what).__name__}: {str(what)[:150]}", data)
        if took > 1:
            yield Fault(reader.name, f"{took:.1f} s", data)


def _tried(reader: Reader, data: bytes) -> tuple[float, str | BaseException]:
    """Seconds of the processor, and what came of it."""
    began = time.process_time()
    what: str | BaseException = "read"
    try:
        reader.read(data)
    except AntipovertyError as problem:
        what = problem.code
    except reader.errors as problem:
        what = type(problem).__name__
    except BaseException as problem:
        what = problem
    return time.process_time() - began, what
