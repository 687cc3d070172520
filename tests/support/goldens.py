"""The statements of databases that are not run here, as files: `make goldens` writes them anew."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from antipoverty.packs import shaanxi_2531
from antipoverty.rules import Pack, RecordKind
from antipoverty.sql import DIALECTS, rules_in_sql
from packs import a_pack, a_rule

DAY = date(2021, 12, 1)
NOT_RUN = DIALECTS[5:]
_FOLDER = Path(__file__).parents[1] / "golden" / "rules-sql"


def small_pack() -> Pack:
    """A pack with a threshold, rows in a window, members and a group."""
    rules = {
        "income": "net_income_12m < yuan(6000, per='person') * size",
        "medical": "sum(records, amount, where=kind == 'job_loss', months=12) > yuan(26000)",
        "school": "any(members, 6 <= age <= 15 and not in_school)",
    }
    made = [a_rule(when, name) for name, when in rules.items()]
    return a_pack(*made, area="61", kinds=kinds_of("d"))


def kinds_of(department: str) -> list[RecordKind]:
    """The kinds of record of the Shaanxi pack, all of one department."""
    return [RecordKind(one.id, one.title, department) for one in shaanxi_2531().kinds.values()]


def golden(dialect: str) -> Path:
    """The file of a dialect."""
    return _FOLDER / f"{dialect}.sql"


def alerts_in(dialect: str) -> str:
    """What belongs in it: the statement of the answers of a small pack."""
    return rules_in_sql(small_pack(), as_of=DAY, dialect=dialect).alerts + "\n"


if __name__ == "__main__":
    for one in NOT_RUN:
        golden(one).write_text(alerts_in(one), encoding="utf-8")
