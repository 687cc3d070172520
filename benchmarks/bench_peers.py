"""The same fifteen rules by other engines: their speed, and what they make of missing facts."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

import duckdb
import polars as pl

import thirty_rules
from antipoverty.engines.closure import compile_pack
from antipoverty.model import Household
from antipoverty.rules import Verdict
from antipoverty.screening import Tables, check, screen
from common import Row, table, version

DAY = thirty_rules.DAY
RULES = thirty_rules.RULES
Answers = set[tuple[int, int]]
"""The number of the household and of the rule, for each warning."""


def _openfisca(households: pl.DataFrame) -> Answers:
    """OpenFisca-Core, vectorised: a variable for every fact and rule; it knows no missing."""
    import numpy as np
    from openfisca_core.entities import Entity
    from openfisca_core.periods import DateUnit
    from openfisca_core.simulation_builder import SimulationBuilder  # type: ignore[import-not-found]
    from openfisca_core.taxbenefitsystems import TaxBenefitSystem
    from openfisca_core.variables import Variable

    entity = Entity("household", "households", "", "")
    system = TaxBenefitSystem([entity])
    columns = [name for name in households.columns if name not in ("household_id", "area")]
    for name in columns:
        kind = bool if households[name].dtype == pl.Boolean else int
        kind = str if households[name].dtype == pl.String else kind
        system.add_variable(
            type(
                name,
                (Variable,),
                {
                    "value_type": kind,
                    "entity": entity,
                    "definition_period": DateUnit.ETERNITY,
                    "label": name,
                },
            )
        )
    simulation = SimulationBuilder().build_default_simulation(system, count=households.height)
    for name in columns:
        values = households[name]
        empty = "" if values.dtype == pl.String else 0
        simulation.set_input(
            name,
            "ETERNITY",
            values.fill_null(empty or False).to_numpy()
            if values.dtype == pl.Boolean
            else values.fill_null(empty).to_numpy(),
        )
    frame = pl.DataFrame(
        {name: np.asarray(simulation.calculate(name, "ETERNITY")) for name in columns}
    )
    found: Answers = set()
    for rule, (_, held, _) in enumerate(RULES):
        hits = frame.select(held.alias("held"))["held"].fill_null(value=False).arg_true()
        found.update((int(household), rule) for household in hits)
    return found


def _zen(households: pl.DataFrame) -> Answers:
    """zen-engine: an expression a rule, row by row; null is compared as it likes."""
    import zen

    expressions = [
        zen.compile_expression(
            sql.replace(" AND NOT ", " and not ")
            .replace("NOT ", "not ")
            .replace(" AND ", " and ")
            .replace(" IN ('C', 'D')", " in ['C', 'D']")
            .replace(" = ", " == ")
        )
        for _, _, sql in RULES
    ]
    found: Answers = set()
    for number, row in enumerate(households.iter_rows(named=True)):
        for rule, expression in enumerate(expressions):
            try:
                if expression.evaluate(row) is True:
                    found.add((number, rule))
            except Exception:
                continue
    return found


def _noting(found: Answers, number: int) -> Callable[[Any], None]:
    """An action that notes a warning; a second parameter would make it asynchronous."""

    def note(context: Any) -> None:
        found.add((context.m.n, number))

    return note


def _durable(households: pl.DataFrame) -> Answers:
    """durable-rules, as its manual writes rules: every household a fact in one session."""
    from durable.lang import assert_fact, m, ruleset, when_all

    found: Answers = set()
    rules = [
        (m.net_income_12m < m.size * 600_000) & (m.monitored == False),  # noqa: E712
        m.labourers < m.labourers_prev,
        m.water_safe == False,  # noqa: E712
        (m.dwelling_grade == "C") | (m.dwelling_grade == "D"),
        m.net_income_12m < m.rigid_spending_12m * 2,
        m.subsidy_income_12m > m.net_income_12m * 0.6,
        m.net_income_prev_12m > m.net_income_12m * 2,
        m.school_cost_year > 1_000_000,
        (m.labourers == 0) & (m.minimum_living == False),  # noqa: E712
        (m.work_income_year < m.work_income_year_before)
        & (m.work_income_year_before < m.work_income_two_years_before),
        m.evident_hardship == True,  # noqa: E712
        (m.formerly_poor == True) & (m.monitored == True),  # noqa: E712
        (m.size >= 7) & (m.labourers <= 1),
        m.away_months > 28,
        (m.working_land == 0) & (m.wage_income_12m == 0),
    ]
    with ruleset("homes"):
        for number, rule in enumerate(rules):
            when_all(rule)(_noting(found, number))

        @when_all(+m.n)
        def _(_context: Any) -> None:
            """Match every fact, so that none is unhandled."""

    for n, row in enumerate(households.drop("household_id", "area").iter_rows(named=True)):
        known = {key: value for key, value in row.items() if value is not None}
        assert_fact("homes", {"n": n, **known})
    return found


def _duckdb(households: pl.DataFrame) -> Answers:
    """DuckDB SQL: a comparison with null is not true, so a missing fact reads as clear."""
    connection = duckdb.connect()
    connection.register("homes", households.with_row_index("n").to_arrow())
    found: Answers = set()
    for rule, (_, _, sql) in enumerate(RULES):
        hits = connection.sql(f"SELECT n FROM homes WHERE {sql}").fetchall()
        found.update((int(n), rule) for (n,) in hits)
    return found


def _closure(households: pl.DataFrame) -> Answers:
    """Our compiled closure, household by household."""
    compiled = compile_pack(thirty_rules.pack(), as_of=DAY)
    found: Answers = set()
    for number, row in enumerate(households.iter_rows(named=True)):
        verdicts = compiled(Household.model_construct(**row))
        found.update((number, r) for r in range(len(RULES)) if verdicts[r] is Verdict.WARN)
    return found


def _frames(households: pl.DataFrame) -> Answers:
    """Our frames, on Polars."""
    number = {one: i for i, one in enumerate(households["household_id"])}
    pack = thirty_rules.pack()
    alerts = screen(check(Tables(households), pack, as_of=DAY), pack, as_of=DAY).alerts
    warned = alerts.filter(pl.col("verdict") == "warn", pl.col("rule_id") < "rule-15")
    return {(number[household], int(rule[5:])) for household, _, rule, _ in warned.iter_rows()}


PEERS: list[tuple[str, Callable[[pl.DataFrame], Answers], str, float]] = [
    ("antipoverty on Polars", _frames, "antipoverty", 1),
    ("antipoverty, compiled closure", _closure, "antipoverty", 1),
    ("DuckDB SQL", _duckdb, "duckdb", 1),
    ("OpenFisca-Core", _openfisca, "openfisca-core", 1),
    ("zen-engine", _zen, "zen-engine", 0.1),
    ("durable-rules", _durable, "durable_rules", 0.02),
]
"""Name, engine, package, and the share of the households it is given."""


def main(scale: float = 1.0) -> list[Row]:
    """Measure; ``scale`` 1 is 200,000 households."""
    count = max(int(200_000 * scale), 500)
    households = thirty_rules.households(count)
    alerts = screen(Tables(households), thirty_rules.pack(), as_of=DAY).alerts
    number = {one: i for i, one in enumerate(households["household_id"])}
    answers: dict[str, Answers] = {"warn": set(), "undecided": set()}
    for household, _, rule, verdict in alerts.filter(pl.col("rule_id") < "rule-15").iter_rows():
        answers[verdict].add((number[household], int(rule[5:])))
    rows = [
        Row(
            f"{count:,} households, 15 rules, from a frame to a set of warnings",
            f"{len(answers['warn']):,} warn, {len(answers['undecided']):,} undecided",
        )
    ]
    for name, run, package, share in PEERS:
        given = max(int(count * share), 200)
        label = f"{name} ({version(package)}), {given:,} households"
        try:
            began = time.perf_counter()
            found = run(households.head(given))
        except ImportError as missing:
            rows.append(Row(label, f"skipped: {missing}"))
            continue
        seconds = time.perf_counter() - began
        warned, open_ = (
            {one for one in answers[verdict] if one[0] < given} for verdict in ("warn", "undecided")
        )
        agreement = (
            f"{len(found - warned - open_):,} false warnings, {len(found & open_):,} warnings "
            f"without the fact, {len(warned - found):,} missed"
        )
        if package != "antipoverty":
            agreement += f", {len(open_ - found):,} undecided read as clear"
        rows.append(Row(label, f"{seconds / given * 1e6:.1f} s a million", agreement))
    return rows


if __name__ == "__main__":
    print(table(main(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0)))
