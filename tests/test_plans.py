"""The plans that Spark makes of a screening: they do not grow with what is wrong in the tables."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from antipoverty.packs import shaanxi_2531
from antipoverty.rules import Pack, Text
from antipoverty.screening import Screening, Tables, screen
from antipoverty.synthetic import DEMO_DAY, generate
from engines import engine, rows, spark, tables_as
from packs import a_pack, a_rule

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore"),
    pytest.mark.parametrize("kind", [engine("pyspark")]),
]


SHIPPED = shaanxi_2531()
PACK = a_pack(
    "net_income_12m < yuan('6000', per='person') * size",
    "any(members, not insured)",
    "count(members, health == 'serious') >= 2",
    "sum(records, amount, where=kind == 'medical_self_paid', months=12) > yuan('10000')",
    kinds=SHIPPED.kinds.values(),
    departments={**SHIPPED.departments, "d": Text("部门", "a department")},
    area="61",
)


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Tables[pl.DataFrame]:
    """A village's tables without a fault."""
    folder = tmp_path_factory.mktemp("clean")
    generate(folder, households=100, seed=7)
    read = Tables.read(folder)
    return read.with_frames({name: read[name].collect() for name in read})


def spoilt(clean: Tables[pl.DataFrame]) -> Tables[pl.DataFrame]:
    """The same with rows of every table doubled, of nobody, without an id and of odd words."""
    homes, members, records = (clean[name] for name in ("households", "members", "records"))
    at, id_ = pl.int_range(pl.len()), pl.col("household_id")
    homes = pl.concat([homes, homes.head(3)]).with_columns(
        household_id=pl.when(at == 20).then(pl.lit("a b")).otherwise(id_)
    )
    members = pl.concat([members, members.tail(3)]).with_columns(
        household_id=pl.when(at == 0)
        .then(None)
        .when(at == 1)
        .then(pl.lit("nobody"))
        .otherwise(id_),
        health=pl.when(at == 5).then(pl.lit("odd")).otherwise(pl.col("health")),
    )
    records = pl.concat([records, records.tail(2)]).with_columns(
        household_id=pl.when(at == 0).then(pl.lit("0012")).otherwise(id_),
        kind=pl.when(at == 1).then(pl.lit("odd")).otherwise(pl.col("kind")),
    )
    return clean.with_frames({"households": homes, "members": members, "records": records})


def planned(
    monkeypatch: pytest.MonkeyPatch, tables: Tables[Any], pack: Pack, day: date
) -> tuple[int, int, Screening[Any]]:
    """Screen, and give the nodes and the characters of the largest plan that was computed."""
    from pyspark.sql.classic.dataframe import DataFrame

    sizes = [(0, 0)]
    whole = DataFrame.localCheckpoint

    def looked_at(self: Any, *given: Any, **named: Any) -> Any:
        plan = self._jdf.queryExecution().analyzed()
        sizes.append((plan.treeString().count("\n"), len(plan.treeString())))
        return whole(self, *given, **named)

    longest = "spark.sql.maxPlanStringLength"
    kept = spark().conf.get(longest)
    spark().conf.set(longest, str(2**31 - 16))  # a text cut short would hide what grew
    with monkeypatch.context() as patched:
        patched.setattr(DataFrame, "localCheckpoint", looked_at)
        screening = screen(tables, pack, as_of=day)
        screening.undecided()
    spark().conf.set(longest, kept)
    return max(nodes for nodes, _ in sizes), max(text for _, text in sizes), screening


def test_faults_do_not_make_plans_larger(
    kind: str, clean: Tables[pl.DataFrame], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten sorts of faults add two steps each where their rows are left out, and no more."""
    nodes, _, _ = planned(monkeypatch, tables_as(clean, kind), PACK, DEMO_DAY)
    dirty = spoilt(clean)
    more, _, found = planned(monkeypatch, tables_as(dirty, kind), PACK, DEMO_DAY)
    expected = screen(dirty, PACK, as_of=DEMO_DAY)
    assert found.rejected_counts == expected.rejected_counts
    assert len({reason for _, reason, _ in found.rejected_counts}) >= 5
    assert rows(found.alerts) == rows(expected.alerts)
    assert rows(found.rejected) == rows(expected.rejected)
    assert nodes <= 54
    assert more <= nodes + 2 * len(found.rejected_counts)


def test_plans_grow_with_the_rules_alone(
    kind: str, clean: Tables[pl.DataFrame], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four times the rules are twice the text, all in one projection, and no step more."""

    def rules(count: int) -> Pack:
        whens = [f"count(members, age >= {40 + n}) >= 2" for n in range(count)]
        return a_pack(*(a_rule(when, f"r{n}") for n, when in enumerate(whens)))

    tables = tables_as(clean, kind)
    few, small, _ = planned(monkeypatch, tables, rules(10), DEMO_DAY)
    many, large, _ = planned(monkeypatch, tables, rules(40), DEMO_DAY)
    assert many <= few <= 36
    assert large <= 2 * small
