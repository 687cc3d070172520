"""A fact is a named, typed, bounded thing the model can know of a household.

`Fact` is written once, beside the field it describes, and everything else is read
from it: what pydantic accepts, what a condition may compare with what, what a frame
column must hold, which bounds keep integer arithmetic exact, and how the fact is
called in Chinese and English.
"""

from __future__ import annotations

import enum
import functools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Annotated, Any, ClassVar, Self, get_args, get_origin

import attrs
from pydantic import (
    BaseModel,
    BeforeValidator,
    ModelWrapValidatorHandler,
    PlainSerializer,
    SecretStr,
    SerializationInfo,
    ValidationError,
    WithJsonSchema,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError, core_schema

from antipoverty._base.frozen import Frozen
from antipoverty._base.notebook import fragment
from antipoverty._base.refusals import refused
from antipoverty._model.deliveries import Delivery
from antipoverty._model.derived import Derived
from antipoverty._model.json_form import from_json, silent
from antipoverty._model.quantities import YUAN, Money, Unit, exact_number
from antipoverty.errors import InvalidModelError, InvalidMoneyError, did_you_mean, phrase

MAX_ROWS_PER_HOUSEHOLD = 10_000
"""A child table holds at most this many rows of one household.

The limit bounds every sum, so that no engine's 64-bit integers can wrap.
"""


class Kind(enum.Enum):
    """What sort of value a fact has."""

    NUMBER = "number"
    FLAG = "flag"
    TEXT = "text"
    DATE = "date"


# --- what comes in as text and is held otherwise ------------------------------------


def _fen(value: object) -> int:
    try:
        return int(exact_number(value, YUAN))
    except InvalidMoneyError as problem:
        raise PydanticCustomError(
            InvalidMoneyError.code, "{reason}", {"reason": problem.message}
        ) from None


Fen = Annotated[
    int,
    BeforeValidator(_fen),
    PlainSerializer(lambda fen: str(Money(fen)), return_type=str),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": r"^-?[0-9]{1,40}(\.[0-9]{1,2}0{0,38})?$",
            "description": "yuan (元)",
        }
    ),
]
"""Money in a model: yuan as text or Decimal come in, whole fen are held."""


def _show_on_request(secret: SecretStr, info: SerializationInfo) -> str | None:
    asked = isinstance(info.context, dict) and info.context.get("personal") is True
    return secret.get_secret_value() if asked else None


Personal = Annotated[
    SecretStr, PlainSerializer(_show_on_request, return_type=str | None, when_used="unless-none")
]
"""A personal value: hidden wherever it could be printed, and written as ``null``.

Only ``model_dump(context={"personal": True})`` writes it out.
"""


# --- facts ------------------------------------------------------------------------


def _unit(unit: Unit | str) -> Unit:
    return Unit.parse(unit) if isinstance(unit, str) else unit


def _choices(words: Mapping[str, tuple[str, str]]) -> Mapping[str, tuple[str, str]]:
    return Frozen(words)


FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2099, 12, 31)
"""The first and the last day that a fact can be of; any other is a slip of the pen."""


