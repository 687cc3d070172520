"""The page's job, by its own command: wheel of the library, pack as a file, `spark-submit`."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import zipfile
from pathlib import Path

import polars as pl
import pytest

from antipoverty.rules import pack_from_toml
from antipoverty.screening import Tables, screen
from antipoverty.synthetic import DEMO_DAY, generate
from engines import engine

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs/how-to/screen-on-a-cluster.md").read_text(encoding="utf-8")
PACK = """
[pack]
id = "county"
title = { zh = "某县", en = "a county" }
version = "1"

[departments.medical-insurance]
zh = "医保局"
en = "Medical insurance"

[sources.own]
title = { zh = "自拟", en = "our own" }
status = "illustrative"

[[rules]]
id = "uninsured"
title = { zh = "未参保", en = "Not insured" }
department = "medical-insurance"
when = "any(members, not insured)"
source = "own"
since = 2021-01-01

[[rules]]
id = "admitted"
title = { zh = "住院", en = "In hospital" }
department = "medical-insurance"
when = "any(records, kind == 'medical_admission', months=12) and net_income_12m < yuan('20000')"
source = "own"
since = 2021-01-01
"""


def shown(begins: str) -> str:
    """The block of the page that begins with some words, which are its fence or come after it."""
    found = re.search(rf"```{begins}(.*?)```", PAGE, re.DOTALL)
    assert found
    return found[1]


@pytest.mark.parametrize("kind", [engine("pyspark")])
def test_the_job_of_the_page_runs(kind: str, tmp_path: Path) -> None:
    """What the page shows is submitted as it says, but for the master and the places."""
    pytest.importorskip("hatchling")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=120)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as files:
        files.extractall(tmp_path / "installed")
    generate(tmp_path / "province", households=400, seed=7)
    (tmp_path / "pack.toml").write_text(PACK, encoding="utf-8")
    (tmp_path / "screen_job.py").write_text(shown("python no-run\n"), encoding="utf-8")
    submit = Path(sys.executable).with_name("spark-submit")
    said = shown("\nspark-submit").replace("--master yarn", "--master local[2]")
    said = said.replace("hdfs://", f"file://{tmp_path}").replace(" 6g", " 2g")
    settings = ["--conf", "spark.ui.enabled=false", "--conf", "spark.sql.shuffle.partitions=2"]
    words = [str(submit), *settings, *shlex.split(said.replace("\\\n", " "))]
    about = {"PYTHONPATH": str(tmp_path / "installed"), "PYSPARK_PYTHON": sys.executable}
    done = subprocess.run(
        words,
        cwd=tmp_path,
        env={**os.environ, **about},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    pack = pack_from_toml(PACK)
    here = screen(Tables.read(tmp_path / "province"), pack, as_of=DEMO_DAY)
    assert str(here) in done.stdout
    alerts = pl.read_parquet(tmp_path / "screened/alerts/*.parquet")
    expected = here.alerts.collect()
    assert expected.height
    assert alerts.sort(pl.all()).equals(expected.sort(pl.all()))
    assert [*(tmp_path / "screened/lines").glob("department=*/county=*/part-*")]
    assert [*(tmp_path / "screened/counts").glob("*.parquet")]
