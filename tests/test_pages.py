"""Reports and the site in a real browser: nothing fetched, nothing overflowing, all readable."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from antipoverty import Household, Tables, screen, shaanxi_areas
from antipoverty.model import AreaTree
from antipoverty.packs import shaanxi_2531
from browser import browser, look, search

pytest.importorskip("jinja2")
pytest.importorskip("vl_convert")
pytestmark = pytest.mark.slow
ROOT = Path(__file__).parent.parent
PACK, AS_OF = shaanxi_2531(), date(2021, 12, 1)
EVIL = "<img src=x onerror=document.title='owned'>"


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A report with households and one of a comparison, with titles that are markup."""
    from antipoverty.comparison import compare, suppose
    from antipoverty.rules import Text

    folder = tmp_path_factory.mktemp("reports")
    pack = PACK.evolve(title=Text(EVIL, EVIL))
    homes = Tables.of(
        Household(
            household_id=f"household-{n}",
            area="610702100200" if n % 2 else "610722001001",
            size=3,
            monitored=False,
            net_income_12m=str(9000 + 3000 * (n % 5)),
            members=(),
            records=(),
        )
        for n in range(60)
    )
    areas = shaanxi_areas()
    found = screen(homes, pack, as_of=AS_OF, areas=areas)
    other = compare(pack, suppose(pack, "monitoring_line", "3000"), homes, as_of=AS_OF, areas=areas)
    return [
        found.report(households=3, earlier=[found.totals()]).write(folder / "screening.html"),
        other.report(examples=True).write(folder / "comparison.html"),
    ]


def test_a_report_is_readable_on_a_telephone_and_a_desk_by_light_and_dark(
    reports: list[Path],
) -> None:
    """No error on the console, no request, no overflow, words that stand out, nothing run."""
    with browser() as opened:
        for page in reports:
            for width, scheme in ((360, "light"), (360, "dark"), (1280, "light")):
                seen = look(opened, page, width=width, scheme=scheme)
                assert seen.said == (), (page.name, width, scheme)
                assert seen.asked == (), (page.name, width, scheme)
                assert seen.width <= width, (page.name, width, scheme)
                assert seen.weak == (), (page.name, width, scheme)
                assert EVIL in seen.text
            english = look(
                opened,
                page,
                width=1280,
                scheme="light",
                before="document.querySelector('label[for=en]').click()",
            )
            assert "报告" not in english.text
            assert english.text.count("household") > 3
            assert english.weak == ()


