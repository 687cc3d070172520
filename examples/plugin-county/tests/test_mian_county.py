"""The county's pack: alone, beside the province's, and on frames."""

from __future__ import annotations

from datetime import date

import pytest
from mian_county import OrchardHousehold, OrchardLoss, pack

from antipoverty.packs import shaanxi_2531
from antipoverty.rules import Verdict, combine, discover_packs, judge
from antipoverty.screening import Tables, screen
from antipoverty.testing import Check, pack_checks

DAY = date(2021, 12, 1)
FROST = OrchardLoss(loss_id="l-1", day=date(2021, 4, 2), amount="5000.01", insured=False)


def household(**facts: object) -> OrchardHousehold:
    """A household of the county with an orchard."""
    base: dict[str, object] = {
        "household_id": "h-1",
        "area": "610725001202",
        "orchard": 10,
        "labourers": 2,
        "orchard_losses": (),
        "members": (),
        "records": (),
    }
    return OrchardHousehold.model_validate(base | facts)


@pytest.mark.parametrize(
    ("amount", "insured", "verdict"),
    [
        ("5000.01", False, Verdict.WARN),
        ("5000", False, Verdict.CLEAR),
        ("9000", True, Verdict.CLEAR),
        ("9000", None, Verdict.UNDECIDED),
    ],
)
def test_uninsured_losses_over_the_line_warn(
    amount: str, insured: bool | None, verdict: Verdict
) -> None:
    """On the line is clear; whether it was insured must be known."""
    loss = OrchardLoss(loss_id="l", day=date(2021, 4, 2), amount=amount, insured=insured)
    found = judge(household(orchard_losses=(loss,)), pack(), as_of=DAY)
    assert found.verdicts["mian-orchard-loss"] is verdict


def test_the_pack_is_installed_and_screens_with_the_province() -> None:
    """One pass judges by both packs, on a frame with the county's own table."""
    both = combine(shaanxi_2531(), discover_packs()["mian-county"])
    households = [
        household(orchard_losses=(FROST,), water_safe=False),
        household(household_id="h-2", area="610702100200", orchard=900),
    ]
    screening = screen(Tables.of(households, both.model), both, as_of=DAY)
    warned = screening.alerts.filter(screening.alerts["verdict"] == "warn")
    assert set(warned.select("household_id", "rule_id").rows()) == {
        ("h-1", "mian-orchard-loss"),
        ("h-1", "unsafe-water"),
    }
    assert "果园损失" in screening.explain("h-1", "zh")


def test_rules_kept_as_text_are_part_of_the_pack() -> None:
    """Two frosts in a year, one on the first day of the window."""
    losses = (FROST, OrchardLoss(loss_id="l-2", day=date(2020, 12, 1)))
    found = judge(household(orchard_losses=losses), pack(), as_of=DAY)
    assert found.verdicts["mian-frost-twice"] is Verdict.WARN


@pytest.mark.parametrize("check", pack_checks("mian-county"), ids=str)
def test_the_pack_keeps_what_the_library_promises(check: Check) -> None:
    """Every check of the conformance kit, with the cases the pack ships."""
    check()
