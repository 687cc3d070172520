"""Double random (双随机): draws that anybody can check without this library.

Every unit has a ticket, the SHA-256 of a text that names the seed, the plan, the period,
the stratum and the unit; the smallest ticket of a stratum is drawn. `draw` gives a
receipt that states all it rests on, with every unit's chance, and `verify` draws again
and says what differs. The seed of a draw that counts comes from public events that a
notice named before (`announce`); a seed that somebody chose is for rehearsals:

>>> from antipoverty import shaanxi_areas
>>> areas = shaanxi_areas()
>>> receipt = draw(WeeklyVillagePlan(areas), period="2022-W06", seed="58209749445923078164")
>>> print(receipt)
<Receipt weekly-village 2022-W06 (illustrative, self-chosen seed): 104 drawn of 16,607, ...>
>>> verify(receipt, areas).ok
True
"""

from __future__ import annotations

from antipoverty._sampling.audit import Audit, audit
from antipoverty._sampling.beacons import drand_result, nist_result
from antipoverty._sampling.coverage import (
    PREDICTABLE,
    CoverageReport,
    StratumCoverage,
    coverage,
    simulated_rounds,
)
from antipoverty._sampling.design import Design, Shared, Stage, within
from antipoverty._sampling.draw import draw
from antipoverty._sampling.events import (
    DOUBLE_COLOUR,
    ClosingIndex,
    DrandRound,
    Drawing,
    NistPulse,
    Numbers,
)
from antipoverty._sampling.findings import Finding
from antipoverty._sampling.frames import Frame, Skipped
from antipoverty._sampling.inspectors import Inspector, Recusal, Visit, read_inspectors
from antipoverty._sampling.notice import (
    AnnouncedDraw,
    AnnouncedTeams,
    Notice,
    Opened,
    Staffing,
    announce,
)
from antipoverty._sampling.outcomes import (
    OfficeOutcomes,
    Outcome,
    Outcomes,
    by_office,
    outcomes,
)
from antipoverty._sampling.overlap import Overlap, overlap
from antipoverty._sampling.plans import HouseholdPlan, OnSitePlan, Plan, WeeklyVillagePlan
from antipoverty._sampling.receipt import Receipt
from antipoverty._sampling.rounds import expected_rounds
from antipoverty._sampling.seeds import SELF_CHOSEN, Chosen, FromNotice
from antipoverty._sampling.steps import Pick, StratumDraw
from antipoverty._sampling.supplements import (
    Answered,
    Request,
    Supplement,
    Wanted,
    inclusion,
    request,
    supplement,
)
from antipoverty._sampling.teams import Recused, Team, Teams, draw_teams, recusals, verify_teams
from antipoverty._sampling.tickets import ALGORITHM, ticket
from antipoverty._sampling.verification import (
    ILLUSTRATIVE,
    Difference,
    Verification,
    predictability,
)
from antipoverty._sampling.verify import verify
from antipoverty._sampling.verify_supplements import verify_supplement

__all__ = [
    "ALGORITHM",
    "DOUBLE_COLOUR",
    "ILLUSTRATIVE",
    "PREDICTABLE",
    "SELF_CHOSEN",
    "AnnouncedDraw",
    "AnnouncedTeams",
    "Answered",
    "Audit",
    "Chosen",
    "ClosingIndex",
    "CoverageReport",
    "Design",
    "Difference",
    "DrandRound",
    "Drawing",
    "Finding",
    "Frame",
    "FromNotice",
    "HouseholdPlan",
    "Inspector",
    "NistPulse",
    "Notice",
    "Numbers",
    "OfficeOutcomes",
    "OnSitePlan",
    "Opened",
    "Outcome",
    "Outcomes",
    "Overlap",
    "Pick",
    "Plan",
    "Receipt",
    "Recusal",
    "Recused",
    "Request",
    "Shared",
    "Skipped",
    "Staffing",
    "Stage",
    "StratumCoverage",
    "StratumDraw",
    "Supplement",
    "Team",
    "Teams",
    "Verification",
    "Visit",
    "Wanted",
    "WeeklyVillagePlan",
    "announce",
    "audit",
    "by_office",
    "coverage",
    "drand_result",
    "draw",
    "draw_teams",
    "expected_rounds",
    "inclusion",
    "nist_result",
    "outcomes",
    "overlap",
    "predictability",
    "read_inspectors",
    "recusals",
    "request",
    "simulated_rounds",
    "supplement",
    "ticket",
    "verify",
    "verify_supplement",
    "verify_teams",
    "within",
]
