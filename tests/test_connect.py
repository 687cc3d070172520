"""By Spark Connect a screening answers as Polars does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from engines import engine

SUPPORT = Path(__file__).parent / "support"


@pytest.mark.parametrize("kind", [engine("pyspark")])
def test_a_session_of_connect_gives_the_answers_of_polars(kind: str, tmp_path: Path) -> None:
    """Clean and dirty tables: answers, what is set aside, open facts, counts, lists, a delta."""
    for package in ("grpc", "grpc_status", "zstandard", "google.rpc"):
        pytest.importorskip(package, reason=f"Spark Connect needs {package} (pyspark[connect])")
    done = subprocess.run(
        [sys.executable, str(SUPPORT / "connect_job.py"), str(tmp_path)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    seen = json.loads(done.stdout.splitlines()[-1])
    assert seen["session"].startswith("pyspark.sql.connect")
    assert seen["alerts"] > 20
    assert seen["undecided"] > 5
    assert seen["rejected"] >= 3
    assert 0 < seen["judged_again"] < 60
