"""Persons without a number: whom a row may be about, with a probability, for people to decide.

Splink weighs how far name, day of birth, village and the head's name agree, on DuckDB in
memory. Nothing is linked by it: what it finds is a list of candidates without a personal value,
and what people decide comes back in that list.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from antipoverty._intake.cells import held, read_day
from antipoverty._intake.decided import DIGITS
from antipoverty._intake.mapping import HOUSEHOLDS, Column, Mapping, Source
from antipoverty._intake.places import Gazetteer
from antipoverty._intake.problems import columns_of
from antipoverty._intake.sources import digest_of, open_source
from antipoverty._intake.text import ROW
from antipoverty.errors import InvalidArgumentError, MissingExtraError
from antipoverty.model import AreaTree

_FACTS = ("name", "birth", "village", "head")
_EMPTY = {
    "source": pl.String,
    "row": pl.UInt32,
    "household_id": pl.String,
    "member_id": pl.String,
    "probability": pl.Float64,
    "file": pl.String,
}

_LEVELS: dict[str, list[tuple[str, float, float]]] = {
    "name": [
        ('"name_l" = "name_r"', 0.90, 0.0005),
        ('levenshtein("name_l", "name_r") <= 1 and length("name_l") > 2', 0.07, 0.004),
        ("ELSE", 0.03, 0.9955),
    ],
    "birth": [
        ('"birth_l" = "birth_r"', 0.90, 0.00005),
        ('levenshtein("birth_l", "birth_r") <= 1', 0.06, 0.001),
        ('left("birth_l", 6) = left("birth_r", 6)', 0.02, 0.0012),
        ("ELSE", 0.02, 0.99775),
    ],
    "village": [
        ('"village_l" = "village_r"', 0.93, 0.002),
        ('left("village_l", 9) = left("village_r", 9)', 0.04, 0.02),
        ("ELSE", 0.03, 0.978),
    ],
    "head": [
        ('"head_l" = "head_r"', 0.92, 0.0008),
        ('levenshtein("head_l", "head_r") <= 1 and length("head_l") > 2', 0.05, 0.004),
        ("ELSE", 0.03, 0.9952),
    ],
}
"""For each agreement its share among pairs of one person and among pairs of two.

