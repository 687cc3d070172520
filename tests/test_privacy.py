"""Personal values are planted wherever they may come in, and looked for in all that comes out."""

from __future__ import annotations

import inspect
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import attrs
import polars as pl
import pytest
from pydantic import ValidationError

from antipoverty import casework
from antipoverty.casework import Book, Event
from antipoverty.conditions import params_read
from antipoverty.errors import AntipovertyError
from antipoverty.judgement import Judge
from antipoverty.model import Household, Keeper, Member, Record
from antipoverty.packs import shaanxi_2531
from antipoverty.periods import Period
from antipoverty.rules import Pack, judge
from antipoverty.sampling import Outcome, Outcomes, Receipt, WeeklyVillagePlan, draw, outcomes
from antipoverty.screening import FilledLine, Screening, Tables, screen
from casework_books import DAY, GOOD, VILLAGE, alerts, empty, monitored, opened
from sampling_areas import SEED, province

NAME, PHONE, NUMBER, ACCOUNT = "王小明", "13987654321", "610721198001011239", "6222021234567890123"
PARTED = "029-8765-4321"
PLANTED = (NAME, PHONE, NUMBER, ACCOUNT)
AS_OF = date(2021, 12, 1)
MONTH = Period.parse("2022-02")


def free_of_planted(*outputs: object) -> None:
    """Nothing planted stands in the text or the repr of what came out."""
    for one in outputs:
        text = one if isinstance(one, str) else f"{one!r}\n{one}"
        for value in (*PLANTED, PARTED):
            assert value not in text, f"{value} stands in {type(one).__name__}"


# --- frames in, screening out --------------------------------------------------------------------


