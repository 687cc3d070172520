"""What ``screen --since`` prints and writes: what changed since an earlier day, and only that."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import attrs
import narwhals as nw
import polars as pl
import typer

from antipoverty.cli._aside import set_aside, show_set_aside
from antipoverty.cli._language import chosen, said
from antipoverty.cli._shell import ILLUSTRATIVE, print_json, read_table
from antipoverty.cli._tables import print_line, print_table
from antipoverty.daily import Delta, State, changed_between, screen_delta
from antipoverty.errors import InvalidArgumentError
from antipoverty.model import AreaTree
from antipoverty.rules import Pack
from antipoverty.screening import HOUSEHOLDS, Tables, write_spreadsheet

CHANGES = {"new": "new", "ended": "ended", "other": "other verdict"}
CAUSES = {
    "changed": "rows changed",
    "window": "a day passed an edge",
    "age": "a birthday",
    "value": "a value changed there",
    "delivery": "deliveries reach elsewhere",
    "unplaced": "rows of nobody changed",
}


@attrs.frozen
class Unjudged:
    """What a delta does not answer.

    Attributes:
        households: Rows of households that there are on the later day.
        set_aside: Households that are set aside.
        ended: Answers that ended because their household is set aside or gone.
        unknown: Ids that were said to have changed and are of no household.
    """

    households: int
    set_aside: int
    ended: int
    unknown: int

    @classmethod
    def of(cls, delta: Delta, tables: Tables[pl.LazyFrame], changed: Path | None) -> Unjudged:
        """Count it, of the tables of the later day and whose rows were said to have changed."""
        ids = pl.col("household_id").cast(pl.String)
        homes, unknown = tables[HOUSEHOLDS], 0
        if changed is not None:
            said_ = read_table(changed).select(ids).to_series().drop_nulls().unique()
            there = homes.select(ids.filter(ids.is_in(said_.implode())).n_unique())
            unknown = len(said_) - there.collect().item()
        judged = nw.from_native(delta.screening.judged).lazy().collect(backend="polars")
        ended = delta.of("ended").join(judged.to_native(), on="household_id", how="anti")
        given = homes.select(pl.len()).collect().item()
        return cls(given, delta.state.aside.height, ended.height, unknown)

    @property
    def judged(self) -> int:
        """How many households are judged as of the later day."""
        return max(self.households - self.set_aside, 0)


def follow(
    since: Path,
    tables: Tables[Any],
    pack: Pack,
    as_of: date,
    areas: AreaTree | None,
    changed: Path | None,
    before: Tables[Any] | None,
) -> Delta:
    """Screen from the state of an earlier day.

    Raises:
        typer.BadParameter: It is not said whose rows changed, or said twice.
        InvalidArgumentError: The state is of a later day.
    """
    if (changed is None) == (before is None):
        raise typer.BadParameter(
            "--since needs to know whose rows changed: give --changed FILE with a column "
            "household_id, or --before FOLDER with the tables as they were"
        )
    state = State.read(since)
    if state.as_of > as_of:
        raise InvalidArgumentError(
            "the state {since} is of {later}, which is after --as-of {day}; look whether the day "
            "is right, or leave --since out",
            since=since,
            later=state.as_of,
            day=as_of,
        )
    ids = read_table(changed) if before is None and changed else None
    found = changed_between(before, tables) if before is not None else ids
    return screen_delta(state, tables, pack, as_of=as_of, changed=found, areas=areas)


def document(delta: Delta, unjudged: Unjudged) -> dict[str, Any]:
    """What changed as plain data."""
    return {
        "pack": delta.state.pack,
        "since": delta.since.isoformat(),
        "as_of": delta.state.as_of.isoformat(),
        "illustrative": delta.screening.illustrative,
        "everything": None if delta.everything is None else delta.everything.en,
        "judged_again": delta.screening.households,
        "causes": dict(delta.causes),
        **{word: delta.of(word).height for word in CHANGES},
        "stays": delta.stays,
        "households": unjudged.households,
        "set_aside": unjudged.set_aside,
        "ended_unjudged": unjudged.ended,
        "changed_unknown": unjudged.unknown,
        "rows_set_aside": set_aside(delta.screening),
    }


def write_delta(delta: Delta, folder: Path) -> dict[str, str]:
    """Write what changed, and for each department what is new on its list."""
    (folder / "handover").mkdir(parents=True, exist_ok=True)
    written = {"changes": folder / "changes.csv"}
    write_spreadsheet(delta.lines, written["changes"])
    for department in sorted(delta.screening.pack.departments):
        path = folder / "handover" / f"{department}.csv"
        path.unlink(missing_ok=True)
        listed = delta.handover(department)
        if listed.height:
            write_spreadsheet(listed, path)
            written[f"handover {department}"] = path
    return {name: str(path) for name, path in written.items()}


def show_delta(
    delta: Delta, unjudged: Unjudged, *, as_json: bool, written: dict[str, str], enough: bool
) -> None:
    """Print what changed, and what it does not answer."""
    if as_json:
        told = document(delta, unjudged) | {"written": written, "enough_judged": enough}
        print_json(told)
        return
    pack = delta.screening.pack
    print_line(chosen(*pack.title, between=" / "))
    print_line(
        "{pack} {version}, as of {day}", pack=pack.id, version=pack.version, day=delta.state.as_of
    )
    if delta.screening.illustrative:
        print_line(ILLUSTRATIVE, style="yellow")
    if delta.everything is not None:
        why = chosen(delta.everything.zh, delta.everything.en)
        print_line("All were judged again: {why}", why=why)
    print_table(
        f"{delta.since} → {delta.state.as_of}",
        ("change", "answers"),
        [*((said(label), delta.of(word).height) for word, label in CHANGES.items()),
         (said("stay"), delta.stays)],
    )  # fmt: skip
    print_table(
        said("{count:,} households judged again", count=delta.screening.households),
        ("cause", "households"),
        ((said(CAUSES[cause]), number) for cause, number in delta.causes.items()),
    )
    if unjudged.set_aside:
        print_line(
            "{aside:,} of {given:,} households are set aside and not judged.",
            style="yellow",
            aside=unjudged.set_aside,
            given=unjudged.households,
        )
        if delta.screening.rejected_counts:
            show_set_aside(delta.screening)
    if unjudged.ended:
        print_line(
            "{ended:,} of the answers ended because their household is set aside or gone; that is "
            "no all-clear.",
            style="red",
            ended=unjudged.ended,
        )
    if unjudged.unknown:
        print_line(
            "{unknown:,} ids of --changed are of no household of the tables: gone, or mistyped.",
            style="red",
            unknown=unjudged.unknown,
        )
    if written:
        print_line("changes: {path}", path=written["changes"])
