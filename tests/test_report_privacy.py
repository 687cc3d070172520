"""Ten thousand planted personal values stand in no report, chart, notebook or workbook."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from antipoverty import Household, Member, Tables, screen, shaanxi_areas
from antipoverty.comparison import compare, suppose
from antipoverty.packs import shaanxi_2531

pytest.importorskip("jinja2")
pytest.importorskip("vl_convert")
from antipoverty import charts

PACK, AS_OF = shaanxi_2531(), date(2021, 12, 1)
pytestmark = pytest.mark.slow
MANY = 2000


def planted() -> tuple[Tables[pl.DataFrame], list[str]]:
    """A county in which each household has five values of persons, and each of them once."""
    numbers = range(MANY)
    names = [f"赵钱{chr(0x4E00 + n)}{chr(0x5000 + n)}" for n in numbers]
    ids = [f"61070219{n:010d}" for n in numbers]
    telephones = [f"139{n:08d}" for n in numbers]
    amounts = [910_000 + 13 * n for n in numbers]
    accounts = [f"622848{n:013d}" for n in numbers]
    base = Tables.of(
        Household(
            household_id=f"home-{n}",
            area="610702100200" if n % 3 else "610722001001",
            size=1,
            monitored=False,
            net_income_12m=f"{amounts[n] // 100}.{amounts[n] % 100:02}",
            members=(Member(member_id=f"m{n}", age=n % 90),),
            records=(),
        )
        for n in numbers
    )
    more = {"head_name": names, "telephone": telephones, "note": accounts}
    households = base["households"].with_columns(**{k: pl.Series(v) for k, v in more.items()})
    of_persons = {"name": names, "id_number": ids}
    members = base["members"].with_columns(**{k: pl.Series(v) for k, v in of_persons.items()})
    shown = [f"{one / 100:,.2f}" for one in amounts]
    return Tables(households, members, base["records"]), [
        *names,
        *ids,
        *telephones,
        *shown,
        *accounts,
    ]


def test_no_planted_value_is_shown() -> None:
    """Of 10,000: in the reports by default, in charts and in notebooks."""
    tables, values = planted()
    assert len(set(values)) == 10_000
    areas = shaanxi_areas()
    found = screen(tables, PACK, as_of=AS_OF, areas=areas)
    assert found.households == MANY
    other = suppose(PACK, "monitoring_line", "9200")
    both = compare(PACK, other, tables, as_of=AS_OF, areas=areas)
    totals = found.totals()
    outputs = {
        "report": found.report(earlier=[totals]).html(),
        "comparison": both.report().html(),
        "chart": charts.to_svg(charts.alerts_by_area(totals)),
        "notebook": found._repr_html_() + tables._repr_html_() + repr(found),
        "household": found.household("home-7")._repr_html_(),
        "judgement": found.judgement("home-7")._repr_html_(),
        "totals": str(totals.to_dict()),
    }
    for what, text in outputs.items():
        assert not [value for value in values if value in text], what
    assert "home-" not in outputs["report"] + outputs["comparison"] + outputs["chart"]
    with_amounts = found.report(households=5).html()
    names = [value for value in values if not value[0].isdigit()]
    assert not [value for value in names if value in with_amounts]
    assert [value for value in values if "," in value and value in with_amounts], "amounts if asked"


def test_the_workbook_of_a_command_holds_none(tmp_path: Path) -> None:
    """Nor do the tables that a command prints."""
    openpyxl = pytest.importorskip("openpyxl")
    pytest.importorskip("typer", reason="the command line needs the extra 'cli'")
    from antipoverty.cli import main

    tables, values = planted()
    for name in tables:
        tables[name].write_parquet(tmp_path / f"{name}.parquet")
    book, page = tmp_path / "out.xlsx", tmp_path / "out.html"
    command = ["--xlsx", str(book), "screen", str(tmp_path), "--pack", PACK.id]
    assert main([*command, "--as-of", "2021-12-01", "--report", str(page)]) == 0
    cells = [
        str(cell.value)
        for sheet in openpyxl.load_workbook(book).worksheets
        for row in sheet.iter_rows()
        for cell in row
    ]
    text = "\n".join(cells) + page.read_text(encoding="utf-8")
    assert not [value for value in values if value in text]
