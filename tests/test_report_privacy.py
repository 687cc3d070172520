"""Ten thousand planted personal values, and hostile names, in everything that is shown.

Every kind of report, every chart, every table of a notebook, and what commands print and write.
"""

from __future__ import annotations

import html
import importlib
import json
import pkgutil
import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

import antipoverty
from hostile import AS_OF, EVIL, MANY, World, files, planted, world

pytest.importorskip("jinja2")
pytest.importorskip("vl_convert")
pytest.importorskip("sqlalchemy")
from antipoverty import charts

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> World:
    return world(tmp_path_factory.mktemp("county"))


@pytest.fixture(scope="module")
def pages(made: World) -> dict[str, str]:
    """Every report as it comes by default."""
    return {
        name: thing.report().html()
        for name, thing in made.things.items()
        if callable(getattr(thing, "report", None))
    }


@pytest.fixture(scope="module")
def pictures(made: World) -> dict[str, str]:
    """Every chart, drawn in Chinese."""
    return {name: charts.to_svg(draw("zh")) for name, draw in made.charts.items()}


def classes() -> set[type]:
    """Every class of the library."""
    found: set[type] = set()
    for module in pkgutil.walk_packages(antipoverty.__path__, "antipoverty."):
        if ".cli" in module.name or "__main__" in module.name or ".migrations" in module.name:
            continue
        inside = vars(importlib.import_module(module.name)).values()
        found |= {one for one in inside if isinstance(one, type)}
    return {one for one in found if one.__module__.startswith("antipoverty")}


def hidden(text: str, values: list[str]) -> list[str]:
    """The planted values that stand in a text; where the lines of a drawing run is no text."""
    text = re.sub(r' (d|points|transform|viewBox)="[^"]*"', "", text)
    return [one for one in values if one in text]


def elements(text: str) -> set[str]:
    """The tags of a page, and the attributes that would run something."""
    found: set[str] = set()

    class Tags(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.add(tag)
            found.update(name for name, _ in attrs if name.startswith("on"))

    Tags().feed(text)
    return found


HAN = "\u4e00-\u9fff"
RUNS = {"script", "img", "iframe", "object", "embed", "onerror", "onload", "onclick"}


def test_nothing_that_can_be_shown_is_left_out(made: World) -> None:
    """Whatever has a report or a table for notebooks, and every chart, is among what is tried."""
    every = classes()
    laid_out = {
        one
        for one in every
        if "Page" in str(getattr(vars(one).get("report"), "__annotations__", {}).get("return", ""))
    }
    shown = {one for one in every if "_repr_html_" in vars(one)}
    tried = {of for one in made.things.values() for of in type(one).__mro__}
    assert len(laid_out) == 7, laid_out
    assert laid_out <= tried
    assert shown <= tried
    assert made.charts.keys() == {*charts.__all__} - {"to_svg"}
    assert len({*made.values}) == 10_000


def test_no_report_holds_a_planted_value_or_runs_a_name(made: World, pages: dict[str, str]) -> None:
    """Of seven kinds by default: no value, no household, and what is markup is text."""
    for name, text in pages.items():
        assert not hidden(text, made.values), name
        assert name == "Preflight" or "home-" not in text, name  # it gives ids as examples
        assert not elements(text) & RUNS, name
        assert "&lt;script&gt;" in text, f"{name}: no hostile name came as far as this page"
        assert "1234000" not in text, name


def test_the_chinese_of_reports_has_chinese_signs(made: World, pages: dict[str, str]) -> None:
    """However it is put together; and so have the explanations behind them."""
    told = {
        name: "\n".join(re.findall(r'<span class="zh"[^>]*>([^<]*)', text))
        for name, text in pages.items()
    }
    told["Judgement"] = made.things["Judgement"].explain("zh")
    told["paper"] = made.things["Summary"].text("zh")
    told["unit"] = made.things["Draft"].explain("610702", "zh")
    told["board"] = made.things["Board"].explain("610702", "zh")
    for name, text in told.items():
        text = text.replace(EVIL, "").replace(html.escape(EVIL, quote=True), "")
        found = re.findall(rf".{{,20}}[{HAN}”）][,:;?!](?=[\s{HAN}“（])[^\n]{{,20}}", text)
        found += re.findall(rf".{{,20}}[{HAN}] \([^\n]{{,20}}", text)
        assert not found, (name, found[:10])


def test_no_chart_holds_a_planted_value_or_runs_a_name(
    made: World, pictures: dict[str, str]
) -> None:
    """As SVG, and as the specification that a notebook keeps."""
    hostile = 0
    for name, svg in pictures.items():
        spec = json.dumps(made.charts[name]("en").to_dict(), ensure_ascii=False)
        assert not hidden(svg + spec, made.values), name
        assert "home-" not in svg + spec, name
        tags = {str(one.tag).rpartition("}")[2] for one in ElementTree.fromstring(svg).iter()}
        assert not tags & RUNS, name
        hostile += "&lt;script&gt;" in svg
    assert hostile > 5


def test_no_notebook_shows_a_planted_value_or_runs_a_name(made: World) -> None:
    """Nor what a console shows of a thing."""
    tried = 0
    for name, thing in made.things.items():
        shown = thing._repr_html_() if hasattr(thing, "_repr_html_") else ""
        assert not hidden(shown + repr(thing) + str(thing), made.values), name
        assert not elements(shown) & RUNS - ({"iframe"} if name == "Page" else set()), name
        tried += bool(shown)
    assert tried > 12


def test_amounts_come_where_they_are_asked_for_and_names_never(made: World) -> None:
    """Households and examples show amounts, which a page says; no name, number or telephone."""
    amounts = {value for value in made.values if "," in value}
    of_persons = [value for value in made.values if value not in amounts]
    asked = {
        "screening": made.things["Screening"].report(households=5).html(),
        "comparison": made.things["Comparison"].report(examples=True).html(),
    }
    for name, text in asked.items():
        assert not hidden(text, of_persons), name
        assert hidden(text, [*amounts]), name
        assert not elements(text) & RUNS, name


def test_no_command_prints_or_writes_a_planted_value(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """On the terminal, as JSON, in the workbook and in the report."""
    openpyxl = pytest.importorskip("openpyxl")
    pytest.importorskip("typer", reason="the command line needs the extra 'cli'")
    from antipoverty.cli import main

    tables, values = planted()
    folder = tmp_path / "tables"
    folder.mkdir()
    for name in tables:
        tables[name].write_parquet(folder / f"{name}.parquet")
    mapping = files(tables, tmp_path)
    day = ["--as-of", str(AS_OF)]
    commands = {
        "screen": ["screen", str(folder), "--pack", "shaanxi-2531", *day],
        "deliveries": ["intake", "check", str(mapping), "--pack", "shaanxi-2531", *day],
    }
    for name, command in commands.items():
        book, page = tmp_path / f"{name}.xlsx", tmp_path / f"{name}.html"
        main(["--xlsx", str(book), *command, "--report", str(page)])
        main([*command, "--json"])
        said = capsys.readouterr()
        cells = "\n".join(
            str(cell.value)
            for sheet in openpyxl.load_workbook(book).worksheets
            for row in sheet.iter_rows()
            for cell in row
        )
        assert str(MANY) in said.out.replace(",", ""), name
        assert not hidden(said.out + said.err + cells + page.read_text(encoding="utf-8"), values)
