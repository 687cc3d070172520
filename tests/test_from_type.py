"""Where the library is installed, Hypothesis knows its types without being told."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import entry_points

import pytest

TYPES = {
    "antipoverty": "Area AreaCode AreaTree Household HouseholdCode Keeper Member Money Pack Period "
    "Record Rule Tables",
    "antipoverty.conditions": "Condition",
    "antipoverty.sampling": "Plan",
    "antipoverty.scoring": "Notice",
}
ENTRY = "antipoverty.testing._hypothesis:register"


def run(code: str) -> str:
    """Run code in a fresh interpreter."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


HOOK = (
    # where the entry point is installed Hypothesis has called it already
    "from importlib.metadata import entry_points\n"
    f"if not any(one.value == {ENTRY!r} for one in entry_points(group='hypothesis')):\n"
    "    from antipoverty.testing._hypothesis import register; register()\n"
)


@pytest.mark.slow
@pytest.mark.parametrize("order", ["hypothesis first", "hypothesis last"])
def test_every_type_is_drawn(order: str) -> None:
    """Each type that comes in or is made is drawn by its type, whichever is imported first."""
    first = "import hypothesis\n" + HOOK
    names = "".join(
        f"from {household} import {', '.join(t.split())}\n" for household, t in TYPES.items()
    )
    every = ", ".join(name for t in TYPES.values() for name in t.split())
    draw = (
        "import hypothesis\nfrom hypothesis import strategies as st\n"
        "quick = hypothesis.settings(phases=[hypothesis.Phase.generate], database=None)\n"
        f"for one in ({every}):\n"
        "    found = hypothesis.find(st.from_type(one), lambda _: True, settings=quick)\n"
        "    assert isinstance(found, one), one\n"
        "print('drawn')\n"
    )
    code = first + names if order == "hypothesis first" else names + first
    assert run(code + draw).strip() == "drawn"


def test_hypothesis_alone_loads_nothing_of_the_library() -> None:
    """Importing Hypothesis loads no model, no engine and no strategy of the library."""
    found = run(
        "import hypothesis\n" + HOOK + "import sys\n"
        "print(*sorted(name for name in sys.modules if name.startswith('antipoverty')))\n"
        "print(*sorted({'polars', 'pydantic', 'narwhals', 'attr'} & set(sys.modules)))"
    )
    modules, heavy = found.split("\n")[:2]
    assert set(modules.split()) == {
        "antipoverty",
        "antipoverty.errors",
        "antipoverty.errors.base",
        "antipoverty.errors.mechanism",
        "antipoverty.errors.phrases",
        "antipoverty.errors.policy",
        "antipoverty.testing",
        "antipoverty.testing._hypothesis",
    }
    assert heavy.split() == []


def test_the_entry_point_names_what_is_there() -> None:
    """The installed entry point, where there is one, loads the function that registers."""
    for one in entry_points(group="hypothesis"):
        if one.name == "antipoverty":
            assert one.value == ENTRY
            assert callable(one.load())
