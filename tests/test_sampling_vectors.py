"""Examples of every kind of draw, which strangers' scripts in three languages draw again."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from antipoverty._sampling.seeds import (  # private: seeds are derived as the vectors are
    derived_seed,
)
from antipoverty.codes import AreaCode, Level
from antipoverty.model import Area, AreaTree
from antipoverty.sampling import (
    ALGORITHM,
    Design,
    Inspector,
    Plan,
    Receipt,
    Stage,
    WeeklyVillagePlan,
    draw,
    draw_teams,
)
from sampling_areas import SEED

REFERENCE = Path(__file__).parent.parent / "docs/reference"
FILE = REFERENCE / "draw-vectors.json"
VECTORS: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
LEVELS = {4: "city", 6: "county", 9: "township", 12: "village"}
SCRIPTS = {"check.py": [sys.executable], "check.js": ["node"], "check.R": ["Rscript", "--vanilla"]}


def tree(codes: list[str]) -> AreaTree:
    """The areas above some villages, and those."""
    every = {code[: level.digits] for code in codes for level in Level if level.digits <= 12}
    return AreaTree(Area(code=AreaCode(code), name=f"地{code}") for code in sorted(every))


@pytest.mark.parametrize("one", VECTORS["draws"], ids=lambda one: one["name"])
def test_the_library_draws_what_the_examples_say(one: dict[str, Any]) -> None:
    """Weekly, on site, in a cycle, within n rounds and by size; the earlier rounds too."""
    seed, plan_id, period = one["head"]
    by = "size" if one["sizes"] else "equal"
    stages = tuple(
        Stage(LEVELS[digits], one["take"], by, "independent" if number else one["coverage"])
        for number, digits in enumerate(one["digits"][1:])
    )
    design = Design(plan_id, LEVELS[one["digits"][0]], stages, rural=True)
    plan = Plan(design, tree(one["frame"]), one["sizes"] or None)
    history: list[Receipt] = []
    for before, when in one["earlier"]:
        history.append(draw(plan, period=when, seed=before, history=history))
    assert [list(receipt.picks(1)) for receipt in history] == one["rounds"]
    receipt = draw(plan, period=period, seed=seed, history=history)
    found = {
        stratum.stratum: [pick.unit for pick in stratum.picks]
        for stratum in receipt.strata
        if stratum.status == "drawn"
    }
    assert found == one["drawn"]


@pytest.mark.parametrize("one", VECTORS["teams"], ids=lambda one: one["name"])
def test_the_library_draws_the_teams_of_the_examples(one: dict[str, Any]) -> None:
    """For the places of a week that the library draws too."""
    seed, plan_id, period = one["head"]
    receipt = draw(WeeklyVillagePlan(tree(one["frame"])), period=period, seed=SEED)
    assert list(receipt.picks()) == one["places"]
    staff = [Inspector(i["id"], home=i["home"], works_in=i["areas"]) for i in one["inspectors"]]
    made = draw_teams(receipt, staff, areas=tree(one["frame"]), seed=seed, size=one["size"])
    assert made.plan == plan_id
    assert {team.place: list(team.inspectors) for team in made.teams} == one["drawn"]


def test_the_library_derives_the_seeds_of_the_examples() -> None:
    """From the digest of a notice, the plan, the results and the secret."""
    assert VECTORS["algorithm"] == ALGORITHM
    for one in VECTORS["seeds"]:
        results, secret = one["results"], None
        if one["has_secret"]:
            results, secret = results[:-1], results[-1]
        assert derived_seed(one["notice"], one["plan"], tuple(results), secret) == one["seed"]


def run(script: str, path: Path) -> subprocess.CompletedProcess[str]:
    """Check a file with a script of the reference."""
    command = [*SCRIPTS[script], str(REFERENCE / "draw-vectors" / script), str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.slow
@pytest.mark.parametrize("script", SCRIPTS)
def test_a_strangers_script_draws_the_examples_again(script: str, tmp_path: Path) -> None:
    """In at most 60 lines that share nothing with the library; a wrong example is noticed."""
    name = SCRIPTS[script][0]
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not installed")
    lines = (REFERENCE / "draw-vectors" / script).read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 60
    assert not any("import antipoverty" in line for line in lines)
    if script == "check.R" and "ok" not in run_r("requireNamespace", "digest", "jsonlite"):
        pytest.skip("R lacks the packages digest or jsonlite")
    done = run(script, FILE)
    assert (done.returncode, done.stdout.strip()) == (0, "ok"), done.stderr[-500:]
    for kind in ("draws", "teams", "seeds"):
        wrong = json.loads(FILE.read_text(encoding="utf-8"))
        if kind == "seeds":
            wrong["seeds"][0]["results"][0] = "05 11 17 22 28 33+10"
        else:
            drawn = next(iter(wrong[kind][-1]["drawn"].values()))
            drawn[0], drawn[1] = drawn[1], drawn[0]
        path = tmp_path / "wrong.json"
        path.write_text(json.dumps(wrong), encoding="utf-8")
        assert run(script, path).returncode != 0


def run_r(function: str, *packages: str) -> str:
    """Ask R whether packages are there."""
    code = f"if (all(sapply(commandArgs(TRUE), {function}, quietly = TRUE))) cat('ok')"
    done = subprocess.run(
        ["Rscript", "--vanilla", "-e", code, *packages], capture_output=True, text=True, check=False
    )
    return done.stdout
