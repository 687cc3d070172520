"""What happens to households of a synthetic year: causes of hardship, and planted events.

How often each happens, whom it hurts and what it leaves in the data is made up, so that
rules have something to find, something to raise false alarms about, and something that no
data tell. None of it is a figure of any place.
"""

from __future__ import annotations

from datetime import date

import attrs

from antipoverty._base.provenance import Text


@attrs.frozen
class Cause:
    """One thing that may happen to a household.

    Attributes:
        often: To how many of ten thousand households a year; 0 where only an event brings it.
        rule: The rule that should warn of it; empty where no data tell.
        kind: The kind of record it leaves, or empty.
        department: Who sends that record.
        bills: The least and the most of each amount, in fen; ``None`` for a record without.
        days: How many days after it began each record is dated.
        poorer_than: Whoever has less income a head, in fen, comes into need by it.
        loss: How much of its yearly income is gone a year later, in per cent.
    """

    often: int
    rule: str
    kind: str = ""
    department: str = ""
    bills: tuple[int, int] | None = None
    days: tuple[int, ...] = (0,)
    poorer_than: int = 0
    loss: int = 0


CAUSES: dict[str, Cause] = {
    "illness": Cause(
        50, "medical-burden-general", "medical_self_paid", "medical-insurance",
        (900_000, 1_700_000), (0, 15, 35), poorer_than=1_900_000, loss=20,
    ),
    "accident": Cause(
        15, "traffic-accident", "traffic_accident", "traffic-police",
        poorer_than=1_700_000, loss=30,
    ),
    "crime": Cause(3, "crime-harm", "crime_harm", "public-security", poorer_than=1_500_000),
    "dropout": Cause(6, "suspected-dropout", "suspected_dropout", "education",
                     poorer_than=1_200_000),
    "disability": Cause(
        10, "disability-certified", "disability_certified", "disabled-federation",
        poorer_than=1_500_000, loss=20,
    ),
    "dwelling": Cause(8, "dangerous-house", "dangerous_house", "housing", poorer_than=1_600_000),
    "water": Cause(6, "unsafe-water", "water_unsafe", "water", poorer_than=1_000_000),
    "job": Cause(20, "job-loss", "job_loss", "human-resources", poorer_than=1_300_000, loss=60),
    "project": Cause(
        8, "project-failed", "project_failed", "rural-affairs", poorer_than=1_300_000, loss=45
    ),
    "business": Cause(
        8, "business-closed", "business_closed", "market-regulation",
        poorer_than=1_300_000, loss=45,
    ),
    "relief": Cause(
        8, "living-guarantee-added", "living_guarantee_added", "civil-affairs",
        poorer_than=1_500_000,
    ),
    "income": Cause(20, "income-under-line", poorer_than=10_000_000, loss=75),
    "unseen": Cause(10, "", poorer_than=10_000_000),
    "flood": Cause(
        0, "disaster-loss", "disaster_loss", "emergency", (100_000, 2_100_000),
        poorer_than=1_700_000, loss=15,
    ),
    "plant": Cause(0, "job-loss", "job_loss", "human-resources", poorer_than=1_200_000, loss=55),
    "clinic": Cause(
        0, "outpatient-month", "outpatient", "medical-insurance", (18_000, 26_000), (0, 4, 8)
    ),
}  # fmt: skip


@attrs.frozen
class Planted:
    """One event of the year that the mechanism should find (植入事件).

    Attributes:
        id: ``flood``, ``plant``, ``clinic`` or ``hides``.
        title: What it is.
        area: Where it is: a township, or a county.
        villages: The villages it strikes.
        first: Its first day.
        last: Its last day.
        share: Of a hundred households there, to how many it happens.
    """

    id: str
    title: Text
    area: str
    villages: tuple[str, ...] = attrs.field(repr=False)
    first: date
    last: date
    share: int


EVENTS: dict[str, tuple[Text, tuple[int, int], tuple[int, int], int]] = {
    "flood": (Text("山洪灾害", "a flood"), (7, 12), (7, 17), 60),
    "plant": (Text("工厂停产", "a plant that closes"), (4, 10), (4, 29), 30),
    "clinic": (Text("诊所乱收费", "a clinic that overcharges"), (9, 2), (9, 18), 40),
    "hides": (Text("瞒报数据的县", "a county that hides figures"), (3, 1), (12, 31), 0),
}
"""Title, first and last month and day, and the share of households struck."""
