"""What screening says of a planted province as it came in, beside what it says of the clean one."""

from __future__ import annotations

import attrs
import polars as pl

from antipoverty import Tables, screen, shaanxi_areas
from antipoverty.model import Delivery
from antipoverty.packs import shaanxi_2531
from antipoverty.synthetic import DEMO_DAY
from planted import Planted


@attrs.frozen
class Compared:
    """Answers of the households that came, by household and rule; what is clear stands nowhere.

    Attributes:
        households: How many households came.
        untouched: Of how many of them nothing was lost.
        answers: How many of the untouched households' answers warn or are undecided.
        differing: How many of these are another answer in the clean tables.
        kept: Answers of the others that are as in the clean tables.
        opened: Answers of all that have become undecided.
        cleared: Warnings, or undecided answers, that have become clear.
        raised: Warnings that the clean tables do not give.
    """

    households: int
    untouched: int
    answers: int
    differing: int
    kept: int
    opened: int
    cleared: int
    raised: int


def compared(planted: Planted, tables: Tables[pl.DataFrame]) -> Compared:
    """Screen both, and compare every household that came, rule by rule."""
    keys = ["household_id", "rule_id"]
    deliveries = None if tables.deliveries is None else whole(planted)
    clean, found = (
        screen(one, shaanxi_2531(), as_of=DEMO_DAY, areas=shaanxi_areas()).alerts.select(
            *keys, verdict=pl.col("verdict").cast(pl.String)
        )
        for one in (Tables(**planted.clean, deliveries=deliveries), tables)
    )
    homes = tables["households"].select("household_id")
    both = (
        clean.join(found, on=keys, how="full", coalesce=True, suffix="_found")
        .join(homes, on="household_id", how="semi")
        .with_columns(pl.col("household_id").is_in(sorted(planted.lost)).alias("touched"))
        .with_columns(pl.col("verdict", "verdict_found").fill_null("clear"))
    )
    was, now, touched = pl.col("verdict"), pl.col("verdict_found"), pl.col("touched")
    opened = (now == "undecided") & (was != now)
    return Compared(
        homes.height,
        homes.filter(~pl.col("household_id").is_in(sorted(planted.lost))).height,
        *both.select(
            (~touched).sum().alias("answers"),
            (~touched & (was != now)).sum().alias("differing"),
            (touched & (was == now)).sum().alias("kept"),
            opened.sum().alias("opened"),
            ((now == "clear") & (was != now)).sum().alias("cleared"),
            ((now == "warn") & (was != now)).sum().alias("raised"),
        ).row(0),
    )


def whole(planted: Planted) -> tuple[Delivery, ...]:
    """Every department's delivery, as if no row of it had been lost."""
    sent = planted.clean["records"].group_by("department", maintain_order=True).agg("kind")
    return tuple(
        Delivery(
            department=department,
            kinds=tuple(sorted(set(kinds))),
            area="61",
            last=DEMO_DAY,
            received=DEMO_DAY,
        )
        for department, kinds in sent.rows()
    )