NAMES = [
    EVIL,
    "</title></style></script><script>document.title='owned'</script>",
    "\"' onmouseover='document.title=1' x=\"",
    "=cmd|' /C calc'!A0",
    "{{ 7 * 7 }}{% raw %}",
    "&lt;b&gt; <b>bold</b> \u202egnp.exe",
    "甲" * 60,
    "W" * 80,
]
A4 = 680
"""The width of a sheet of A4 between its margins, in pixels."""


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report of areas whose names, and of ids whose letters, would rather be markup."""
    tree = shaanxi_areas()
    areas = AreaTree(
        one.model_copy(update={"name": f"{NAMES[number % len(NAMES)]}{number}"})
        if len(one.code) < 9
        else one
        for number, one in enumerate(sorted(tree, key=lambda one: (len(one.code), one.code)))
    )
    villages = [one.code for one in tree if len(one.code) == 12][::997]
    homes = Tables.of(
        Household(
            household_id=f"a.b:/-_{n}",
            area=villages[n % len(villages)],
            size=3,
            monitored=False,
            net_income_12m=None if n % 7 == 0 else str(9000 + 3000 * (n % 5)),
            members=(),
            records=(),
        )
        for n in range(300)
    )
    found = screen(homes, PACK, as_of=AS_OF, areas=areas)
    report = found.report(level="county", households=3, earlier=[found.totals("county")])
    return report.write(tmp_path_factory.mktemp("hostile") / "hostile.html")


def test_hostile_names_are_text_at_every_width_and_on_paper(hostile: Path) -> None:
    """Nothing of them runs; the longest breaks on a telephone and on a sheet of A4."""
    parts = "document.querySelectorAll('script, img, iframe, object, b[onclick]').length"
    with browser() as opened:
        for width, scheme, media in (
            (360, "light", "screen"), (360, "dark", "screen"), (1280, "light", "screen"),
            (A4, "light", "print"),
        ):  # fmt: skip
            seen = look(opened, hostile, width=width, scheme=scheme, media=media)
            assert (seen.said, seen.asked, seen.weak) == ((), (), ()), (width, media)
            assert seen.width <= width, (width, media)
            assert re.search(r"\b610102\b", seen.text)
            for name in NAMES:
                assert name.strip() in seen.text, (name, width, media)
        page = opened.new_page()
        page.goto(hostile.as_uri())
        assert page.evaluate(parts) == 0
        assert "owned" not in page.title()


def test_every_kind_of_report_is_readable(tmp_path: Path) -> None:
    """On a telephone in the dark, on a desk and on a sheet of A4, with names that are markup."""
    pytest.importorskip("sqlalchemy")
    from hostile import world

    things = world(tmp_path).things
    kinds = {name: one for name, one in things.items() if callable(getattr(one, "report", None))}
    assert len(kinds) == 7
    with browser() as opened:
        for name, thing in kinds.items():
            page = thing.report().write(tmp_path / f"{name}.html")
            for width, scheme, media in (
                (360, "dark", "screen"), (1280, "light", "screen"), (A4, "light", "print"),
            ):  # fmt: skip
                seen = look(opened, page, width=width, scheme=scheme, media=media)
                assert (seen.said, seen.asked, seen.weak) == ((), (), ()), (name, width)
                assert seen.width <= width, (name, width)
                assert "<script>" in seen.text, name


def test_a_printed_report_shows_what_is_behind_a_click(hostile: Path) -> None:
    """Nobody clicks on paper: explanations and standards stand open there."""
    with browser() as opened:
        page = opened.new_page(viewport={"width": A4, "height": 900})
        page.goto(hostile.as_uri())
        seen, split = [], "Array.from(document.querySelectorAll('td .n')).filter("
        split += "one => one.getClientRects().length > 1).length"
        for media in ("screen", "print"):
            page.emulate_media(media=media)
            seen.append(page.evaluate("document.querySelector('details .body').checkVisibility()"))
        assert seen == [False, True]
        assert page.evaluate("document.querySelectorAll('td .n').length") > 50
        assert page.evaluate(split) == 0  # no code is broken
        assert page.pdf(format="A4").startswith(b"%PDF")


def test_the_site_is_built_strictly_and_opens_from_a_disk(tmp_path: Path) -> None:
    """No warning, pages in both languages, no request outside, no overflow."""
    mkdocs = Path(sys.executable).parent / "mkdocs"
    if not mkdocs.exists():
        pytest.skip("mkdocs is not installed: the site is not built")
    done = subprocess.run(
        [str(mkdocs), "build", "--strict", "--site-dir", str(tmp_path / "site")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
    )
    assert done.returncode == 0, done.stderr[-4000:]
    site = tmp_path / "site"
    assert (site / "llms.txt").read_text(encoding="utf-8").count("](") > 30
    chinese = site / "zh-CN"
    pages = [
        *(site / "index.html", site / "gallery.html", site / "reference" / "errors.html"),
        *(site / "reference" / "api.html", site / "readers.html", chinese / "index.html"),
        *(chinese / "reference" / "errors.html", chinese / "tutorial" / "first-screening.html"),
    ]
    assert "参数在该地区、该日没有取值" in pages[6].read_text(encoding="utf-8")
    assert "您将判定一户" in pages[7].read_text(encoding="utf-8")
    for folder, told in ((site, "Judge every household"), (chinese, "逐条规则判定")):
        listed = (folder / "reference" / "commands.html").read_text(encoding="utf-8")
        assert told in listed
        assert listed.count("--json") > 40
        pages.append(folder / "reference" / "commands.html")
    with browser() as opened:
        for page in pages:
            for width in (360, 1280):
                seen = look(opened, page, width=width, scheme="light")
                assert seen.said == (), (page, width)
                assert seen.asked == (), (page, width)
                assert seen.width <= width, (page, width)
        for start, words in (
            (site / "index.html", ("threshold", "deliveries", "income_poverty", "invalid-pack")),
            (chinese / "index.html", ("交付台账", "监测线", "补抽", "invalid-pack")),
            (chinese / "how-to" / "draw-villages.html", ("网格员",)),
        ):
            for word in words:
                count, title = search(opened, start, word)
                assert count > 1, word
                assert bool(re.search("[\u4e00-\u9fff]", title)) == (site / "index.html" != start)
