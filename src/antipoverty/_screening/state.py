"""What a day's screening leaves for the next day's: its answers, and what they rest on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import attrs
import narwhals as nw
import polars as pl

from antipoverty._base.driver import brought
from antipoverty._base.frames import UNREADABLE, to_polars
from antipoverty._base.frozen import Frozen
from antipoverty._screening.checks import Checked
from antipoverty._screening.deliveries import as_frame, deliveries_of
from antipoverty._screening.tables import HOUSEHOLDS
from antipoverty.errors import FieldError, InvalidArgumentError, InvalidFileError
from antipoverty.model import AreaTree, Delivery, Schema
from antipoverty.rules import InForce

FORM = "antipoverty-state/2"
ANSWERS = {name: pl.String() for name in ("household_id", "area", "rule_id", "verdict")}
_ID = {"household_id": pl.String()}
_HEAD = "state.json"
_PARTS = {
    _HEAD, "answers.parquet", "aside.parquet", "strays", "unplaced", "deliveries.parquet",
}  # fmt: skip


@attrs.frozen(repr=False, eq=False)
class State:
    """The answers of a day and what they rest on, for the screening of a later day (存量).

    Attributes:
        as_of: The day of the answers.
        pack: The pack's id.
        rules: A digest of the rules in force, and of the facts there are.
        reading: In which units amounts were read, and in which zone moments.
        values: The values that the rules read: parameter, area, value.
        areas: A digest of the areas that were known, empty where none were given.
        answers: One row per household and rule that warns or is undecided:
            ``household_id, area, rule_id, verdict``.
        aside: The households that were set aside: ``household_id``.
        strays: The ids of rows of nobody, by table: ``household_id``, null where there is none.
        unplaced: Those rows, by table, with the village they are of in ``_scope``.
        deliveries: What was handed over, in full; ``None`` where tables were vouched for.
        refused: The columns that were refused as a whole.
        rows: How many rows of households there were.
        spare: How many of them, at most, were further rows of a household that had one.
    """

    as_of: date
    pack: str
    rules: str
    reading: str
    values: tuple[tuple[str, str, str], ...]
    areas: str
    answers: pl.LazyFrame
    aside: pl.DataFrame
    strays: Mapping[str, pl.DataFrame]
    unplaced: Mapping[str, pl.DataFrame]
    deliveries: tuple[Delivery, ...] | None
    refused: tuple[str, ...]
    rows: int
    spare: int

    def __repr__(self) -> str:
        return f"<State of {self.pack} on {self.as_of}>"

    @classmethod
    def of(
        cls,
        current: InForce,
        checked: Checked[Any],
        areas: AreaTree | None,
        answers: nw.LazyFrame[Any],
    ) -> State:
        """Keep answers, with what they rest on.

        Raises:
            FrameTooLargeError: More ids of rows set aside, or of rows of nobody, would come from
                Spark than `MOST_BROUGHT`.
        """
        set_aside = checked.rejected.filter(
            nw.col("table") == HOUSEHOLDS, ~nw.col("row_id").is_null()
        )
        return cls(
            current.day,
            current.pack.id,
            rules_digest(current),
            checked.reading,
            values_read(current),
            areas_digest(areas),
            to_polars(answers.select(*ANSWERS)).lazy(),
            brought(set_aside.select(nw.col("row_id").alias("household_id")).unique()).to_native(),
            Frozen({name: _ids(frames) for name, frames in checked.strays.items()}),
            Frozen({name: one.unplaced.rows for name, one in checked.unseen.items()}),
            checked.deliveries,
            checked.refused,
            checked.rows[HOUSEHOLDS],
            checked.aside[HOUSEHOLDS],
        )

    def write(self, folder: str | Path) -> Path:
        """Write it as Parquet tables in a folder.

        A state that is there is replaced when all is written.

        Raises:
            InvalidArgumentError: Something else is there, which is left as it is, or nothing can
                be written there.
        """
        target = Path(folder)
        refuse_to_replace(target)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with TemporaryDirectory(prefix=f".{target.name}-", dir=target.parent) as place:
                made = Path(place) / "new"
                self._write(made)
                if target.exists():
                    target.rename(Path(place) / "old")
                return made.rename(target)
        except OSError as problem:
            raise InvalidArgumentError(
                "the state cannot be written to {target} ({name}); name a place that can be "
                "written to",
                target=target,
                name=type(problem).__name__,
            ) from None

    def _write(self, made: Path) -> None:
        made.mkdir()
        self.answers.sink_parquet(made / "answers.parquet")
        self.aside.write_parquet(made / "aside.parquet")
        for kind, tables in (("strays", self.strays), ("unplaced", self.unplaced)):
            (made / kind).mkdir()
            for name, frame in tables.items():
                frame.write_parquet(made / kind / f"{name}.parquet")
        if self.deliveries is not None:
            as_frame(self.deliveries).write_parquet(made / "deliveries.parquet")
        head = {
            "form": FORM,
            "as_of": self.as_of.isoformat(),
            "pack": self.pack,
            "rules": self.rules,
            "reading": self.reading,
            "values": self.values,
            "areas": self.areas,
            "refused": self.refused,
            "rows": self.rows,
            "spare": self.spare,
        }
        (made / _HEAD).write_text(json.dumps(head, ensure_ascii=False, indent=1), encoding="utf-8")

    @classmethod
    def read(cls, folder: str | Path) -> State:
        """Read what `write` wrote; the answers stay in their file until they are asked for.

        Raises:
            InvalidFileError: The folder holds no state, or one of another form.
        """
        source = Path(folder)
        try:
            head = json.loads((source / _HEAD).read_text(encoding="utf-8"))
            if head["form"] != FORM:
                raise KeyError("form")
            handed = source / "deliveries.parquet"
            answers = pl.scan_parquet(source / "answers.parquet")
            aside = pl.read_parquet(source / "aside.parquet")
            if answers.collect_schema() != ANSWERS or aside.schema != _ID:
                raise KeyError("columns")
            return cls(
                date.fromisoformat(head["as_of"]),
                head["pack"],
                head["rules"],
                head["reading"],
                tuple((name, area, value) for name, area, value in head["values"]),
                head["areas"],
                answers,
                aside,
                _frames(source / "strays"),
                _frames(source / "unplaced"),
                deliveries_of(pl.read_parquet(handed)) if handed.exists() else None,
                tuple(head["refused"]),
                int(head["rows"]),
                int(head["spare"]),
            )
        except (OSError, KeyError, TypeError, ValueError, RecursionError, *UNREADABLE):
            hint = FieldError(
                "it holds no {head} of the form {form} with the tables it names",
                head=_HEAD,
                form=FORM,
            )
            raise InvalidFileError(
                "{source} is no state of a screening; screen in full, and keep the state anew",
                [hint],
                source=source,
            ) from None


def refuse_to_replace(folder: Path) -> None:
    """Refuse a place for a state where something else than a state would be lost.

    Raises:
        InvalidArgumentError: Something else is there.
    """
    held = {one.name for one in folder.iterdir()} if folder.is_dir() else set()
    alone = held <= _PARTS and (_HEAD in held or not held)
    if (folder.exists() or folder.is_symlink()) and not (folder.is_dir() and alone):
        raise InvalidArgumentError(
            "{folder} is there and is no state of a screening; it was left as it is: name a "
            "folder of its own for the state",
            folder=folder,
        )


def _ids(frames: Iterable[nw.LazyFrame[Any]]) -> pl.DataFrame:
    none = pl.DataFrame(schema=_ID)
    came: list[pl.DataFrame] = [brought(one).to_native() for one in frames]
    return pl.concat([none, *came]).unique().sort("household_id")


def _frames(folder: Path) -> Mapping[str, pl.DataFrame]:
    return Frozen({one.stem: pl.read_parquet(one) for one in sorted(folder.glob("*.parquet"))})


def rules_digest(current: InForce) -> str:
    """A digest of the rules in force and of the model: where it is another, all answers may be."""
    lines = [f"{rule.id} {rule.area} {rule.outside} {rule.when}" for rule in current.rules] + [
        f"{name}: {' '.join(sorts)}" for name, sorts in sorted(current.kinds.items())
    ]
    lines += [current.pack.area, *_columns(current.pack.schema)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _columns(schema: Schema) -> Iterable[str]:
    tables = {HOUSEHOLDS: schema.household, **schema.tables}
    for name, table in sorted(tables.items()):
        for field in table.fields.values():
            about = field.about
            bounds = f"{about.low} {about.high} {' '.join(about.choices)}"
            yield f"{name}.{field.name} {field.kind.value} {bounds}"
            if about.derive is not None:
                derive, read = about.derive, sorted(about.derive.reads.items())
                yield f"{derive.version} {derive.of_missing} {read}"


def values_read(current: InForce) -> tuple[tuple[str, str, str], ...]:
    """The values that the rules in force read: parameter, area, value."""
    return tuple(
        (name, one.area, str(one.value)) for name, found in current.values.items() for one in found
    )


def areas_digest(areas: AreaTree | None) -> str:
    """A digest of the areas with their days and successors."""
    if areas is None:
        return ""
    lines = (f"{a.code} {a.since} {a.until} {' '.join(a.successors)}\n" for a in areas)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


__all__ = [
    "ANSWERS",
    "State",
    "areas_digest",
    "refuse_to_replace",
    "rules_digest",
    "values_read",
]
