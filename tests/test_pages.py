"""Reports and the site in a real browser: nothing fetched, nothing overflowing, all readable."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from antipoverty import Household, Tables, screen, shaanxi_areas
from antipoverty.packs import shaanxi_2531
from browser import browser, look

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
    with browser() as opened:
        for page in pages:
            for width in (360, 1280):
                seen = look(opened, page, width=width, scheme="light")
                assert seen.said == (), (page, width)
                assert seen.asked == (), (page, width)
                assert seen.width <= width, (page, width)
