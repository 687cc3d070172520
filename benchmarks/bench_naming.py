"""Name counties of equal quality for five years, by rank and by limits: how much is luck.

Run with ``python benchmarks/bench_naming.py``. 107 counties of 30 to 2,900 cases have the
same true rate. Every month figures are drawn, the library drafts the notices, and the rule
of two consecutive months scores them; then one county's rate falls by 5 points.
"""

from __future__ import annotations

import bisect
import functools
import itertools
import math
import random
import sys
from collections import Counter
from datetime import date
from fractions import Fraction

from antipoverty.model import Area, AreaTree
from antipoverty.periods import Period
from antipoverty.rules import Text
from antipoverty.scoring import (
    AssessmentPolicy,
    Entry,
    Indicator,
    NoticePolicy,
    NoticeVerdict,
    RunRule,
    Statistic,
    assess,
    cost,
    draft_notices,
)
from common import Row, table

COUNTIES, SMALLEST, LARGEST, RATE, FALL = 107, 30, 2900, 0.9, Fraction(1, 20)
SIZES = [round(SMALLEST * (LARGEST / SMALLEST) ** (n / (COUNTIES - 1))) for n in range(COUNTIES)]
UNITS = [f"61{1 + n // 11:02d}{1 + n % 11:02d}" for n in range(COUNTIES)]
AREAS = AreaTree(
    Area(code=code, name=code) for code in ("61", *sorted({unit[:4] for unit in UNITS}), *UNITS)
)
IN_TIME = Indicator(
    id="in-time", title=Text("按时核查率", "checked in time"), unit="share", direction="higher",
    best=Fraction(1), worst=Fraction(1, 2),
)  # fmt: skip
RULE = RunRule(id="two-months", cadence="month", effect="routine-points")
POLICIES = {
    "ten and ten by rank": {"choose": "rank", "commended": 10, "criticised": 10},
    "outside limits, each at 1 in 1,000": {
        "choose": "outside-limits", "commended": Fraction(1, 1000),
        "criticised": Fraction(1, 1000), "multiplicity": "each",
    },
    "outside limits, 5 % false discoveries": {
        "choose": "outside-limits", "commended": Fraction(1, 20), "criticised": Fraction(1, 20),
    },
}  # fmt: skip


@functools.cache
def cumulative(size: int, rate: float) -> list[float]:
    """The chances of at most so many of a size."""
    terms = [
        math.comb(size, k) * Fraction(rate) ** k * (1 - Fraction(rate)) ** (size - k)
        if size < 40
        else math.exp(
            math.lgamma(size + 1) - math.lgamma(k + 1) - math.lgamma(size - k + 1)
            + k * math.log(rate) + (size - k) * math.log1p(-rate)
        )
        for k in range(size + 1)
    ]  # fmt: skip
    return list(itertools.accumulate(map(float, terms)))


def simulate(
    how: NoticePolicy, years: int, seed: int, fallen: int | None = None
) -> tuple[Counter[str], list[Entry]]:
    """How often each county is named, and what is scored; one county may have fallen."""
    draw = random.Random(seed)
    period, notices = Period.parse("2021-01"), []
    for _ in range(12 * years):
        figures = [
            Statistic(
                unit=unit, period=period, indicator="in-time", denominator=size,
                numerator=bisect.bisect(
                    cumulative(size, RATE - float(FALL) * (n == fallen)), draw.random()
                ),
            )
            for n, (unit, size) in enumerate(zip(UNITS, SIZES, strict=True))
        ]  # fmt: skip
        notices += draft_notices(
            figures, how, period=period, issuer="61", level="county",
            issued_on=period.last, areas=AREAS,
        ).notices  # fmt: skip
        period = period.next
    named = Counter(one.unit for one in notices if one.verdict is not NoticeVerdict.NEITHER)
    board = assess(notices, AssessmentPolicy(rules=(RULE,)), as_of=date(2099, 1, 1))
    return named, list(board.ledger)


def main(scale: float) -> list[Row]:
    """A row for the luck of each policy, and one for its power."""
    years, runs = max(1, round(5 * scale)), max(1, round(40 * scale))
    small, large = UNITS[: COUNTIES // 4], UNITS[-(COUNTIES // 4) :]
    rows = []
    for title, choice in POLICIES.items():
        how = NoticePolicy.model_validate({"indicators": (IN_TIME,)} | choice)
        named, scored = simulate(how, years, seed=2531)
        total = max(sum(named.values()), 1)
        shares = [sum(named[unit] for unit in group) / total for group in (small, large)]
        by_year = len(scored) / years
        limited = how.choose == "outside-limits"
        rows.append(
            Row(
                f"equal counties, {title}: scores a year by luck",
                f"{by_year:.1f}",
                f"{total / years / 12:.2f} namings a month, {shares[0]:.0%} of them the smallest "
                f"quarter's, {shares[1]:.0%} the largest's",
                limit="2" if limited else "",
                met=by_year <= 2 if limited else None,
            )
        )
        found = []
        for size in (30, 300, 2900):
            place = min(range(COUNTIES), key=lambda n: abs(SIZES[n] - size))
            hits = sum(
                any(
                    entry.unit == UNITS[place] and entry.verdict is NoticeVerdict.CRITICISED
                    for entry in simulate(how, 1, seed, place)[1]
                )
                for seed in range(runs)
            )
            found.append(f"{hits / runs:.0%}")
        rows.append(
            Row(
                f"a fall of 5 points, {title}: scored within a year",
                " / ".join(found),
                f"30 / 300 / 2,900 cases, {runs} years each",
            )
        )
    by_luck = cost(RULE, commended=Fraction(10, COUNTIES), criticised=Fraction(10, COUNTIES))
    rows.append(
        Row(
            "counties equal in size too, ten and ten by rank: scores a year, worked out exactly",
            f"{float(COUNTIES * by_luck.scores):.1f}",
        )
    )
    return rows


if __name__ == "__main__":
    print(table(main(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0)))
