"""Winners and losers of a change of policy: each household once, and groups come to the rows."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from antipoverty import Household, Member, Tables
from antipoverty.comparison import compare
from antipoverty.errors import InvalidArgumentError
from antipoverty.rules import Amount, Pack, judge
from packs import a_pack, a_parameter, a_rule

AS_OF = date(2021, 12, 1)
AREAS = ("610702100200", "610722001001", "610112008205")


def policy(line: int, share: str) -> Pack:
    """What is owed is a share of the gap to a line."""
    amount = Amount(f"{share} * (param('line') * size - net_income_12m)", period="year")
    return a_pack(
        a_rule("net_income_12m < param('line') * size", "gap", amount=amount),
        parameters=[a_parameter("line", "yuan/person", line)],
    )


A, B = policy(600_000, "1"), policy(700_000, "ratio(2, 3)")
HOMES = [
    Household(
        household_id=f"h{n}",
        area=AREAS[n % 3],
        size=None if n % 11 == 3 else 1 + n % 4,
        net_income_12m=None if n % 7 == 5 else f"{1000 + 250 * (n % 60)}",
        members=(Member(member_id=f"m{n}", disabled=[True, False, None][n % 3]),),
        records=(),
    )
    for n in range(240)
]


def owed(home: Household, pack: Pack) -> tuple[Fraction, Fraction]:
    """The least and the most that `judge` says is owed."""
    for alert in judge(home, pack, as_of=AS_OF):
        if alert.amount is not None:
            return Fraction(alert.amount.low), Fraction(alert.amount.high)
    return Fraction(0), Fraction(0)


FOUND = compare(A, B, Tables.of(HOMES), as_of=AS_OF)


def test_the_rows_are_what_two_runs_of_the_reference_differ_in() -> None:
    """Gains and losses are sure; where facts are missing the change is open."""
    expected = {}
    for home in HOMES:
        before, after = owed(home, A), owed(home, B)
        if before != after:
            gains, loses = after[0] > before[1], after[1] < before[0]
            change = "gains" if gains else "loses" if loses else "open"
            expected[home.household_id] = (*before, *after, change)
    rows = {
        row["household_id"]: (
            *(
                Fraction(row[end], row["scale"])
                for end in ("before_low", "before_high", "after_low", "after_high")
            ),
            row["change"],
        )
        for row in FOUND.amounts.iter_rows(named=True)
    }
    assert rows == expected
    assert {row[-1] for row in rows.values()} == {"gains", "loses", "open"}


@pytest.mark.parametrize("by", [None, "city", "size", "disability"])
def test_groups_come_to_the_rows(by: str | None) -> None:
    """Households and amounts of all groups add up to the row list, exactly."""
    grouped = FOUND.winners(by)
    for change in ("gains", "loses", "open"):
        rows = FOUND.amounts.filter(change=change)
        mine = grouped.filter(change=change)
        assert mine["households"].sum() == rows.height
        assert mine["least"].sum() == (rows["after_low"] - rows["before_high"]).sum()
        assert mine["most"].sum() == (rows["after_high"] - rows["before_low"]).sum()


def test_persons_are_no_way_to_add_up_what_households_are_owed() -> None:
    """By age or sex a household's amount would count for each of its members."""
    with pytest.raises(InvalidArgumentError):
        FOUND.winners("age")


def test_the_report_tells_gains_and_losses_and_hides_small_ones() -> None:
    """An amount stands where its count does, and nowhere else."""
    pytest.importorskip("jinja2")
    open_ = FOUND.report(withhold=0).html()
    hidden = FOUND.report(withhold=10_000).html()
    row = FOUND.winners().filter(change="gains").row(0, named=True)
    whole = Fraction(row["least"], row["scale"]) / 100
    assert f"{int(whole):,}" in open_
    assert f"{int(whole):,}" not in hidden
    assert "得失" in open_


def test_a_comparison_without_amounts_has_none() -> None:
    """Nothing is added to the report of policies that state nothing."""
    plain = a_pack(a_rule("monitored", "m"))
    found = compare(plain, plain, Tables.of(HOMES[:5]), as_of=AS_OF)
    assert found.amounts.height == 0
    assert found.winners("size").height == 0


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_command_says_who_gains_and_loses(
    lang: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In JSON exactly, on the terminal with units; groups come to all together in both."""
    pytest.importorskip("typer", reason="the command line needs the extra 'cli'")
    from antipoverty.cli import main

    told = FOUND.to_dict()["amounts"]
    winners = FOUND.winners(None)
    for row, one in zip(winners.iter_rows(named=True), told, strict=False):
        assert one["by"] == "all"
        assert one["households"] == row["households"]
        assert Fraction(one["least"]) == Fraction(row["least"], row["scale"])
        assert Fraction(one["most"]) == Fraction(row["most"], row["scale"])
    for by in ("city", "size", "disability"):
        for change in ("gains", "loses", "open"):
            every, grouped = (
                [one for one in told if one["by"] == which and one["change"] == change]
                for which in ("all", by)
            )
            for end in ("households", "least", "most"):
                assert sum(Fraction(one[end]) for one in every) == sum(
                    Fraction(one[end]) for one in grouped
                )
    from antipoverty.cli import compare as command  # prints what was compared

    print_it = command._print
    main(["--lang", lang, "--version"])
    print_it(FOUND)
    shown = capsys.readouterr().out
    assert ("得失（户）" in shown, "Who gains and who loses" in shown) == (
        lang == "zh",
        lang == "en",
    )
    total = next(one for one in told if one["by"] == "all" and one["change"] == "gains")
    assert f"{total['households']:,}" in shown