@attrs.frozen(kw_only=True)
class Fact:
    """What a field of the model means, written in the field's ``Annotated``.

    Attributes:
        zh: Its label in Chinese.
        en: Its label in English, in lower case, as it reads inside a sentence.
        unit: The unit of a number.
        low: The least whole number or amount it can be, in stored steps (fen for money).
        high: The greatest.
        choices: For text, the words it may be, each with its Chinese and English label;
            empty when any word may come.
        no: Of a flag, how its opposite is said in Chinese and in English.
        counted_from: Of a number of years, the day field of the same row from which they
            are counted: where that day is known, the full years up to the day of the answer
            stand in place of what was given.
        derive: How it is worked out from other facts. What came in its place, as with every
            other copy that grows old, is not looked at.
        personal: The value identifies a person: conditions may not read it and it
            is never shown.
    """

    zh: str
    en: str
    unit: Unit = attrs.field(default=Unit(), converter=_unit)
    low: int | None = None
    high: int | None = None
    choices: Mapping[str, tuple[str, str]] = attrs.field(factory=dict, converter=_choices)
    no: tuple[str, str] | None = None
    counted_from: str | None = None
    derive: Derived | None = None
    personal: bool = False

    def _check(self, value: Any) -> Any:
        if value is None or self.derive is not None:
            return None
        if self.choices and value not in self.choices:
            raise refused(
                "unknown-choice", "is none of: {choices}", choices=", ".join(self.choices)
            )
        if isinstance(value, date) and not FIRST_DAY <= value <= LAST_DAY:
            raise refused(
                "implausible-day",
                "is no day from {first} to {last}: a digit of the year is wrong",
                first=FIRST_DAY.isoformat(),
                last=LAST_DAY.isoformat(),
            )
        if (self.low is not None and value < self.low) or (
            self.high is not None and value > self.high
        ):
            raise refused("out-of-bounds", "lies outside {bounds}", bounds=self.bounds)
        return value

    @property
    def bounds(self) -> str:
        """The bounds as text, in the fact's unit."""
        low, high = (
            "" if bound is None else str(Money(bound) if self.unit.scale == 100 else bound)
            for bound in (self.low, self.high)
        )
        return f"{low} to {high} {self.unit.en}".rstrip()

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> Any:
        described = dict(handler(schema))
        described["title"] = f"{self.zh} / {self.en}"
        extra: dict[str, Any] = {"unit": str(self.unit)} if self.unit.powers else {}
        if self.choices:
            nullable = {"type": "null"} in described.get("anyOf", ())
            described["enum"] = [*self.choices, *([None] if nullable else [])]
        for name, standard, bound in (("low", "minimum", self.low), ("high", "maximum", self.high)):
            if bound is None:
                continue
            if self.unit.scale == 100:
                extra[name] = str(Money(bound))
            else:
                extra[name] = described[standard] = bound
        if self.derive is not None:
            described["readOnly"] = True
        if self.personal:
            extra["personal"] = True
        return described | {f"x-{key}": value for key, value in extra.items()}


@attrs.frozen(kw_only=True)
class Field:
    """A fact with the name and table it is found under.

    Attributes:
        table: ``None`` for the household itself, or the child table's name.
        name: The column's name.
        kind: The sort of value.
        about: Its meaning.
        required: Whether it is always known.
        inputs: Of a derived fact what its function is told, as nodes of the language of
            conditions; a pack reads them.
    """

    table: str | None
    name: str
    kind: Kind
    about: Fact
    required: bool = False
    inputs: Mapping[str, Any] = attrs.field(factory=Frozen, eq=False, repr=False)

    @property
    def path(self) -> str:
        """The name as messages give it: ``size`` or ``members.age``."""
        return f"{self.table}.{self.name}" if self.table else self.name


@attrs.frozen(kw_only=True)
class TableSchema:
    """The columns of the household table or of a child table.

    Attributes:
        name: ``None`` for the household itself.
        fields: Every column by name, keys and personal ones included.
        key: The column that names a row.
        day: The column that dates a row, or ``None`` for an undated table.
        counted: The columns of years that are counted from a day, each with that day's.
        sort: The column that says what sort a row is of, which departments deliver by.
        roster: The household's fact that says how many rows there must be, if one does.
        zh: What its rows are called in Chinese.
        en: What its rows are called in English, plural.
        owner: What messages say has the fields.
    """

    name: str | None
    fields: Mapping[str, Field]
    key: str
    day: str | None = None
    sort: str | None = None
    roster: Field | None = None
    zh: str = ""
    en: str = ""
    owner: str = attrs.field()
    counted: Mapping[str, str] = attrs.field(init=False)

    @counted.default
    def _years(self) -> Mapping[str, str]:
        fields = self.fields.values()
        return Frozen(
            {one.name: one.about.counted_from for one in fields if one.about.counted_from}
        )

    @owner.default
    def _who(self) -> str:
        return phrase("table {name!r}", name=self.name) if self.name else phrase("a household")


