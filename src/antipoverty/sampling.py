"""Double random (双随机): draws that anybody can check without this library.

Every unit has a ticket, the SHA-256 of a text that names the seed, the plan, the period,
the stratum and the unit; the smallest ticket of a stratum is drawn. `draw` gives a
receipt that states all it rests on, with every unit's chance, and `verify` draws again
and says what differs.

>>> from antipoverty import shaanxi_areas
>>> areas = shaanxi_areas()
>>> receipt = draw(WeeklyVillagePlan(areas), period="2022-W06", seed="58209749445923078164")
>>> receipt
<Receipt weekly-village 2022-W06 (illustrative): 104 drawn of 16,607, 3 skipped, ...>
>>> verify(receipt, areas).ok
True
"""

from __future__ import annotations

from antipoverty._sampling.coverage import (
    PREDICTABLE,
    CoverageReport,
    StratumCoverage,
    coverage,
    expected_rounds,
    simulated_rounds,
)
from antipoverty._sampling.design import Design, Stage, within
from antipoverty._sampling.draw import draw
from antipoverty._sampling.frames import Frame, Skipped
from antipoverty._sampling.plans import HouseholdPlan, OnSitePlan, Plan, WeeklyVillagePlan
from antipoverty._sampling.receipt import Receipt
from antipoverty._sampling.seeds import Commitment, Committed, Given, Public, commit
from antipoverty._sampling.steps import Pick, StratumDraw
from antipoverty._sampling.teams import (
    Inspector,
    Recusal,
    Team,
    Teams,
    Visit,
    draw_teams,
    read_inspectors,
    verify_teams,
)
from antipoverty._sampling.tickets import ALGORITHM, ticket
from antipoverty._sampling.verify import ILLUSTRATIVE, Difference, Verification, verify

__all__ = [
    "ALGORITHM",
    "ILLUSTRATIVE",
    "PREDICTABLE",
    "Commitment",
    "Committed",
    "CoverageReport",
    "Design",
    "Difference",
    "Frame",
    "Given",
    "HouseholdPlan",
    "Inspector",
    "OnSitePlan",
    "Pick",
    "Plan",
    "Public",
    "Receipt",
    "Recusal",
    "Skipped",
    "Stage",
    "StratumCoverage",
    "StratumDraw",
    "Team",
    "Teams",
    "Verification",
    "Visit",
    "WeeklyVillagePlan",
    "commit",
    "coverage",
    "draw",
    "draw_teams",
    "expected_rounds",
    "read_inspectors",
    "simulated_rounds",
    "ticket",
    "verify",
    "verify_teams",
    "within",
]
