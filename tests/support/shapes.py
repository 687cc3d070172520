"""Shapes of conditions, and how often each side of one comes up near its threshold.

``python tests/support/shapes.py`` draws for every shape and writes the table of the docs.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from datetime import date
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy

from antipoverty.model import Household
from antipoverty.rules import Pack, Verdict, judge
from antipoverty.testing import near_threshold
from antipoverty.testing._search.subject import subject  # private: a rule with day and place
from antipoverty.testing._strategies.policies import (  # private: invented packs
    VALUES,
    pack_of,
    parameter_of,
    rule_of,
)
from antipoverty.testing._strategies.sides import sides  # private: what is proved impossible

AS_OF = date(2021, 12, 1)
SHAPES = (
    # numbers of the household, products, ratios, parameters
    "net_income_12m is known and size > 3",
    "net_income_12m < param('line') * size",
    "subsidy_income_12m > param('share') * net_income_12m",
    "net_income_12m - subsidy_income_12m < yuan('6000', per='person') * size",
    "dwelling_grade in ['C', 'D'] or not water_safe",
    "score((1, water_safe), (2, any(members, disabled))) == 3",
    # counts, scaled, against each other, against the roster
    "count(members) > 5",
    "count(members, disabled) * 2 < count(members)",
    "count(members, disabled) * 3 >= count(members) * 2",
    "count(members, disabled) - count(members, employed) >= 2",
    "count(members, labour == 'full') * 4 <= size",
    "count(records, months=1) > count(records, months=12) - 2",
    "count(records, kind == 'a' and amount > yuan('500'), days=30) * 2 > count(records, days=30)",
    # sums, and shares of sums
    "sum(members, age) > 100",
    "sum(members, score((1, age >= 60))) >= 2",
    "sum(records, amount, months=12) > yuan('10000')",
    "sum(records, amount, where=kind == 'a', months=12) > sum(records, amount, months=12) * 0.5",
    # any, all, least, greatest
    "any(members, age < 16 and not in_school) and not minimum_living",
    "all(members, age >= 60) and count(members) >= 2",
    "max(members, age) - min(members, age) > 40",
    "max(records, amount, calendar='quarter') >= yuan('6000')",
    # the middle of rows
    "median(records, amount) > yuan('100')",
    "median(members, age) >= 60",
    "quantile(records, amount, ratio(2, 3), months=12) < yuan('500')",
    # groups
    "any(by(records, kind), sum(records, amount) > yuan('1000'))",
    "count(by(records, member_id)) >= 2",
    "max(by(members, relation), count(members)) >= 2",
    "count(by(records, kind), count(records) >= 2) >= 1",
    # spells some time ago, days, gaps
    "sum(records, amount, months=1) > sum(records, amount, months=1, before=1)",
    "count(records, calendar='month', before=1) >= 2",
    "periods(3, any(records, months=1)) >= 2",
    "gap(records, day) > 30",
    "max(records, day) < ago(months=6)",
    "ago(days=0) - monitored_since >= 365",
    "max(records, day) - min(records, day) >= 31",
)
PAGES = [
    Path(__file__).parents[2] / f"docs/how-to/test-with-strategies{language}.md"
    for language in ("", ".zh-CN")
]
_SHARE = r" (\d+|–)(?: %)? \|"
ROW = re.compile(rf"^\| `(.+?)` \|{_SHARE * 3}\n", re.MULTILINE)
ORDER = (Verdict.WARN, Verdict.CLEAR, Verdict.UNDECIDED)


def made(shape: str) -> Pack:
    """A pack of one rule."""
    return pack_of([rule_of("r", shape)], map(parameter_of, VALUES))


def homes_of(which: SearchStrategy[Household], count: int) -> list[Household]:
    """So many draws, the same each time."""
    found: list[Household] = []

    @seed(1)
    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(which)
    def look(household: Household) -> None:
        found.append(household)

    look()
    return found


def drawn(shape: str, count: int) -> Counter[Verdict]:
    """How often each verdict comes up."""
    pack = made(shape)
    homes = homes_of(near_threshold("r", pack, as_of=AS_OF), count)
    return Counter(judge(home, pack, as_of=AS_OF).verdicts["r"] for home in homes)


def impossible(shape: str) -> frozenset[Verdict]:
    """The sides that no household is on, by proof."""
    return sides(subject("r", made(shape), as_of=AS_OF)).impossible


def deviations(share: int, found: int, count: int) -> float:
    """How far a count of draws lies from a share of the page, in standard deviations.

    Both were drawn, and Hypothesis varies what it drew before: shares of several seeds spread
    as those of a third as many independent draws do (variance 2.7 times the binomial's).
    """
    both = (found + share * ON_PAGE / 100) / (count + ON_PAGE)
    spread = math.sqrt(_ALIKE * both * (1 - both) * (1 / count + 1 / ON_PAGE))
    return abs(found / count - share / 100) / spread if spread else 0.0


ON_PAGE, _ALIKE = 300, 3
"""How many draws the page's shares are of, and how many of them say as much as one."""


def row(shape: str, count: int = ON_PAGE) -> str:
    """The line of a shape in the table of the docs."""
    found, never = drawn(shape, count), impossible(shape)
    shares = (
        "–" if one in never else f"{round(found[one] * 100 / found.total())} %" for one in ORDER
    )
    return f"| `{shape}` | {' | '.join(shares)} |\n"


def shares_of(page: Path) -> dict[str, list[int | None]]:
    """What a page says, in percent."""
    return {
        shape: [None if one == "–" else int(one) for one in shares]
        for shape, *shares in ROW.findall(page.read_text("utf-8"))
    }


def write() -> None:
    """Put the table anew into both pages."""
    lines = "".join(row(shape) for shape in SHAPES)
    for page in PAGES:
        text = page.read_text("utf-8")
        first, last = (list(ROW.finditer(text))[number] for number in (0, -1))
        page.write_text(text[: first.start()] + lines + text[last.end() :], "utf-8")


if __name__ == "__main__":
    write()

__all__ = [
    "ORDER",
    "PAGES",
    "SHAPES",
    "deviations",
    "drawn",
    "homes_of",
    "impossible",
    "made",
    "shares_of",
    "write",
]