@attrs.frozen(kw_only=True)
class Schema:
    """All a condition can read: the household's columns and its child tables."""

    household: TableSchema
    tables: Mapping[str, TableSchema]

    def table(self, name: str | None) -> TableSchema:
        """Give the household's table for ``None``, or a child table.

        Raises:
            KeyError: There is no such child table.
        """
        return self.household if name is None else self.tables[name]

    def __iter__(self) -> Iterator[TableSchema]:
        yield self.household
        yield from self.tables.values()


class Row(BaseModel):
    """The base of everything that comes in: frozen, strict, and silent about values.

    Attributes:
        KEY: The field that names a row in messages; it is opaque, never personal.
        DAY: The field that dates a row, which windows look at.
        SORT: The field that says what sort a row is of, which departments deliver by.
        ROSTERS: For each child table whose rows the household states the number of, the
            fact that states it.
        LABEL: What its rows are called, in Chinese and in English (plural).
    """

    model_config = {
        "frozen": True,
        "strict": True,
        "extra": "forbid",
        "hide_input_in_errors": True,
    }
    KEY: ClassVar[str]
    DAY: ClassVar[str | None] = None
    SORT: ClassVar[str | None] = None
    ROSTERS: ClassVar[Mapping[str, str]] = {}
    LABEL: ClassVar[tuple[str, str]] = ("", "")

    def __repr__(self) -> str:
        known = sum(getattr(self, name) is not None for name in type(self).model_fields)
        total = len(type(self).model_fields)
        return f"<{type(self).__name__} {getattr(self, self.KEY)}: {known} of {total} facts known>"

    __str__ = __repr__

    def _repr_html_(self) -> str:
        """Show a notebook which facts are known; what they are, it does not."""
        rows = [
            (one.about.zh, one.about.en, one.name, "已知 known" if known else "缺失 missing")
            for one in schema_of(type(self)).household.fields.values()
            if not one.about.personal
            for known in [getattr(self, one.name) is not None]
        ]
        return fragment(repr(self), ("事实", "fact", "field", "是否已知"), rows)

    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:
        """Give pretty printers the key and nothing else."""
        return [(self.KEY, getattr(self, self.KEY))]

    def __setattr__(self, name: str, value: Any) -> None:
        try:
            super().__setattr__(name, value)
        except ValidationError as problem:
            raise silent(type(self), problem) from None

    @model_validator(mode="wrap")
    @classmethod
    def _read(cls, given: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """Read rows and days as JSON writes them too; an error never holds what was given."""
        try:
            return handler(from_json(cls, given))
        except ValidationError as problem:
            raise silent(cls, problem) from None

    @model_validator(mode="after")
    def _rows_stand_once(self) -> Self:
        for name, value in self.__dict__.items():
            if isinstance(value, tuple) and value and isinstance(value[0], Row):
                _check_rows(name, value)
        return self

    @classmethod
    def model_validate_json(cls, json_data: str | bytes | bytearray, **options: Any) -> Self:
        """Read a row from JSON; an error never holds the text that was given."""
        try:
            return super().model_validate_json(json_data, **options)
        except ValidationError as problem:
            raise silent(cls, problem) from None

    @classmethod
    def schema_of_row(cls, table: str | None) -> TableSchema:
        """Read the columns from the annotations of the class."""
        fields = {
            name: _field(cls, table, name, info)
            for name, info in cls.model_fields.items()
            if _row_type(info.annotation) is None and not _holds(info.annotation, Delivery)
        }
        zh, en = cls.LABEL
        return TableSchema(
            name=table,
            fields=Frozen(fields),
            key=cls.KEY,
            day=cls.DAY,
            sort=cls.SORT,
            zh=zh,
            en=en,
        )

    @classmethod
    def tables_of_row(cls) -> dict[str, type[Row]]:
        """Find the child tables: the fields that hold a tuple of rows."""
        return dict(_tables_of(cls))


@functools.lru_cache(maxsize=256)
def _tables_of(model: type[Row]) -> dict[str, type[Row]]:
    found = ((name, _row_type(info.annotation)) for name, info in model.model_fields.items())
    return {name: row for name, row in found if row is not None}


def _check_rows(name: str, rows: tuple[Row, ...]) -> None:
    if len(rows) > MAX_ROWS_PER_HOUSEHOLD:
        raise refused(
            "too-many-rows",
            "{table} has more than {most} rows",
            table=name,
            most=MAX_ROWS_PER_HOUSEHOLD,
        )
    keys = Counter(getattr(row, row.KEY) for row in rows)
    double = [key for key, times in keys.items() if times > 1]
    if double:
        raise refused(
            "duplicate-id",
            "{table} has {key} twice; each row has an id of its own",
            table=name,
            key=double[0],
        )


@functools.lru_cache(maxsize=256)
def schema_of(model: type[Row]) -> Schema:
    """Read what conditions may use from a model class (`Household` or an extension)."""
    if not model.__pydantic_complete__:
        raise InvalidModelError(
            "{name} names types that cannot be found; define it, and what it names, at the top of "
            "a module",
            name=model.__name__,
        )
    rows = model.tables_of_row()
    for owner in (model, *rows.values()):
        reserved = RESERVED & set(owner.model_fields)
        if reserved:
            raise InvalidModelError(
                "{name} has a field {reserved!r}, which is a word of the condition language; give "
                "it another name",
                name=owner.__name__,
                reserved=min(reserved),
            )
    household = model.schema_of_row(None)
    tables = {name: row.schema_of_row(name) for name, row in rows.items()}
    for name, fact in model.ROSTERS.items():
        stated = household.fields.get(fact)
        if name not in tables or stated is None:
            raise InvalidModelError(
                "{name}.ROSTERS says that {fact!r} states the rows of {name2!r}; name a child "
                "table and a number of the household",
                name=model.__name__,
                fact=fact,
                name2=name,
            )
        if stated.kind is Kind.NUMBER:
            tables[name] = attrs.evolve(tables[name], roster=stated)
    return Schema(household=household, tables=Frozen(tables))


_RESERVED_WORDS = """
any all count sum min max where within filter table window key parts walk rebuilt same_as
and or not in is if else lambda True False None known
by gap median quantile of_rows
"""
RESERVED = frozenset(_RESERVED_WORDS.split())
"""Names a field cannot have, because conditions use them for something else."""


def _row_type(hint: Any) -> type[Row] | None:
    if get_origin(hint) is tuple:
        inner = get_args(hint)[0]
        return inner if isinstance(inner, type) and issubclass(inner, Row) else None
    if isinstance(hint, type) or not get_args(hint):
        return None
    return next((row for part in get_args(hint) if (row := _row_type(part)) is not None), None)


def _holds(hint: Any, what: type) -> bool:
    return hint is what or any(_holds(part, what) for part in get_args(hint))


_KINDS: dict[type, Kind] = {int: Kind.NUMBER, bool: Kind.FLAG, date: Kind.DATE}


def _field(cls: type[Row], table: str | None, name: str, info: FieldInfo) -> Field:
    about = next((note for note in info.metadata if isinstance(note, Fact)), None)
    base: Any = info.annotation
    while get_args(base):
        base = next(part for part in get_args(base) if part is not type(None))
    if about is None:
        raise InvalidModelError(
            "{name}.{name2} has no Fact; annotate it, so that it has labels and bounds",
            name=cls.__name__,
            name2=name,
        )
    kind = _KINDS.get(base, Kind.TEXT)
    if kind is Kind.NUMBER and (about.low is None or about.high is None):
        raise InvalidModelError(
            "{name}.{name2} is a number without bounds; give its Fact low and high, so that no "
            "engine can overflow",
            name=cls.__name__,
            name2=name,
        )
    return Field(table=table, name=name, kind=kind, about=about, required=info.is_required())


def unknown_field_hint(name: str, table: TableSchema) -> str:
    """Suggest the nearest readable field of a table."""
    return did_you_mean(
        name, (field.name for field in table.fields.values() if not field.about.personal)
    )
