"""Reports: what stands in them, what does not, and that nothing in them runs."""

from __future__ import annotations

import json
import re
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antipoverty import Household, Tables, Text, screen, shaanxi_areas
from antipoverty.cli import main
from antipoverty.errors import InvalidArgumentError, InvalidDocumentError
from antipoverty.packs import shaanxi_2531
from antipoverty.report import (
    Figure,
    Fold,
    Page,
    Paragraph,
    Picture,
    Section,
    Share,
    Table,
    withheld,
)
from antipoverty.screening import Totals
from markup import EVIL, criticised_twice

pytest.importorskip("jinja2")
AS_OF = date(2021, 12, 1)
PACK = shaanxi_2531()


def home(number: int, **facts: object) -> Household:
    """A household of Mian county; the rest of what it states is harmless."""
    known = {"area": "610702100200", "size": 3, "monitored": False, "members": (), "records": ()}
    return Household(household_id=f"h{number:05}", **(known | facts))  # type: ignore[arg-type]


class Tags(HTMLParser):
    """Collects the tags of a page with their attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def tags_of(page: str) -> list[tuple[str, dict[str, str | None]]]:
    tags = Tags()
    tags.feed(page)
    return tags.found


def test_markup_in_any_part_is_text() -> None:
    """Titles, cells, folds, figures, notes and facts are escaped, and no template runs in them."""
    both = Text(EVIL, EVIL + " ")
    table = Table(
        (both,), [[EVIL], [both], [Fold(both, both)]], total=(EVIL,), title=both, note=both
    )
    page = Page(
        both,
        [Section(both, [table, Paragraph(both, "warn"), Picture(both, SVG, SVG, both)])] * 3,
        subtitle=both,
        figures=[Figure(both, EVIL, both)],
        warning=both,
        facts=[(both, EVIL)],
    ).html()
    plain = Page("t", [], facts=[("a", "b")]).html()  # type: ignore[arg-type]
    names = {tag for tag, _ in tags_of(page)}
    assert "script" not in names
    assert "img" not in names
    assert not [key for _, found in tags_of(page) for key in found if key.startswith("on")]
    assert "1234000" not in page
    assert page.count("&lt;script&gt;") > 20
    assert "script" not in plain


SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><path d="M0,0h1"/></svg>'


@pytest.mark.parametrize(
    "inside",
    [
        "<script>1</script>",
        '<path onload="1"/>',
        '<a href="javascript:1"/>',
        '<image href="http://x"/>',
        "<foreignObject/>",
        "<style>@import 'x'</style>",
        "<unclosed>",
    ],
)
def test_a_picture_that_could_run_or_fetch_is_refused(inside: str) -> None:
    """A picture holds shapes and words alone."""
    wrong = SVG.replace("</svg>", f"{inside}</svg>")
    with pytest.raises(InvalidArgumentError, match="picture of a report"):
        Page("t", [Section("s", [Picture("p", SVG, wrong)])]).html()  # type: ignore[arg-type]


@given(st.lists(st.integers(0, 60), min_size=1, max_size=12), st.integers(0, 30))
def test_what_is_withheld_cannot_be_worked_out_from_the_total(
    counts: list[int], least: int
) -> None:
    """Every small count is hidden; what is hidden together is no small count, nor one alone."""
    hidden = withheld(counts, least)
    gone = [n for n, hide in zip(counts, hidden, strict=True) if hide]
    assert all(hide for n, hide in zip(counts, hidden, strict=True) if 0 < n < least)
    assert not any(hide for n, hide in zip(counts, hidden, strict=True) if n == 0)
    shown = [n for n, hide in zip(counts, hidden, strict=True) if not hide and n]
    if gone and shown:
        assert len(gone) > 1
        assert sum(gone) >= least
    if least <= 1:
        assert not gone


@given(st.integers(0, 10**9), st.integers(1, 10**9))
def test_a_share_is_rounded_half_up_exactly(part: int, whole: int) -> None:
    """No float decides the digit of a percentage."""
    tenth = Share(part, whole).permille
    assert tenth is not None
    assert abs(2 * (1000 * part - tenth * whole)) <= whole
    assert Share(1, 2000).text == "0.1 %"
    assert Share(1, 0).text == ""


HOMES = [
    *(home(n, net_income_12m="9100.50") for n in range(60)),
    *(home(n) for n in range(60, 80)),
    *(home(n, net_income_12m="99000", area="610722001001") for n in range(80, 100)),
    *(home(n, net_income_12m="9100.50", area="610722001001") for n in range(100, 103)),
]


@pytest.fixture(scope="module")
def page() -> str:
    pytest.importorskip("vl_convert")
    screening = screen(Tables.of(HOMES), PACK, as_of=AS_OF, areas=shaanxi_areas())
    before = Totals(PACK.id, date(2021, 11, 1), 120, 110, 40, 20, 45, 30)
    return screening.report(earlier=[before], inputs={"households": "0" * 64}).html()


@pytest.mark.slow
def test_a_report_shows_counts_and_no_household(page: str) -> None:
    """Denominators, rules, values, trend and digests; no household, no amount of one."""
    for words in ("防止返贫监测筛查报告", "判定户", "of 103 that came", "2021-11-01", "0" * 64):
        assert words in page
    assert "income-under-line" in page
    assert not re.search(r"h0\d{4}", page)
    assert "9,100.50" not in page


@pytest.mark.slow
def test_a_small_count_is_withheld_in_tables_and_charts(page: str) -> None:
    """The three households warned of in one county are nowhere to be read."""
    table = page.partition("<h2>")[2]
    assert "隐去" in table
    cells = re.findall(r'<td class="r">\s*(\d+)\s*</td>', page)
    assert "3" not in cells
    assert "小于 5 的计数隐去" in page


@pytest.mark.slow
def test_households_are_listed_where_asked_for() -> None:
    """With their explanation behind a click, and a warning that amounts are shown."""
    pytest.importorskip("vl_convert")
    screening = screen(Tables.of(HOMES), PACK, as_of=AS_OF, areas=shaanxi_areas())
    found = screening.report(households=2).html("en")
    listed = set(re.findall(r"h00\d{3}", found))
    assert 2 <= len(listed) <= 2 * len(PACK.departments)
    one = min(listed)
    for alert in screening.judgement(one):
        if alert.rule.title.zh in found:
            assert screening.household(one).household_id == one
    assert "show amounts" in found


@pytest.mark.slow
def test_nothing_of_a_page_runs_or_fetches(page: str) -> None:
    """No script, no link outside, no source; the page forbids itself both."""
    for tag, found in tags_of(page):
        assert tag not in ("script", "img", "iframe", "link", "object")
        assert "src" not in found
        assert (found.get("href") or "#").startswith("#")
    assert "default-src 'none'" in page
    outside = set(re.findall(r"https?://[^\"' <]+", page))
    assert outside <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}


def test_the_counts_of_an_earlier_run_are_read_back() -> None:
    """From the document of the command line as from the counts alone."""
    totals = screen(Tables.of(HOMES), PACK, as_of=AS_OF).totals()
    again = json.loads(json.dumps({"totals": totals.to_dict(), "other": 1}))
    assert Totals.from_dict(again) == totals
    assert totals.warned + totals.open <= totals.judged <= totals.given
    for wrong in ({}, [], {"pack": "p"}, None, {"totals": 3}):
        with pytest.raises(InvalidDocumentError, match="not the counts"):
            Totals.from_dict(wrong)


def test_the_counts_add_up() -> None:
    """Areas, rules and facts come to the totals."""
    totals = screen(Tables.of(HOMES), PACK, as_of=AS_OF, areas=shaanxi_areas()).totals()
    assert sum(one.households for one in totals.areas) == totals.judged == len(HOMES)
    assert sum(one.warned for one in totals.areas) == totals.warned
    assert sum(one.warn for one in totals.areas) == totals.warn
    assert sum(one.warn for one in totals.rules) == totals.warn
    assert sum(one.undecided for one in totals.rules) == totals.undecided


@pytest.mark.slow
def test_the_command_writes_a_report(tmp_path: Path) -> None:
    """Screen with --report, --earlier and --json: one file, with the digests of the tables."""
    pytest.importorskip("vl_convert")
    tables = tmp_path / "tables"
    tables.mkdir()
    for name, frame in {n: Tables.of(HOMES)[n] for n in Tables.of(HOMES)}.items():
        frame.write_parquet(tables / f"{name}.parquet")
    command = ["screen", str(tables), "--pack", PACK.id, "--as-of", "2021-12-01"]
    assert main([*command, "--report", str(tmp_path / "r.html")]) == 0
    text = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert text.startswith("<!doctype html>")
    assert "households.parquet" in text
    (tmp_path / "bad.json").write_text("{", encoding="utf-8")
    assert main([*command, "--earlier", str(tmp_path / "bad.json")]) == 2


# --- the other reports


def test_a_comparison_is_laid_out_without_households_unless_asked() -> None:
    """Who enters and leaves by rule and area; examples, which show amounts, only when asked."""
    from antipoverty.comparison import compare, suppose

    other = suppose(PACK, "monitoring_line", "1000")
    found = compare(PACK, other, Tables.of(HOMES), as_of=AS_OF, areas=shaanxi_areas())
    text = found.report().html()
    assert "政策比较报告" in text
    assert "income-under-line" in text
    assert not re.search(r"h0\d{4}", text)
    assert re.search(r"h0\d{4}", found.report(examples=True).html())


def test_a_draw_is_laid_out_with_its_seed_and_warning() -> None:
    """A rehearsal says so; each unit drawn stands there with its chance and name."""
    from antipoverty.sampling import WeeklyVillagePlan, draw

    receipt = draw(
        WeeklyVillagePlan(shaanxi_areas()), period="2022-W05", seed="a rehearsal of twenty letters"
    )
    text = receipt.report(shaanxi_areas()).html("en")
    assert "a rehearsal of twenty letters" in text
    assert "chose the seed" in text
    assert receipt.digest in text
    for unit in receipt.picks():
        assert unit in text


def test_a_board_is_laid_out_with_what_luck_would_do() -> None:
    """Units, ledger, and whose the points are."""
    from antipoverty.scoring import AssessmentPolicy, assess

    listed = criticised_twice()
    board = assess(listed, AssessmentPolicy(), as_of=date(2022, 12, 31), areas=shaanxi_areas())
    text = board.report().html()
    assert "<script" not in text
    assert "双连续通报计分报告" in text
    for unit in board.units:
        assert unit in text
