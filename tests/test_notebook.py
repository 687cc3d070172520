"""What a notebook shows: titles and counts, no personal value and no amount, all of it escaped."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from antipoverty import Household, Member, Tables, judge, screen
from antipoverty.packs import shaanxi_2531
from antipoverty.rules import Text

PACK, AS_OF = shaanxi_2531(), date(2021, 12, 1)
EVIL = "<script>alert(1)</script>"
HOME = Household(
    household_id="household-1",
    area="610702100200",
    size=1,
    monitored=False,
    net_income_12m="4321.98",
    members=(Member(member_id="m1", name="示例甲乙", age=43),),
    records=(),
)


def test_a_notebook_shows_what_is_known_and_no_value() -> None:
    """Of a household, a member and a judgement: facts by name, no amount and no name."""
    judgement = judge(HOME, PACK, as_of=AS_OF)
    assert judgement.alerts
    for shown in (HOME, HOME.members[0], judgement):  # type: ignore[index]
        page = shown._repr_html_()
        assert "<table>" in page
        for value in ("4321", "4,321", "示例甲乙"):
            assert value not in page
    assert "缺失 missing" in HOME._repr_html_()
    assert "income-under-line" in judgement._repr_html_()


def test_markup_in_a_title_is_text() -> None:
    """Titles of packs come from files of others."""
    from attrs import evolve

    rules = [evolve(rule, title=Text(EVIL, EVIL)) for rule in PACK.rules.values()]
    pack = PACK.evolve(rules=rules, title=Text(EVIL, EVIL))
    tables = Tables.of([HOME])
    shown = (
        pack,
        rules[0],
        tables,
        screen(tables, pack, as_of=AS_OF),
        judge(HOME, pack, as_of=AS_OF),
    )
    for one in shown:
        assert "<script" not in one._repr_html_()


def test_alerts_of_a_lazy_frame_show_rows() -> None:
    """Not a plan; and they are a lazy frame all the same."""
    eager = Tables.of([HOME])
    lazy = Tables(**{name: eager[name].lazy() for name in eager})
    alerts = screen(lazy, PACK, as_of=AS_OF).alerts
    assert isinstance(alerts, pl.LazyFrame)
    assert "household-1" in repr(alerts)
    assert "household-1" in alerts._repr_html_()
    assert alerts.filter(verdict="warn").collect().height > 0
    found = alerts.select(pl.len()).collect().item()
    assert found == screen(eager, PACK, as_of=AS_OF).alerts.height


def test_draws_boards_and_books_are_shown() -> None:
    """Units drawn, years of units, and how many cases stand where."""
    from antipoverty import shaanxi_areas
    from antipoverty.sampling import WeeklyVillagePlan, draw
    from antipoverty.scoring import AssessmentPolicy, assess

    receipt = draw(
        WeeklyVillagePlan(shaanxi_areas()), period="2022-W05", seed="a rehearsal of twenty letters"
    )
    assert receipt.picks()[0] in receipt._repr_html_()
    assert "Board" in assess([], AssessmentPolicy(), as_of=AS_OF)._repr_html_()
    pytest.importorskip("sqlalchemy")
    from casework_books import opened

    book = opened("h1", "h2")
    assert "<td style='text-align:left'>2</td>" in book._repr_html_()
    assert "traffic-accident" in book.case("h1")._repr_html_()
