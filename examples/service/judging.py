"""What all three services share: the policy, loaded once, and the alerts of one household."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel

from antipoverty import Household, judge
from antipoverty.packs import shaanxi_2531

PACK = shaanxi_2531()


class Answer(BaseModel):
    """One rule that is not clear (预警或待核实), as it leaves the service."""

    rule_id: str
    verdict: str
    department: str
    severity: str
    missing: list[str]
    illustrative: bool
    explanation: str


def answers(home: Household, as_of: date) -> list[Answer]:
    """Judge a household on a day, in Chinese; an empty list is the all-clear."""
    return [Answer(**alert.to_dict("zh")) for alert in judge(home, PACK, as_of=as_of)]
