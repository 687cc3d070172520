"""What the report of a screening tells is gathered from it: counts, and households where asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import attrs
import narwhals as nw

from antipoverty._base.frames import as_lazy, to_polars
from antipoverty._base.frozen import Frozen
from antipoverty._base.provenance import Text
from antipoverty._screening.checks import Checked
from antipoverty._screening.one import household_of
from antipoverty._screening.report import Findings, Row, page_of
from antipoverty._screening.totals import Totals
from antipoverty.codes import Level
from antipoverty.languages import LANGUAGES, Language, Voice
from antipoverty.model import Delivery
from antipoverty.report import Page
from antipoverty.rules import judge


def trusted(held: Sequence[Delivery] | None, lost: Sequence[Delivery], language: Language) -> str:
    """Say in a line on what it rests that a row which is not there means none."""
    say = Voice(language)
    if held is None:
        return say(
            "未提供交付台账：未见记录即视为无，全凭提供方担保数据完整。",
            "No list of deliveries: that no record means none is taken on trust.",
        )
    return say(
        f"交付台账 {len(held) + len(lost)} 份，其中 {len(lost)} 份行数不足、不计。",
        f"{len(held) + len(lost)} deliveries, of which {len(lost)} lack rows and do not count.",
    )


def report_of(
    screening: Any,
    checked: Checked[Any],
    level: Level | str,
    withhold: int,
    households: int,
    earlier: Sequence[Totals],
    inputs: Mapping[str, str],
) -> Page:
    """Gather what a report tells, and lay it out.

    Args:
        screening: The screening.
        checked: Its tables.
        level: The level of area to count by.
        withhold: The smallest count that is shown.
        households: How many answers of each department are listed with their households.
        earlier: The counts of earlier runs.
        inputs: The digest of each input, by its name.
    """
    unplaced = {name: int(frame["rows"].sum()) for name, frame in screening.unplaced.items()}
    found = Findings(
        totals=screening.totals(level),
        current=screening.current,
        trusted=Text(*map(screening.trusted, LANGUAGES)),
        set_aside=screening.rejected_counts,
        never_came=[Text(*map(one.said, LANGUAGES)) for one in screening.never_came],
        rosters=screening.rosters,
        unplaced=unplaced,
        deliveries=list(_deliveries(screening)),
        earlier=earlier,
        inputs=inputs,
        rows=list(_rows(screening, checked, households)) if households > 0 else (),
        version=_version(),
    )
    return page_of(found, withhold)


def _version() -> str:
    try:
        return version("antipoverty")
    except PackageNotFoundError:
        return "?"


def _deliveries(screening: Any) -> Iterator[tuple[Any, ...]]:
    pack = screening.pack
    for whole, listed in ((True, screening.deliveries or ()), (False, screening.deliveries_lost)):
        for one in listed:
            yield (
                pack.departments.get(one.department, one.department),
                "、".join(one.kinds),
                one.area,
                str(one.first or ""),
                str(one.last),
                one.rows,
                Text("齐", "yes") if whole else Text("行数不足", "rows lack"),
            )


def _rows(screening: Any, checked: Checked[Any], most: int) -> Iterator[Row]:
    """The first answers of each department, most severe first, explained."""
    lists = {id_: screening.handover(id_).head(most) for id_ in screening.pack.departments}
    ids = sorted({one for frame in lists.values() for one in frame["household_id"]})
    few = _only(checked, ids)
    alerts = {}
    for id_ in ids:
        household = household_of(few, screening.pack.model, id_)
        unplaced = {name: one.rows_of(household.area) for name, one in checked.unseen.items()}
        found = judge(household, screening.pack, as_of=screening.as_of, unplaced=unplaced)
        alerts.update({(id_, one.rule_id): one for one in found})
    tree = screening.areas
    for department, frame in lists.items():
        for id_, area, rule_id in frame.select("household_id", "area", "rule_id").rows():
            alert, code = alerts[id_, rule_id], area[:12]
            place = tree.full_name(code) if tree is not None and code in tree else area
            told = Text(*map(alert.explain, LANGUAGES))
            yield Row(id_, place, department, alert.rule.title, told)


def _only(checked: Checked[Any], ids: Sequence[str]) -> Checked[Any]:
    """The tables of a few households, in memory."""
    mine = nw.col("household_id").is_in(list(ids))
    tables = {
        name: as_lazy(to_polars(frame.filter(mine))) for name, frame in checked.tables.items()
    }
    return attrs.evolve(checked, tables=Frozen(tables))


__all__ = ["report_of"]
