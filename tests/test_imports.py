"""Importing is light: the heavy libraries wait until they are needed."""

from __future__ import annotations

import importlib
import pkgutil
import subprocess
import sys

import pytest

HEAVY = ("polars", "duckdb", "hypothesis", "pandas", "pyarrow", "pyspark", "narwhals", "typer")
BEFORE = "import sys\nfrom antipoverty.packs import shaanxi_2531\n"
TESTING = ("hypothesis", "z3", "pytest", "_pytest")


def loaded(code: str) -> set[str]:
    """The modules a fresh interpreter holds after running some code."""
    script = f"import sys\n{code}\nprint('\\n'.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    )
    return {name.split(".")[0] for name in done.stdout.split()}


@pytest.mark.parametrize(
    "code",
    [
        "import antipoverty",
        "from antipoverty import Household, Pack, Rule, judge, parse",
        "from antipoverty.engines.closure import compile_pack",
    ],
)
def test_judging_one_household_needs_no_frame_library(code: str) -> None:
    """A web service that judges one household loads none of the heavy libraries."""
    assert loaded(code).isdisjoint(HEAVY)


def test_naming_the_kit_needs_no_test_library() -> None:
    """The kit's door loads neither Hypothesis, nor a solver, nor a test runner."""
    assert loaded("import antipoverty.testing; dir(antipoverty.testing)").isdisjoint(TESTING)


@pytest.mark.parametrize("door", ["antipoverty", "antipoverty.testing"])
def test_no_public_name_is_also_a_module_beside_it(door: str) -> None:
    """Importing the module would put it in the place of the name."""
    module = importlib.import_module(door)
    beside = {one.name for one in pkgutil.iter_modules(module.__path__)}
    assert beside.isdisjoint(module.__all__)


@pytest.mark.parametrize("door", ["antipoverty", "antipoverty.testing"])
def test_every_public_name_is_there(door: str) -> None:
    """A façade offers what it lists, and nothing it lists is missing."""
    module = importlib.import_module(door)
    for name in module.__all__:
        assert getattr(module, name) is not None
    assert set(module.__all__) <= set(dir(module))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = module.nothing


@pytest.mark.slow
@pytest.mark.parametrize(
    ("missing", "code", "extra"),
    [
        ("hypothesis", "from antipoverty.testing import check_pack", "testing"),
        ("hypothesis", "from antipoverty.testing import households", "testing"),
        ("sqlalchemy", "from antipoverty.casework import Casebook", "store"),
        ("alembic", "from antipoverty.casework import Casebook", "store"),
        (
            "chinese_calendar",
            "from antipoverty.casework import ChineseHolidays as C; C()",
            "calendar",
        ),
        ("z3", "from antipoverty.testing import prove_pack; prove_pack(shaanxi_2531())", "proofs"),
    ],
)
def test_what_is_not_installed_is_named_with_its_extra(missing: str, code: str, extra: str) -> None:
    """The message says what to install, in the place of the name of somebody's module."""
    script = f"{BEFORE}sys.modules[{missing!r}] = None\n{code}"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert f"pip install 'antipoverty[{extra}]'" in last
    assert last.endswith("[missing-extra]")
