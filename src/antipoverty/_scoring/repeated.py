"""Columns of few distinct texts: each text is read once, however many rows say it.

Such a column is kept as categories. A value for each row is then looked up by the
category's number, which costs a tenth of what a join or a hash of text does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import attrs
import polars as pl


def has_blanks(text: pl.Expr) -> pl.Expr:
    """Whether any text is empty or has blanks around it."""
    length = text.str.len_bytes()
    return ((length == 0) | (text.str.strip_chars().str.len_bytes() != length)).any()


def stripped(text: pl.Expr) -> pl.Expr:
    """Text without the blanks around it; null where nothing is left."""
    bare = text.str.strip_chars()
    return pl.when(bare != "").then(bare)


@attrs.frozen(eq=False)
class Repeated:
    """A column of categories and its distinct texts; `repeated` makes it.

    Attributes:
        column: The column.
        texts: Each of its texts once.
        places: The number of each text among the categories.
    """

    column: pl.Series
    texts: tuple[str, ...]
    places: pl.Series

    def look_up(self, values: Mapping[str, Any], kind: Any) -> pl.Expr:
        """A value for each row, from one for each text; null for the texts without one.

        Args:
            values: The values.
            kind: Their type.
        """
        nothing = pl.Series([None], dtype=kind).new_from_index(0, _size(self.places))
        found = pl.Series([values.get(one) for one in self.texts], dtype=kind)
        table = nothing.scatter(self.places, found)
        return pl.lit(table).gather(pl.lit(self.column.to_physical()))

    def reworded(self, read: Callable[[str], str | None]) -> Repeated:
        """The column with every text as it is read."""
        said = {one: read(one) for one in self.texts}
        changed = {one: new for one, new in said.items() if one != new}
        if not changed:
            return self
        text = self.column.cast(pl.String).replace(list(changed), list(changed.values()))
        return repeated(text.cast(pl.Categorical))


def repeated(column: pl.Series) -> Repeated:
    """Find the distinct texts of a column of categories: a row that says each of them."""
    places = column.to_physical()
    if places.has_nulls():
        return attrs.evolve(repeated(column.drop_nulls()), column=column)
    rows = pl.Series([None], dtype=pl.UInt32).new_from_index(0, _size(places))
    rows = rows.scatter(places, pl.int_range(len(places), dtype=pl.UInt32, eager=True))
    seen = column.gather(rows.drop_nulls())
    return Repeated(column, tuple(seen.cast(pl.String)), seen.to_physical())


def _size(places: pl.Series) -> int:
    most = places.max()
    return 0 if most is None else int(most) + 1  # type: ignore[arg-type] # of whole numbers
