"""A county's own pack (勉县示例): its orchards, what they lose to frost, and its rules.

Everything here is an example: no figure is the county's policy.
"""

from __future__ import annotations

from datetime import date
from importlib import resources
from typing import Annotated, ClassVar

from antipoverty.conditions import facts, param
from antipoverty.model import Fact, Fen, Household, OpaqueId, Row
from antipoverty.rules import Pack, Rule, Source, Text, parameter

AREA = "610725"
EXAMPLE = Source(Text("示例，非政策", "an example, not policy"))


class OrchardLoss(Row):
    """One loss of an orchard (果园受灾), as the county's own office records it."""

    KEY: ClassVar[str] = "loss_id"
    DAY: ClassVar[str | None] = "day"
    LABEL: ClassVar[tuple[str, str]] = ("果园损失", "orchard losses")

    loss_id: Annotated[OpaqueId, Fact(zh="损失编号", en="loss id")]
    day: Annotated[date | None, Fact(zh="日期", en="day")] = None
    amount: Annotated[
        Fen | None, Fact(zh="损失金额", en="amount lost", unit="yuan", low=0, high=10**10)
    ] = None
    insured: Annotated[bool | None, Fact(zh="已投保", en="insured")] = None


class OrchardHousehold(Household):
    """A household with the facts that this county adds."""

    orchard: Annotated[
        int | None, Fact(zh="果园面积", en="orchard", unit="mu", low=0, high=10_000)
    ] = None
    orchard_losses: tuple[OrchardLoss, ...] | None = None


def pack() -> Pack:
    """Make the pack: rules written in Python, and one more from the TOML file beside this."""
    h = facts(OrchardHousehold)
    lost = h.orchard_losses.where(~h.orchard_losses.insured).within(months=12).sum("amount")
    rules = [
        Rule(
            id="mian-orchard-loss",
            title=Text("果园损失大且未投保", "Heavy orchard loss without insurance"),
            department="forestry",
            when=(h.orchard > 0) & (lost > param("mian.orchard_loss")),
            severity="serious",
            source=EXAMPLE,
            since=date(2021, 1, 1),
            risk="natural_disaster",
        ),
        Rule(
            id="mian-orchard-alone",
            title=Text("收入依赖果园且劳动力不足", "An orchard too large for its labourers"),
            department="forestry",
            when=h.orchard > param("mian.mu_per_labourer") * h.labourers,
            severity="notice",
            source=EXAMPLE,
            since=date(2021, 1, 1),
        ),
    ]
    parameters = [
        parameter(
            "mian.orchard_loss",
            Text("果园损失标准", "the orchard loss line"),
            "yuan",
            [("5000", date(2021, 1, 1), None, EXAMPLE)],
        ),
        parameter(
            "mian.mu_per_labourer",
            Text("劳均果园面积", "mu of orchard per labourer"),
            "mu/person",
            [("20", date(2021, 1, 1), None, EXAMPLE)],
        ),
    ]
    return Pack(
        "mian-county",
        Text("勉县示例包", "Example pack of Mian County"),
        rules=[*rules, *_from_file()],
        parameters=parameters,
        departments={"forestry": Text("林业局", "Forestry")},
        area=AREA,
        version="0.1",
        model=OrchardHousehold,
    )


def _from_file() -> list[Rule]:
    """Read the rules that the policy office keeps as text."""
    from antipoverty.rules import pack_from_toml

    text = (resources.files(__name__) / "rules.toml").read_text(encoding="utf-8")
    return list(pack_from_toml(text, model=OrchardHousehold).rules.values())
