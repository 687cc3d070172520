"""A share of an income that may be a loss is remarked upon, and the shipped pack has none."""

from __future__ import annotations

import json
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antipoverty import Household, judge
from antipoverty.cli import main
from antipoverty.conditions import parse
from antipoverty.packs import shaanxi_2531
from antipoverty.testing.laws import unguarded_shares

SHARE = "rigid_spending_12m > 0.5 * net_income_12m"


@pytest.mark.parametrize(
    "when",
    [
        SHARE,
        "0.5 * net_income_12m < rigid_spending_12m",
        "not rigid_spending_12m <= net_income_12m * 0.5",
        "2 * rigid_spending_12m > net_income_12m",
        "net_income_12m < 0.5 * net_income_prev_12m",
        "rigid_spending_12m > 0.5 * (net_income_12m - subsidy_income_12m)",
        f"net_income_12m > 0 or {SHARE}",
        f"water_safe and (size > 3 or {SHARE})",
        f"net_income_prev_12m > 0 and {SHARE}",
        f"score((1, {SHARE})) >= 1",
        "rigid_spending_12m >= 0 and rigid_spending_12m > 0.5 * net_income_12m",
    ],
)
def test_a_share_of_a_loss_is_named(when: str) -> None:
    """However it is written and wherever it stands."""
    assert len(unguarded_shares(parse(when))) == 1


@pytest.mark.parametrize(
    "when",
    [
        f"net_income_12m > 0 and {SHARE}",
        f"{SHARE} and not net_income_12m <= 0",
        f"net_income_12m >= yuan(6000, per='person') * size and {SHARE}",
        f"rigid_spending_12m > 0 and {SHARE}",
        "net_income_12m < net_income_prev_12m and net_income_12m < 0.5 * net_income_prev_12m",
        f"net_income_12m > 0 and (water_safe or {SHARE})",
        "rigid_spending_12m > 0.5 * wage_income_12m",
        "net_income_12m < yuan(6000, per='person') * size",
        "work_income_year < 0.8 * work_income_year_before",
    ],
)
def test_a_guarded_share_or_one_of_what_is_never_negative_is_not(when: str) -> None:
    """Nor is a line for each person, which is no share."""
    assert unguarded_shares(parse(when)) == ()


def test_the_shipped_pack_has_none() -> None:
    """In no rule of it."""
    found = {rule.id: unguarded_shares(rule.when) for rule in shaanxi_2531().rules.values()}
    assert {id_: named for id_, named in found.items() if named} == {}


AMOUNTS = st.integers(-300_000, 300_000) | st.sampled_from([-2, -1, 0, 1, 2])


@given(AMOUNTS, AMOUNTS, AMOUNTS.map(abs), AMOUNTS.map(abs))
def test_the_three_rules_mean_at_a_loss_what_they_say(
    now: int, before: int, spent: int, subsidy: int
) -> None:
    """Written out by hand: at a loss, any spending is too much, and only a greater loss a fall."""
    home = Household(
        household_id="h",
        area="610702100200",
        net_income_12m=yuan(now),
        net_income_prev_12m=yuan(before),
        rigid_spending_12m=yuan(spent),
        subsidy_income_12m=yuan(subsidy),
        members=(),
        records=(),
    )
    verdicts = judge(home, shaanxi_2531(), as_of=date(2021, 12, 1)).verdicts
    half, most = Fraction(1, 2), Fraction(6, 10)
    expected = {
        "rigid-spending": spent > half * now if now > 0 else spent > 0,
        "subsidy-dependent": subsidy > most * now if now > 0 else subsidy > 0,
        "income-collapse": now < half * before if before > 0 else now < before,
    }
    assert {rule: verdicts[rule].value for rule in expected} == {
        rule: "warn" if held else "clear" for rule, held in expected.items()
    }


def yuan(fen: int) -> str:
    """An amount as the model takes it."""
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02}"


def test_checking_a_pack_remarks_upon_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In text and in JSON; the pack can be used all the same."""
    pytest.importorskip("typer")
    path = tmp_path / "p.toml"
    path.write_text(PACK, encoding="utf-8")
    assert main(["rules", "check", str(path)]) == 0
    shown = capsys.readouterr().out
    assert "1 remarks" in shown
    assert "rule 'spent'" in shown
    assert main(["rules", "check", str(path), "--json"]) == 0
    (remark,) = json.loads(capsys.readouterr().out)["remarks"]
    assert SHARE in remark


PACK = f"""
[pack]
id = "p"
title.zh = "试"
title.en = "t"
[departments.d]
zh = "部"
en = "d"
[sources.s]
title = "an example"
[[rules]]
id = "spent"
title.zh = "支出"
title.en = "spent"
department = "d"
when = "{SHARE}"
source = "s"
since = 2021-01-01
"""
