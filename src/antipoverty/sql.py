"""Rules as SQL, for data that does not leave the database of a province.

The statements are text for its IT to read and run; they only read, and only ids, verdicts,
amounts that rules state and tiers come out. Needs the extra ``sql``::

    found = rules_in_sql(shaanxi_2531(), as_of=date(2021, 12, 1), dialect="postgres")
    found.preflight, found.alerts, found.undecided  # texts
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import attrs

from antipoverty._base.days import days
from antipoverty._base.frozen import Frozen
from antipoverty._policy.succession import following
from antipoverty._sql import DIALECTS
from antipoverty.conditions import fields_derived
from antipoverty.errors import InvalidArgumentError, MissingExtraError, phrases
from antipoverty.model import AreaTree
from antipoverty.rules import InForce, Pack


@attrs.frozen(repr=False)
class RulesInSql:
    """The statements of a pack's rules on a day.

    Attributes:
        pack: The pack's id.
        as_of: The day the answers are for.
        dialect: The dialect.
        preflight: Counts the rows that a screening would set aside, by table, column and
            reason: ``table_name, column_name, reason, reason_zh, rows_found``.
        alerts: Gives ``household_id, area, rule_id, verdict`` of what is not clear.
        undecided: Gives ``household_id, area, rule_id, fact``: what would settle each answer
            that is undecided.
        amounts: Gives ``household_id, area, rule_id, verdict, low, high, scale``, as
            `Screening.amounts`; ``None`` where no rule in force states an amount.
        tiers: Gives ``household_id, area, ladder_id, tier, answer``, as `Screening.tiers`;
            ``None`` where no ladder is in force.
    """

    pack: str
    as_of: date
    dialect: str
    preflight: str
    alerts: str
    undecided: str
    amounts: str | None = None
    tiers: str | None = None

    def __repr__(self) -> str:
        names = ", ".join(self)
        return f"<RulesInSql {self.pack} on {self.as_of} for {self.dialect}: {names}>"

    def __iter__(self) -> Iterator[str]:
        names = ("preflight", "alerts", "undecided", "amounts", "tiers")
        return (name for name in names if getattr(self, name) is not None)

    def __str__(self) -> str:
        return "\n;\n\n".join(getattr(self, name) for name in self) + "\n;\n"

    def write(self, folder: str | Path) -> tuple[Path, ...]:
        """Write a file for each statement into a folder, and give their paths."""
        place = Path(folder)
        place.mkdir(parents=True, exist_ok=True)
        files = []
        for number, name in enumerate(self, 1):
            file = place / f"{number}-{name}.sql"
            file.write_text(getattr(self, name) + "\n", encoding="utf-8")
            files.append(file)
        return tuple(files)


@days
def rules_in_sql(
    pack: Pack,
    *,
    as_of: date,
    dialect: str,
    areas: AreaTree | None = None,
    tables: Mapping[str, str] | None = None,
    lacking: Collection[str] = (),
) -> RulesInSql:
    """Write the rules in force on a day as statements of a database.

    The tables are those of `screening.Tables`: ``households``, ``members``, ``records``, with
    the columns of the model that the rules read; amounts are whole fen. What a screening
    checks and sets aside by itself is counted by a statement of its own, to be run before.

    Args:
        pack: The policy.
        as_of: The day the answers are for.
        dialect: One of `DIALECTS`, or what its database is called, such as ``PostgreSQL``.
        areas: The known areas; with them rules and values for a code that ended are those of
            its successor. The households' own codes are read as they are.
        tables: What tables are called in the database, such as
            ``{"households": "poverty.households"}``.
        lacking: The columns that the database does not have, such as ``members.born_on``;
            they count as not known.

    Raises:
        MissingExtraError: The extra ``sql`` is not installed.
        InvalidArgumentError: There is no such dialect, table or column; or a rule reads a
            derived fact, which is worked out in Python.
        ParameterNotSetError: A parameter has no value for this area and day.
        OverflowRiskError: A rule's numbers could exceed 64 bits.
    """
    try:
        import sqlglot  # noqa: F401 - whether it is there
    except ImportError:
        raise MissingExtraError("statements need sqlglot: pip install 'antipoverty[sql]'") from None
    from antipoverty._sql.dialects import Dialect
    from antipoverty._sql.headers import header
    from antipoverty._sql.judging import Judging
    from antipoverty._sql.preflight import preflight

    spoken = Dialect.of(dialect)
    _check_names(pack, tables or {}, lacking)
    current = following(pack, areas, as_of).on(as_of)
    _check_derived(current)

    def judging() -> Judging:
        return Judging(current, spoken, Frozen(tables or {}), frozenset(lacking))

    def written(name: str, statement: Any) -> str:
        return header(judging(), name) + spoken.text_of(statement)

    owed = any(rule.amount is not None for rule in current.rules)
    return RulesInSql(
        pack=pack.id,
        as_of=as_of,
        dialect=spoken.name,
        preflight=written("preflight", preflight(judging())),
        alerts=written("alerts", judging().alerts()),
        undecided=written("undecided", judging().missing()),
        amounts=written("amounts", judging().amounts()) if owed else None,
        tiers=written("tiers", judging().tiers()) if current.ladders else None,
    )


def _check_derived(current: InForce) -> None:
    """Refuse rules that a database cannot answer."""
    problems = [
        f"{rule.id!r} reads {', '.join(sorted(field.path for field in derived))}"
        for rule in current.rules
        if (derived := tuple(one for tree in rule.trees for one in fields_derived(tree)))
    ]
    problems += [
        f"{ladder.id!r} reads {', '.join(sorted(field.path for field in derived))}"
        for ladder in current.ladders
        if (derived := tuple(one for tree in ladder.trees for one in fields_derived(tree)))
    ]
    if problems:
        raise InvalidArgumentError(
            "{problems}: derived facts are worked out in Python, which no database does; screen "
            "these rules by the library",
            problems=phrases(problems),
        )


def _check_names(pack: Pack, tables: Mapping[str, str], lacking: Collection[str]) -> None:
    schema = pack.schema
    known = {"households", *schema.tables}
    unknown = sorted(set(tables) - known)
    paths = {*schema.household.fields}
    paths |= {f"{name}.{field}" for name, one in schema.tables.items() for field in one.fields}
    unknown += sorted(set(lacking) - (paths - {"household_id", "area"}))
    if unknown:
        raise InvalidArgumentError(
            "the model of {id!r} has no {unknown} that could be named so or be lacking; a table is "
            "one of {known}, a column a path such as members.age",
            id=pack.id,
            unknown=", ".join(unknown),
            known=", ".join(sorted(known)),
        )


__all__ = ["DIALECTS", "RulesInSql", "rules_in_sql"]
