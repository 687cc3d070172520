"""The package of hard rules, installed for real: a third party's facts, worked out by functions."""

from __future__ import annotations

from pathlib import Path

import pytest

from antipoverty.testing._frames import why_not  # private: whether Spark runs here
from plugins import install, run

EXAMPLE = Path(__file__).parent.parent / "examples" / "plugin-derived"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the package installed in it."""
    target = tmp_path_factory.mktemp("site")
    install(EXAMPLE, target)
    return target


@pytest.mark.slow
def test_it_passes_its_own_tests_where_it_is_installed(installed: Path) -> None:
    """Beside a plain program, on every engine, and by every check of the library."""
    done = run(installed, "-m", "pytest", "-v", "-p", "no:cacheprovider", str(EXAMPLE / "tests"))
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert "engines-agree" in done.stdout
    assert "cases[qinba-model]" in done.stdout


@pytest.mark.slow
def test_it_comes_over_as_data_and_its_functions_are_found_where_they_stand(
    installed: Path,
) -> None:
    """`installed` loads it in another process; this one derives by the functions it names."""
    show = """
from datetime import date
from antipoverty.plugins import installed
from antipoverty.rules import judge

pack = installed()["qinba-county"]
by = pack.schema.household.fields["metres_to_clinic"].about.derive.by
home = pack.model(household_id="h", area="610727100200", size=1, monitored=False,
                  members=({"member_id": "m", "health": "chronic"},), records=())
found = judge(home, pack, as_of=date(2021, 12, 1))
print(type(by).__name__, found.verdicts["qinba-ill-and-far"].value)
"""
    done = run(installed, "-c", show)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "Named warn"


@pytest.mark.slow
def test_its_rules_run_on_spark(installed: Path) -> None:
    """Inputs come to the driver, what was derived goes back; the answers are those by hand."""
    if (reason := why_not("pyspark")) is not None:
        pytest.skip(reason)
    show = """
import sys
sys.path.insert(0, sys.argv[1])
import polars as pl
from test_qinba_county import DAY, EXPECTED, in_frames, pack
from antipoverty.screening import screen
from antipoverty.testing._frames import tables_as
tables = tables_as(in_frames("polars"), "pyspark")
found = screen(tables, pack(), as_of=DAY).lazy_alerts.collect("polars").to_native()
warned = found.filter(pl.col("verdict") == "warn").select("household_id", "rule_id").rows()
assert set(warned) == EXPECTED
print("rules", len({rule for _, rule in warned}))
"""
    done = run(installed, "-c", show, str(EXAMPLE / "tests"))
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.split("rules ")[1].strip() == "11"