def frames() -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Three tables with personal columns, and rows with personal values in wrong columns."""
    households = pl.DataFrame(
        {
            "household_id": ["h1", "h2", "h3", NUMBER, None],
            "area": [VILLAGE, VILLAGE, PHONE, VILLAGE, VILLAGE],
            "size": [3, 3, 3, 3, 3],
            "net_income_12m": [100_000, None, 1, 1, 1],
            "monitored": [False] * 5,
            "category": [None, NAME, None, None, None],
            "head_name": [NAME] * 5,
            "phone": [PHONE] * 5,
            "bank_account": [ACCOUNT] * 5,
            "resident_id": [NUMBER] * 5,
        }
    )
    members = pl.DataFrame(
        {
            "household_id": ["h1", "h2"],
            "name": [NAME, NAME],
            "resident_id": [NUMBER, NUMBER],
            "age": [9, 9],
            "in_school": [False, False],
            "insured": [True, True],
            "relation": ["child", NAME],
        }
    )
    records = pl.DataFrame(
        schema={
            "household_id": pl.String,
            "kind": pl.String,
            "day": pl.Date,
            "amount": pl.Int64,
            "department": pl.String,
        }
    )
    return households, members, records


def narrow(pack: Pack) -> Pack:
    """The pack with the rules that these few columns can answer."""
    kept = [pack.rules[name] for name in ("income-under-line", "out-of-school")]
    return pack.evolve(rules=kept, judgements=())


def screened() -> Screening:
    """The screening of those frames."""
    households, members, records = frames()
    tables = Tables(households.head(3), members=members, records=records)
    free_of_planted(tables)
    return screen(tables, narrow(shaanxi_2531()), as_of=AS_OF)


def test_a_screening_shows_nothing_planted(tmp_path: Path) -> None:
    """Alerts, open facts, rows set aside, explanations, lists, files."""
    screening = screened()
    households = [household for household in ("h1", "h2") if household in str(screening.alerts)]
    free_of_planted(
        screening,
        screening.alerts,
        screening.undecided(),
        screening.rejected,
        screening.rejected_counts,
        screening.summary("county"),
        *(screening.summary(by=by) for by in ("department", "rule_id")),
        *(
            screening.explain(household, language)
            for household in households
            for language in ("zh", "en")
        ),
        *(screening.handover(department) for department in shaanxi_2531().departments),
    )
    assert households
    for path in screening.write_handovers(tmp_path).values():
        free_of_planted(Path(path).read_bytes().decode("utf-8", errors="replace"))


def test_a_household_shows_nothing_planted() -> None:
    """Its text and repr, what is judged of it, and what is wrong with it."""
    pack = shaanxi_2531()
    child = Member(member_id="m1", name=NAME, resident_id=NUMBER, age=9, in_school=False)
    household = Household(
        household_id="h1",
        area=VILLAGE,
        head_name=NAME,
        phone=PHONE,
        size=3,
        net_income_12m="1000.00",
        monitored=False,
        members=(child,),
        records=(),
    )
    answer = judge(household, pack, as_of=AS_OF)
    said = [*answer, *(one.explain(language) for one in answer for language in ("zh", "en"))]
    free_of_planted(household, child, answer, Keeper(keeper_id="k1", name=NAME, phone=PHONE), *said)
    assert len(said) > 2
    for cls, given in (
        (Household, {"household_id": NAME + " ", "area": PHONE, "size": NUMBER, "phone": 1}),
        (Member, {"member_id": f"{NAME} x", "relation": NAME, "age": PHONE, "resident_id": "1"}),
        (Record, {"record_id": "r 1", "kind": NAME, "day": PHONE, "amount": NAME}),
        (Keeper, {"keeper_id": "k 1", "grids": (PHONE,)}),
    ):
        with pytest.raises((ValidationError, AntipovertyError)) as caught:
            cls(**given)
        free_of_planted(str(caught.value))


# --- the registers -------------------------------------------------------------------------------

KEY = b"0123456789abcdef"
MEMBERS = pl.DataFrame({"household_id": ["h1"], "resident_id": [NUMBER]})
HOMES = pl.DataFrame({"household_id": ["h1"], "area": [VILLAGE], "away": [False]})
VISITS = pl.DataFrame(
    {"household_id": ["h1"], "keeper_id": [NAME], "on": [DAY], "how": ["home"]},
)
HOMES_TURNED = pl.DataFrame(
    {"household_id": ["h1"], "area": [VILLAGE], "head_name": [NAME], "phone": [PHONE]}
)
KEEPERS = pl.DataFrame({"keeper_id": ["k1"], "grid": [VILLAGE], "name": [NAME], "phone": [PHONE]})
KEEPER = Keeper(keeper_id="k1", name=NAME, phone=PHONE, grids=())


def book() -> Book:
    """A book in which every verb has something to do."""
    found, on = monitored("h1")
    found, *_ = casework.open_cases(found, alerts(("h2", "disaster"), ("h3", "disaster")), as_of=on)
    given = {"area": "610702", "origin": "audit", "on": DAY, "by": "county-1"}
    found, _ = casework.list_problem(found, "p1", condition="size > 2", **given)  # type: ignore[arg-type]
    finding = {"department": "water"}
    assign = {"by": "county-1", "on": DAY, "finding": finding}
    found, _ = casework.advance_problem(found, "p1", "assign", **assign)  # type: ignore[arg-type]
    return found


def line(**changes: str) -> FilledLine:
    """A line of a list that came back."""
    cells = {"household_id": "h2", "rule_id": "disaster", "as_of": str(DAY), "result": "有风险"}
    cells |= {"by": "keeper-1", "on": str(LATE)} | changes
    return FilledLine("a.xlsx", "汉台区", 2, **cells)


def unvalued(book: Book) -> Book:
    """The book with the rules that read no value, which answer on any day."""
    kept = [rule for rule in book.pack.rules.values() if not params_read(rule.when)]
    return attrs.evolve(book, pack=book.pack.evolve(rules=kept, judgements=()))


def appealed(book: Book) -> Book:
    """The book with an appeal that waits for its answer."""
    return casework.appeal(book, "h2", "size", token="t-2", by="county-1", on=LATE)[0]


def drawn() -> tuple[Outcomes, Receipt]:
    """A draw, and what was found at a village of it."""
    receipt = draw(WeeklyVillagePlan(province([3, 2])), period="2022-W08", seed=SEED)
    found = Outcome(receipt.picks()[0], "visited", LATE, problems=("P-1",))
    return outcomes(receipt, [found], as_of=LATE), receipt


def inspected(word: str = "") -> casework.FilledInspection:
    """A line of that draw as it comes back, with a text in each cell."""
    (one, *_) = casework.inspection_lines(drawn()[1])
    said = word or "inspector-1"
    return casework.FilledInspection(
        "list.csv, row 2", one.id, one.kind, one.unit, one.receipt,
        word or "发现问题", said, word or LATE.isoformat(), word or "P-3",
    )  # fmt: skip


def inspection_file() -> Path:
    """The list of that draw."""
    path = Path(tempfile.mkdtemp()) / "list.csv"
    return casework.write_inspection(casework.inspection_lines(drawn()[1]), path)


WRITTEN_IN_CODE = ("person",)
"""Names of columns: whoever writes them is told what is wrong with them."""
LATE = DAY + timedelta(days=400)
BY = {"by": "county-1", "on": LATE}
CALLS: dict[str, Callable[[Book], tuple[tuple[Any, ...], dict[str, Any]]]] = {
    "turn": lambda b: ((b, Tables(households=HOMES_TURNED), MONTH), {}),
    "import_stock": lambda b: (
        (b, pl.DataFrame({"household_id": ["h9"], "area": [VILLAGE], "since": [DAY]})),
        {"as_of": LATE, "by": "county-1"},
    ),
    "oversee": lambda b: ((b, "h2", "urge"), {"by": "city-1", "on": LATE}),
    "oversee_problem": lambda b: ((b, "p1", "dispatch"), {"by": "province-1", "on": LATE}),
    "team_acts": lambda b: ((b,), {"period": MONTH}),
    "follow_like": lambda b: (
        (casework.extend(b, "p1", ["h2"], on=LATE, by="county-1")[0], "p1", ["h2"]),
        {"answer": "repaired", "on": LATE, "by": "county-1"},
    ),
    "quality": lambda b: ((b,), {"period": MONTH}),
    "acknowledge_lines": lambda b: (
        (b, [attrs.evolve(line(), line=b.case("h2").lines[0].id)]),
        BY,
    ),
    "line_figures": lambda b: ((b,), {"period": MONTH, "by": "county"}),
    "lines": lambda b: ((b,), {"as_of": LATE, "every": True}),
    "write_handovers": lambda b: ((b, tempfile.mkdtemp()), {"as_of": date(2021, 12, 1)}),
    "acknowledge": lambda b: ((b, ["h2"]), BY | {"department": "emergency"}),
    "advance": lambda b: (
        (b, "h1", "propose_exit"),
        {"by": "village-1", "on": LATE, "finding": GOOD, "why": "file-1", "outcome": None},
    ),
    "advance_each": lambda b: (
        (b, [casework.Taken("h1", "propose_exit", "village-1", LATE, GOOD, why="file-1")]),
        {},
    ),
    "advance_problem": lambda b: (
        (b, "p1", "repair"),
        {"by": "township-1", "on": LATE, "finding": {"evidence": "photo-1"}},
    ),
    "answer_lists": lambda b: ((b, [line()]), {}),
    "answer_inspection": lambda b: (
        (b, drawn()[1], [inspected(), *map(inspected, PLANTED)]),
        {"as_of": LATE},
    ),
    "inspection_lines": lambda b: ((drawn()[1],), {"book": b}),
    "read_inspection": lambda b: ((inspection_file(),), {}),
    "write_inspection": lambda b: (
        (casework.inspection_lines(drawn()[1]), Path(tempfile.mkdtemp()) / "list.csv"),
        {},
    ),
    "answer_appeal": lambda b: (
        (appealed(b), "h2", "t-2"),
        BY | {"by": "township-1", "answer": "rejected", "why": "file-6"},
    ),
    "appeal": lambda b: ((b, "h2", "size"), BY | {"token": "t-2"}),
    "clusters": lambda b: (({"610702": 3}, [{"610702": 1}], {"610702": 9}), {}),
    "correct": lambda b: (
        (
            unvalued(b),
            Household(household_id="h2", area=VILLAGE, size=3, members=(), records=()),
            "size",
        ),
        {"by": "county-1", "as_of": LATE, "why": "file-7"},
    ),
    "count_households": lambda b: ((HOMES,), {"level": "village"}),
    "events_from_json": lambda b: (
        (["{}", '{"stream": "王小明"}', "王小明"],),
        {},
    ),
    "events_to_json": lambda b: ((opened("h1").cases and [],), {}),
    "extend": lambda b: ((b, "p1", ["h8"]), BY),
    "facts_of": lambda b: ((b.case("h1"), b.pack), {}),
    "read_log": lambda b: (
        (casework.log_read(b, ["h2"], role="county", by="county-1", on=LATE)[1],),
        {},
    ),
    "record_help": lambda b: ((b, "h1", "legal-aid"), BY | {"risk": "accident", "why": "file-2"}),
    "household_qr": lambda b: (("6107021002000100170",), {}),
    "in_times": lambda b: ((b,), {"level": "county", "period": MONTH, "limits": {"help": 3}}),
    "join": lambda b: ((b, "h2", "h3"), BY),
    "keepers_of": lambda b: ((KEEPERS,), {}),
    "known_on": lambda b: (([], DAY), {}),
    "like_cases": lambda b: (
        (b.problem("p1"), b, Tables(frames()[0].head(2), members=frames()[1])),
        {"as_of": AS_OF},
    ),
    "list_found": lambda b: ((b, *drawn()), {"by": "office-1"}),
    "list_problem": lambda b: (
        (b, "p2"),
        BY | {"area": "610702", "origin": "hotline", "reference": "f-3", "condition": "size > 3"},
    ),
    "log_read": lambda b: ((b, ["h2"]), BY | {"role": "county", "why": "file-8"}),
    "matching": lambda b: ((b, b.case("h1")), {}),
    "move": lambda b: ((b, "h2", "610703100200"), BY),
    "new_cases": lambda b: ((b,), {"level": "county", "period": MONTH}),
    "open_cases": lambda b: (
        (b, alerts(("h4", "disaster"))),
        {"as_of": LATE, "by": "platform"},
    ),
    "overdue": lambda b: ((b,), {"as_of": LATE}),
    "overlaps": lambda b: ((b, MEMBERS), {"person": "resident_id"}),
    "precision": lambda b: ((b,), {"by": "rule", "period": MONTH}),
    "problem_list": lambda b: ((b,), {"as_of": LATE, "department": "water", "area": "61"}),
    "progress": lambda b: ((b,), {"as_of": LATE, "level": "city"}),
    "proposals": lambda b: ((b, b.case("h1")), {}),
    "pseudonyms": lambda b: ((b,), {"key": KEY, "level": "county"}),
    "report": lambda b: (
        (b, "h5"),
        BY | {"area": VILLAGE, "token": "t-1", "consent": True, "risk": "illness"},
    ),
    "split": lambda b: ((b, "h2", ["h2b"]), BY),
    "statistics": lambda b: ((casework.in_times(b, level="county", period=MONTH), MONTH), {}),
    "urge": lambda b: ((b,), {"as_of": LATE, "by": "platform"}),
    "view": lambda b: ((b, b.case("h1"), "department"), {"department": "traffic-police"}),
    "visit_coverage": lambda b: ((HOMES, VISITS, [KEEPER]), {"period": MONTH, "level": "village"}),
    "withdraw": lambda b: ((b, "h1"), BY | {"why": "file-4"}),
    "withdraw_problem": lambda b: ((b, "p1"), BY | {"why": "file-5"}),
    "worklist": lambda b: ((b,), {"as_of": LATE, "area": "61", "role": "keeper"}),
}


def test_the_walk_knows_every_verb_of_the_registers() -> None:
    """A new one must be added to it."""
    names = set(casework.__all__) - {"Casebook"}  # a class, which needs the extra 'store'
    found = {name for name in names if inspect.isfunction(getattr(casework, name))}
    assert set(CALLS) == found


def shown(result: Any) -> Iterator[object]:
    """All that a verb gives, down to each case, problem and event."""
    parts = result if isinstance(result, tuple | list) else [result]
    for one in parts:
        yield one
        if isinstance(one, Book):
            yield from one.cases.values()
            yield from one.problems.values()
        if isinstance(one, Event):
            yield "".join(casework.events_to_json([one]))


@pytest.mark.parametrize("name", sorted(CALLS))
def test_no_verb_repeats_a_planted_value(name: str) -> None:
    """With nothing planted it works; with a planted text in any place it works or refuses."""
    if name == "household_qr":
        pytest.importorskip("segno", reason="pictures need the extra 'qr'")
    verb = getattr(casework, name)
    positional, named = CALLS[name](book())
    if name != "events_from_json":
        free_of_planted(*shown(_list(verb(*positional, **named))))
    for value in (*PLANTED, PARTED):
        for at, one in enumerate(positional):
            if isinstance(one, str | list):
                planted = value if isinstance(one, str) else [value]
                _try(verb, (*positional[:at], planted, *positional[at + 1 :]), named)
        for word, one in named.items():
            if (isinstance(one, str) and word not in WRITTEN_IN_CODE) or word == "outcome":
                _try(verb, positional, named | {word: value})
            if isinstance(one, dict):
                _try(verb, positional, named | {word: {**one, value: 1}})
                _try(verb, positional, named | {word: dict.fromkeys(one, value)})


def _list(result: Any) -> Any:
    return list(result) if inspect.isgenerator(result) else result


def _try(verb: Any, positional: tuple[Any, ...], named: dict[str, Any]) -> None:
    try:
        result = _list(verb(*positional, **named))
    except AntipovertyError as problem:
        free_of_planted(str(problem), repr(problem))
        return
    except (AttributeError, TypeError, ValueError) as problem:
        free_of_planted(str(problem))
        return
    free_of_planted(*shown(result))


@pytest.mark.parametrize("column", ["household_id", "rule_id", "as_of", "result", "by", "on"])
@pytest.mark.parametrize("value", PLANTED)
def test_a_line_of_a_list_is_refused_without_what_was_filled_in(column: str, value: str) -> None:
    """A name or a telephone in any cell of it: told by the line's place."""
    filled = line(**{column: value})
    *changed, report = casework.answer_lists(book(), [filled])
    free_of_planted(filled, report, *shown(tuple(changed)))
    assert len(report.refused) == 1