They are assumptions, written down so that anybody may judge them: of ten names nine are spelt
alike, one in two thousand pairs of strangers has one name. A planted truth measures what they
give; a county that has labelled pairs measures its own.
"""


def candidates(
    mapping: Mapping, folder: str | Path = ".", *, areas: AreaTree | None = None
) -> pl.DataFrame:
    """List whom the rows of sources with a `Link` may be about.

    Args:
        mapping: The mapping; its rosters of members hold names.
        folder: Where relative paths begin.
        areas: The areas, where villages are named in words.

    Returns:
        ``source, row, household_id, member_id, probability``, the likeliest first in each row,
        and the digest of the ``file``; only those at the source's threshold or above.

    Raises:
        MissingExtraError: Splink is not installed.
        InvalidArgumentError: No roster holds the names of members, or a source needs the areas.
    """
    asking = [source for source in mapping.sources if source.link is not None]
    if not asking:
        return pl.DataFrame(schema=_EMPTY)
    places = None if areas is None else Gazetteer(areas)
    roster = _roster(mapping, Path(folder), places)
    found = [pl.DataFrame(schema=_EMPTY)]
    found += [_asked(source, Path(folder), places, roster) for source in asking]
    return pl.concat(found)


def _cells(source: Source, folder: Path) -> pl.DataFrame:
    opened = open_source(source, folder)
    empty = pl.DataFrame(schema={ROW: pl.UInt32, **dict.fromkeys(opened.columns, pl.String)})
    return pl.concat([empty, *(piece.cells for piece in opened.pieces)])


def _roster(mapping: Mapping, folder: Path, places: Gazetteer | None) -> pl.DataFrame:
    """The members by name, birth, village and head."""
    homes = [_homes(one, folder, places) for one in mapping.sources if one.rows == HOUSEHOLDS]
    known = (
        pl.concat(homes)
        .group_by("household_id", maintain_order=True)
        .agg(pl.col("village").drop_nulls().first(), pl.col("head").drop_nulls().first())
    )
    people = [
        _people(source, folder)
        for source in mapping.sources
        if source.rows == "members" and {"household_id", "name"} <= columns_of(source).keys()
    ]
    if not people:
        raise InvalidArgumentError("no source of members holds 'household_id' and 'name'")
    members = pl.concat(people)
    heads = (
        members.filter(pl.col("is_head"))
        .group_by("household_id")
        .agg(pl.col("name").first().alias("head_too"))
    )
    return (
        members.join(known, on="household_id", how="left")
        .join(heads, on="household_id", how="left")
        .with_columns(pl.coalesce("head", "head_too").alias("head"))
        .select("household_id", "member_id", *_FACTS)
    )


def _fact(cells: pl.DataFrame, column: Column | None) -> pl.Series:
    if column is None:
        return pl.Series([None], dtype=pl.String).new_from_index(0, cells.height)
    return held(cells[column.column], column.missing_values)


def _homes(source: Source, folder: Path, places: Gazetteer | None) -> pl.DataFrame:
    cells, columns = _cells(source, folder), columns_of(source)
    village = _fact(cells, columns.get("area"))
    if source.area_names:
        village = _village(cells, source, source.area_names, places)
    return pl.DataFrame(
        {
            "household_id": _fact(cells, columns["household_id"]),
            "village": village.str.slice(0, 12),
            "head": _bare(_fact(cells, columns.get("head_name"))),
        }
    )


def _people(source: Source, folder: Path) -> pl.DataFrame:
    cells, columns = _cells(source, folder), columns_of(source)
    number = _fact(cells, columns.get("resident_id")).str.replace_all(r"\s", "")
    birth = number.str.extract("^[0-9]{6}([0-9]{8})[0-9]{3}[0-9Xx]$")
    born = columns.get("born_on")
    if born is not None:
        birth = _birth(cells, born)
    own = pl.select(pl.concat_str(pl.lit(f"{source.id}-"), cells[ROW].cast(pl.String)))
    given = columns.get("member_id")
    return pl.DataFrame(
        {
            "household_id": _fact(cells, columns["household_id"]),
            "member_id": own.to_series() if given is None else _fact(cells, given),
            "name": _bare(_fact(cells, columns["name"])),
            "birth": birth,
            "is_head": _fact(cells, columns.get("relation")).is_in(["户主", "本人", "head"]),
        }
    ).drop_nulls(["household_id", "name"])


def _birth(cells: pl.DataFrame, column: Column) -> pl.Series:
    day, _ = read_day(_fact(cells, column), column)
    return day.dt.strftime("%Y%m%d")


def _bare(names: pl.Series) -> pl.Series:
    return names.str.replace_all(r"[\s·•・.]", "")


def _village(
    cells: pl.DataFrame, source: Source, names: tuple[str, ...], places: Gazetteer | None
) -> pl.Series:
    if len(names) == 1 and _fact(cells, Column(column=names[0])).str.contains("^[0-9]{12}").all():
        return cells[names[0]]
    if places is None:
        raise InvalidArgumentError("source {id!r} names its areas: give the areas", id=source.id)
    found = [places.find(row).code for row in cells.select(names).rows()]
    return pl.Series(found, dtype=pl.String)


def _asked(
    source: Source, folder: Path, places: Gazetteer | None, roster: pl.DataFrame
) -> pl.DataFrame:
    link = source.link
    assert link is not None  # noqa: S101 - the caller chose sources with one
    cells = _cells(source, folder)
    nothing = pl.Series([None], dtype=pl.String).new_from_index(0, cells.height)
    rows = pl.DataFrame(
        {
            "row": cells[ROW],
            "name": _bare(_fact(cells, Column(column=link.name))),
            "birth": nothing if link.birth is None else _birth(cells, Column(column=link.birth)),
            "village": _village(cells, source, link.village, places) if link.village else nothing,
            "head": nothing if link.head is None else _bare(_fact(cells, Column(column=link.head))),
        }
    ).with_columns(pl.col("village").str.slice(0, 12))
    digest = digest_of(source, folder)[:DIGITS]
    return _weighed(rows, roster, link.threshold).select(
        pl.lit(source.id).alias("source"), *list(_EMPTY)[1:-1], pl.lit(digest).alias("file")
    )


def _weighed(rows: pl.DataFrame, roster: pl.DataFrame, threshold: float) -> pl.DataFrame:
    try:
        import duckdb
        from splink import Linker, SettingsCreator, block_on
        from splink.backends.duckdb import DuckDBAPI
    except ImportError:
        raise MissingExtraError(
            "linking persons needs the extra 'linkage': pip install 'antipoverty[linkage]'"
        ) from None
    used = [fact for fact in _FACTS if rows[fact].null_count() < rows.height]
    left = rows.with_columns(pl.format("a-{}", pl.col("row")).alias("unique_id"))
    right = roster.with_row_index("at").with_columns(
        pl.format("b-{}", pl.col("at")).alias("unique_id")
    )
    settings = SettingsCreator(
        link_type="link_only",
        probability_two_random_records_match=1 / max(roster.height, 2),
        comparisons=[_comparison(fact) for fact in used],
        blocking_rules_to_generate_predictions=[
            block_on(*keys)
            for keys in (("name",), ("birth", "village"), ("head", "village"), ("birth", "head"))
            if set(keys) <= set(used)
        ],
        retain_matching_columns=False,
    )
    with duckdb.connect(":memory:") as connection:
        api = DuckDBAPI(connection=connection)
        tables = [
            api.register(frame.select("unique_id", *used).to_arrow(), dataset_display_name=name)
            for name, frame in (("a", left), ("b", right))
        ]
        linker: Any = Linker(tables, settings, log_level="ERROR")
        predicted = linker.inference.predict(
            threshold_match_probability=threshold, warning_mode="never"
        )
        pairs = pl.DataFrame(pl.from_arrow(predicted.as_pyarrow_table()))
    ids = {f"unique_id_{side}": pl.col(f"unique_id_{side}") for side in "lr"}
    swapped = ids["unique_id_l"].str.starts_with("b-")
    pairs = pairs.select(
        pl.when(swapped).then(ids["unique_id_r"]).otherwise(ids["unique_id_l"]).alias("one"),
        pl.when(swapped).then(ids["unique_id_l"]).otherwise(ids["unique_id_r"]).alias("other"),
        pl.col("match_probability").alias("probability"),
    )
    return (
        pairs.join(left.select("row", one="unique_id"), on="one")
        .join(right.select("household_id", "member_id", other="unique_id"), on="other")
        .sort("row", "probability", "household_id", descending=[False, True, False])
        .select("row", "household_id", "member_id", "probability")
    )


def _comparison(fact: str) -> Any:
    from splink import comparison_level_library as levels
    from splink import comparison_library as comparisons

    made: list[Any] = [levels.NullLevel(fact)]
    for condition, same, other in _LEVELS[fact]:
        level = levels.ElseLevel() if condition == "ELSE" else levels.CustomLevel(condition)
        made.append(level.configure(m_probability=same, u_probability=other))
    return comparisons.CustomComparison(made, output_column_name=fact)
