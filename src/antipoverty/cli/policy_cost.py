"""``antipoverty policy cost``: what a rule of runs does to units that are as good as the others."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any

import typer

from antipoverty._base.csvfiles import read_text
from antipoverty._base.exact import fraction_of
from antipoverty.cli._language import languages, said
from antipoverty.cli._shell import JsonFlag, print_json
from antipoverty.cli._tables import console, print_table
from antipoverty.errors import InvalidArgumentError
from antipoverty.scoring import (
    AssessmentPolicy,
    Cost,
    RunRule,
    cost,
    named_by_limits,
    named_by_rank,
    texts,
)


def register(app: typer.Typer) -> None:
    """Add the command, in a group of its own."""
    policies = typer.Typer(no_args_is_help=True, help="What a policy does before it is issued.")
    policies.command("cost")(policy_cost)
    app.add_typer(policies, name="policy")


def policy_cost(
    policy: Annotated[Path, typer.Argument(help="TOML of the rules of runs.")],
    units: Annotated[int, typer.Option(min=1, help="How many units are compared.")],
    commended: Annotated[int, typer.Option(min=0, help="How many are commended a period.")] = 0,
    criticised: Annotated[int, typer.Option(min=0, help="How many are criticised.")] = 0,
    chance: Annotated[
        str | None,
        typer.Option(help="Or by limits: the chance that luck alone names a unit, such as 0.001."),
    ] = None,
    without: Annotated[str, typer.Option(help="The chance of a period without a notice.")] = "0",
    size: Annotated[int | None, typer.Option(min=1, help="Cases of a unit, for the power.")] = None,
    rate: Annotated[str, typer.Option(help="The true rate of all units, for the power.")] = "0.9",
    fall: Annotated[str, typer.Option(help="How far one unit has truly fallen.")] = "0.05",
    as_json: JsonFlag = False,
) -> None:
    """Say exactly whom a rule scores by luck in a year, and whom it finds (规则的代价)."""
    rules = AssessmentPolicy.from_toml(read_text(policy))
    good, bad = _chances(units, commended, criticised, chance)
    found = [
        cost(rule, commended=good, criticised=bad, without=_fraction(without))
        for rule in rules.rules
    ]
    power = None
    if size is not None:
        power = _named(units, criticised, chance, size, _fraction(rate), _fraction(fall))
    powers = [None if power is None else _power(rule, power) for rule in rules.rules]
    rows = [_row(one, units, strength) for one, strength in zip(found, powers, strict=True)]
    if as_json:
        print_json(
            {
                "policy": rules.id,
                "units": units,
                "commended": str(good),
                "criticised": str(bad),
                "found_a_period": None if power is None else float(power),
                "rules": rows,
            }
        )
        return
    for language in languages():
        console().print(texts.status(rules, language), markup=False)
    print_table(
        said("What rules cost a year, {policy}, {units} units", policy=rules.id, units=units),
        (
            "rule", "raised by luck", "lowered by luck",
            "units touched", "points", "true fall found",
        ),
        (
            (
                row["rule"],
                f"{row['commended']:.2%}",
                f"{row['criticised']:.2%}",
                f"{row['units']:.2f}",
                "" if row["points"] is None else f"{row['points']:+.3f}",
                "" if row["power"] is None else f"{row['power']:.2%}",
            )
            for row in rows
        ),
    )  # fmt: skip


def _fraction(text: str) -> Fraction:
    try:
        return fraction_of(text)
    except (ValueError, ZeroDivisionError):
        raise InvalidArgumentError(
            "{text!r} is no exact number; write 0.05 or 1/20", text=text
        ) from None


def _chances(
    units: int, commended: int, criticised: int, chance: str | None
) -> tuple[Fraction, Fraction]:
    if chance is not None:
        return _fraction(chance), _fraction(chance)
    if commended + criticised > units:
        raise InvalidArgumentError(
            "{commended} commended and {criticised} criticised are more than {units} units",
            commended=commended,
            criticised=criticised,
            units=units,
        )
    return Fraction(commended, units), Fraction(criticised, units)


def _named(
    units: int, criticised: int, chance: str | None, size: int, rate: Fraction, fall: Fraction
) -> Fraction:
    """The chance that one period names the unit that has truly fallen."""
    if not 0 < rate - fall <= rate < 1:
        raise InvalidArgumentError("rate and rate - fall lie above 0 and below 1")
    if chance is not None:
        return named_by_limits(size, rate, fall, chance=_fraction(chance))
    return named_by_rank(size, rate, fall, units=units, named=criticised)


def _power(rule: RunRule, named: Fraction) -> Fraction:
    return cost(rule, commended=Fraction(0), criticised=named).criticised


def _row(one: Cost, units: int, power: Fraction | None) -> dict[str, Any]:
    return {
        "rule": one.rule.id,
        "commended": float(one.commended),
        "criticised": float(one.criticised),
        "units": float(units * one.either),
        "points": None if one.points is None else float(one.points),
        "exact": {"commended": str(one.commended), "criticised": str(one.criticised)},
        "power": None if power is None else float(power),
    }