@pytest.mark.parametrize("column", ["household_id", "area", "rule_id", "verdict"])
@pytest.mark.parametrize("value", PLANTED)
def test_a_shifted_column_is_refused_without_its_values(column: str, value: str) -> None:
    """A row of names where rules belong: told by its number."""
    table = alerts(("h1", "disaster")).with_columns(pl.lit(value).alias(column))
    with pytest.raises(AntipovertyError) as caught:
        casework.open_cases(empty(), table, as_of=DAY)
    free_of_planted(str(caught.value))


def test_the_chain_from_tables_to_judgements_shows_nothing_planted() -> None:
    """Screened, opened, judged together, explained."""
    screening = screened()
    found, events, _ = casework.open_cases(
        empty(), screening.alerts, as_of=DAY, undecided=screening.undecided()
    )
    free_of_planted(*shown((found, *events)))
    facts = [fact for case in found.cases.values() for fact in casework.facts_of(case, found.pack)]
    assert facts
    with Judge(shaanxi_2531(), as_of=DAY) as running:
        free_of_planted(*facts, *(running.feed(fact) for fact in facts))


@pytest.mark.slow
def test_a_casebook_writes_nothing_planted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither into its file nor, from the command line, onto the screen."""
    pytest.importorskip("sqlalchemy", reason="databases need the extra 'store'")
    pytest.importorskip("typer", reason="the command line needs the extra 'cli'")
    from antipoverty.cli import main

    store = tmp_path / "cases.db"
    _homes, members, _records = frames()
    screening = screened()
    pl.DataFrame(screening.alerts).write_parquet(tmp_path / "alerts.parquet")
    members.write_csv(tmp_path / "members.csv")
    at = ["--store", f"sqlite:///{store}"]
    day = ["--on", "2022-02-03", "--by", "keeper-1"]
    alerts_file, members_file = str(tmp_path / "alerts.parquet"), str(tmp_path / "members.csv")
    codes = [main(["cases", "open", alerts_file, "--as-of", "2022-02-01", *at])]
    for value in PLANTED:
        codes += [
            main(["cases", "show", value, *at]),
            main(["cases", "step", "h1", value, *day, *at]),
            main(["cases", "step", "h1", "home_check", "--finding", f"visited={value}", *day, *at]),
            main(["cases", "step", "h1", "home_check", "--on", value, "--by", "keeper-1", *at]),
            main(["cases", "report", "--area", value, "--token", value, *day, "--consent", *at]),
            main(["cases", "list", "--as-of", "2022-02-03", "--area", value, *at]),
            main(["cases", "withdraw", "h1", "--why", value, *day, *at]),
            main(["problems", "add", value, "--area", "61", "--origin", value, *day, *at]),
        ]
    codes.append(main(["cases", "overlaps", members_file, "--person", "resident_id", *at]))
    codes.append(main(["cases", "show", "h1", "--json", *at]))
    assert codes[0] == codes[-1] == codes[-2] == 0
    assert set(codes[1:-2]) == {2}
    said = capsys.readouterr()
    free_of_planted(said.out, said.err)
    with sqlite3.connect(store) as connection:
        free_of_planted("\n".join(connection.iterdump()))
    connection.close()
