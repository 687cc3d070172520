"""Whatever is lost of a population, no answer becomes clear by it, and each loss is counted."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from antipoverty.errors import VacuousLawError
from antipoverty.model import Delivery
from antipoverty.packs import shaanxi_2531
from antipoverty.rules import Pack
from antipoverty.screening import Screening, Tables, screen
from antipoverty.testing import laws, strategies
from antipoverty.testing._laws import holdings  # private: where households are drawn for it
from antipoverty.testing._laws.holdings import Holding, Loss  # private: a loss is made by hand
from antipoverty.testing._strategies.policies import pack_of, rule_of  # private: invented packs
from packs import a_pack

PACK, AS_OF = shaanxi_2531(), date(2021, 12, 1)
VILLAGE, NEXT = "610702100200", "610702100201"


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_the_pack_loses_nothing(seed: int) -> None:
    """No loss clears an answer of the Shaanxi pack, and the reference says the same."""
    laws.assert_loss_never_clears(PACK, as_of=AS_OF, max_examples=3, seed=seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3, 5))
def test_the_pack_loses_nothing_at_length(seed: int) -> None:
    """The same over more populations."""
    laws.assert_loss_never_clears(PACK, as_of=AS_OF, max_examples=30, seed=seed)


@pytest.mark.slow
def test_the_pack_loses_nothing_in_a_database() -> None:
    """DuckDB keeps the law."""
    pytest.importorskip("duckdb")
    pack = a_pack("any(members, age >= 60) or count(records, kind == 'x', months=6) >= 2")
    laws.assert_loss_never_clears(pack, as_of=AS_OF, kind="duckdb", max_examples=2)


@pytest.mark.slow
@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_an_invented_pack_loses_nothing(data: st.DataObject) -> None:
    """Rules of every shape keep the law."""
    pack = data.draw(strategies.packs(max_rules=2))
    seed = data.draw(st.integers(0, 1000))
    laws.assert_loss_never_clears(pack, as_of=AS_OF, max_examples=3, seed=seed)


def test_a_law_that_had_nothing_to_lose_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one household that is drawn lives where the rule does not hold."""
    elsewhere = partial(holdings.households, areas=["610702100200"])
    monkeypatch.setattr(holdings, "households", elsewhere)
    pack = pack_of([rule_of("r", "net_income_12m < yuan('1000')", area="611026")])
    with pytest.raises(VacuousLawError, match="could be cleared by a loss"):
        laws.assert_loss_never_clears(pack, as_of=AS_OF, max_examples=1)


def blind(tables: Tables[Any], pack: Pack, *, as_of: date) -> Screening[Any]:
    """Screen as if every household had as many members as came: no roster is looked at."""
    came = tables["members"].group_by("household_id").agg(pl.len().alias("came"))
    homes = tables["households"].join(came, on="household_id", how="left", maintain_order="left")
    homes = homes.with_columns(pl.col("came").cast(pl.Int64).alias("size")).drop("came")
    return screen(
        tables.with_frames({**{n: tables[n] for n in tables}, "households": homes}),
        pack,
        as_of=as_of,
    )


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_who_does_not_look_at_rosters_breaks_it(seed: int) -> None:
    """A planted fault is found by its name, whichever populations are drawn."""
    pack = a_pack("any(members, age >= 60)")
    with pytest.raises(AssertionError, match=r"is cleared by a loss|a loss is not counted"):
        laws.assert_loss_never_clears(pack, as_of=AS_OF, engine=blind, max_examples=100, seed=seed)


def trusting(tables: Tables[Any], pack: Pack, *, as_of: date) -> Screening[Any]:
    """Screen as if everything had been delivered whatever the list says."""
    given = {name: tables[name] for name in tables}
    return screen(Tables(**given), pack, as_of=as_of)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_who_does_not_look_at_deliveries_breaks_it(seed: int) -> None:
    """Taking records on trust is found too, and told in both languages."""
    pack = a_pack("any(records, kind == 'x')")
    with pytest.raises(AssertionError, match=r"is cleared by a loss(?s:.*)因数据丢失变为无风险"):
        laws.assert_loss_never_clears(
            pack, as_of=AS_OF, engine=trusting, max_examples=100, seed=seed
        )


def records_of(*rows: tuple[str, date | None, int]) -> pl.DataFrame:
    """Records of kind ``x``: household, day and amount."""
    return pl.DataFrame(
        [(home, f"r{n}", "x", day, amount) for n, (home, day, amount) in enumerate(rows)],
        schema={
            "household_id": pl.String,
            "record_id": pl.String,
            "kind": pl.String,
            "day": pl.Date,
            "amount": pl.Int64,
        },
        orient="row",
    )


MAY, LATER = date(2021, 5, 1), date(2021, 8, 1)
HIDDEN = {
    "a row of no household": (
        [(VILLAGE, None, AS_OF), (NEXT, None, AS_OF)],
        [("h1", MAY, 900_000), ("h2", MAY, 5)],
        Loss("records", 1, "household_id"),
    ),
    "a row of no day": (
        [("61", None, date(2021, 6, 30)), ("61", date(2021, 7, 1), AS_OF)],
        [("h1", MAY, 900_000), ("h2", LATER, 5)],
        Loss("records", 1, "day"),
    ),
}


@pytest.mark.parametrize("name", HIDDEN)
def test_a_row_that_may_be_of_any_delivery_hides_no_loss(name: str) -> None:
    """It stands for one that lacks only where nothing else lacks it."""
    spells, rows, hiding = HIDDEN[name]
    homes = pl.DataFrame({"household_id": ["h1", "h2"], "area": [VILLAGE, NEXT]})
    deliveries = tuple(
        Delivery(department="d", kinds=("x",), area=area, first=first, last=last, rows=1)
        for area, first, last in spells
    )
    whole = Holding({"households": homes, "records": records_of(*rows)}, deliveries)
    pack = a_pack("any(records, kind == 'x' and amount > yuan(1000))")

    def asked(*losses: Loss) -> Screening[Any]:
        return screen(whole.without(losses).as_tables(), pack, as_of=AS_OF)

    before = asked()
    assert before.deliveries_lost == ()
    assert asked(hiding).deliveries_lost == ()
    after = asked(hiding, Loss("records", 0))
    assert laws.cleared(before, after) == []
    assert set(after.deliveries_lost) == set(deliveries)
