"""A paper's figures: each with its denominator, the same in both languages, never rounded up."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antipoverty.casework import Book, list_problem
from antipoverty.errors import InvalidArgumentError
from antipoverty.model import Area, AreaTree
from antipoverty.packs import shaanxi_2531, shaanxi_rectification, shaanxi_workflow
from antipoverty.periods import Period
from antipoverty.rules import Text
from antipoverty.summaries import Figure, Section, Sources, Summary, Table, summary

AREAS = AreaTree(
    Area(code=code, name=name)
    for code, name in (("61", "陕西省"), ("6107", "汉中市"), ("610702", "汉台区"))
)
COUNTS = st.integers(0, 10**6)


@given(COUNTS, COUNTS)
def test_only_all_of_them_are_a_hundred_per_cent(count: int, rest: int) -> None:
    """Shares are cut: 100.0% is said of all, and of nothing less."""
    one = Figure("x", Text("户", "homes"), count, count + rest, Text("户", "homes"))
    for language in ("zh", "en"):
        line = one.line(language)
        assert ("100.0%" in line) == (rest == 0 and count > 0)
        assert f"{count:,} / {count + rest:,}" in line


def test_nothing_to_count_is_said_and_days_are_no_share() -> None:
    """A denominator of 0 has no share; days for each case are an average, not per cent."""
    none = Figure("x", Text("户", "homes"), 0, 0, Text("户", "homes"))
    assert none.line("zh") == "户：0 / 0 户，无"
    assert none.line("en") == "homes: 0 / 0 homes, none"
    days = Figure("d", Text("天", "days"), 7, 2, Text("件", "cases"), each=True)
    assert days.line("zh") == "天：7 / 2 件，平均3.5"
    assert days.line("en") == "days: 7 / 2 cases, on average 3.5"
    assert Figure("n", Text("次", "times"), 1234).line("en") == "times: 1,234"


@pytest.mark.parametrize(
    ("period", "zh", "en"),
    [
        ("2022-W06", "周统计", "Weekly statistics"),
        ("2022-02", "月情况", "Month"),
        ("2022-Q1", "季调度", "Quarterly dispatch"),
        ("2022-H1", "半年小结", "Half-year summary"),
        ("2022", "年终总结", "Annual summary"),
    ],
)
def test_the_period_says_what_paper_it_is(period: str, zh: str, en: str) -> None:
    """The five papers of the mechanism, by the length of their period."""
    book = Book(shaanxi_2531(), shaanxi_workflow(), shaanxi_rectification())
    told = summary(Period.parse(period), book, Sources(), areas=AREAS)
    assert zh in told.text("zh").splitlines()[0]
    assert en in told.text("en").splitlines()[0]


def test_what_is_not_published_policy_says_so() -> None:
    """Limits of the shipped workflows are examples: the paper is marked, in both languages."""
    book = Book(shaanxi_2531(), shaanxi_workflow(), shaanxi_rectification())
    told = summary(Period.parse("2022"), book, Sources(), areas=AREAS)
    assert told.illustrative
    assert "不作为政策依据" in told.text("zh")
    assert "not published policy" in told.text("en")


def test_flows_are_told_only_where_events_are_given() -> None:
    """Without events a paper tells stocks, and no flow of zero."""
    book = Book(shaanxi_2531(), shaanxi_workflow(), shaanxi_rectification())
    book, events = list_problem(
        book, "p-1", area="610702", origin="audit", on=date(2022, 2, 1), by="county-1"
    )
    year = Period.parse("2022")
    alone = summary(year, book, Sources(), areas=AREAS)
    assert "steps" not in alone.figures
    assert alone.figure("listed").count == 1
    whole = summary(year, book, Sources(events=events), areas=AREAS)
    assert whole.figure("steps").count == 0


def test_a_paper_of_an_earlier_period_has_nothing_of_a_later_problem() -> None:
    """What was listed in the period and what is open are told apart."""
    book = Book(shaanxi_2531(), shaanxi_workflow(), shaanxi_rectification())
    for id_, on in (("p-1", date(2022, 2, 1)), ("p-2", date(2022, 5, 1))):
        book, _ = list_problem(book, id_, area="610702", origin="audit", on=on, by="county-1")
    told = summary(Period.parse("2022-Q2"), book, Sources(), areas=AREAS)
    assert (told.figure("listed").count, told.figure("listed").of) == (1, 2)


def test_a_paper_is_written_in_both_languages_and_as_figures(tmp_path: Path) -> None:
    """Three files named by the period; a table has its columns in the language of the page."""
    table = Table("t", (Text("县", "county"), Text("户", "homes")), (("汉台区", 1200),))
    told = Summary(
        Period.parse("2022-Q1"),
        date(2022, 3, 31),
        Text("汉中市", "Hanzhong"),
        False,
        (Section("s", Text("表", "A table"), tables=(table,)),),
    )
    told.write(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "2022-Q1.en.md",
        "2022-Q1.json",
        "2022-Q1.zh.md",
    ]
    assert "| county | homes |\n|---|---|\n| 汉台区 | 1,200 |" in told.text("en")
    assert "| 县 | 户 |" in told.text("zh")
    pytest.importorskip("jinja2")
    page = told.report().html()
    assert "汉中市2022年" in page
    assert "1,200" in page
    assert "<script" not in page
    with pytest.raises(InvalidArgumentError):
        told.figure("none")
