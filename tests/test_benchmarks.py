"""Every benchmark runs, small, so that none of them rots."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent.parent / "benchmarks"
NAMES = sorted(path.stem for path in FOLDER.glob("bench_*.py"))


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.skipif(
    importlib.util.find_spec("duckdb") is None, reason="benchmarks need the extra 'duckdb'"
)
def test_a_benchmark_runs_small(name: str) -> None:
    """It prints its table and compares what it measures."""
    done = subprocess.run(
        [sys.executable, f"{name}.py", "0.001"],
        cwd=FOLDER,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.startswith("| what | measured |")
