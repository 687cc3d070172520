"""Documents: attrs classes that are written as JSON, byte for byte the same, and read strictly.

The canonical text of a document is what ``jq --compact-output --sort-keys`` prints of it:
no blanks, keys in order, no escapes. A digest is the SHA-256 of that text without the
field ``digest``, so that anybody can compute it without this library.
"""

from __future__ import annotations

import enum
import functools
import hashlib
import json
import typing
from collections.abc import Callable, Mapping
from datetime import date
from fractions import Fraction
from typing import Annotated, Any, Self, TypeVar

import attrs
from pydantic import AfterValidator, BeforeValidator, PlainSerializer, TypeAdapter, ValidationError

from antipoverty._base.exact import fraction_of
from antipoverty._base.frozen import Frozen
from antipoverty._base.refusals import refusal
from antipoverty.codes import AreaCode
from antipoverty.errors import FieldError, InvalidCodeError, InvalidDocumentError, phrase
from antipoverty.periods import Period


def to_area(value: object) -> object:
    """Read an area code from its text; a wrong one is a plain `ValueError` for pydantic."""
    if not isinstance(value, str):
        return value
    try:
        return AreaCode(value)
    except InvalidCodeError as problem:
        raise ValueError(problem.message) from None


def _to_fraction(value: object) -> object:
    if isinstance(value, Fraction):
        return value
    try:
        found = fraction_of(value) if isinstance(value, str) else None
    except (ValueError, ZeroDivisionError):
        found = None
    if found is None or str(found) != value:
        raise ValueError("give a fraction in its lowest terms, such as '1/3'")
    return found


def _no_newline(text: str) -> str:
    if not text.strip() or text != text.strip() or len(text.splitlines()) > 1:
        raise ValueError("give one line of text, without blanks at its ends")
    return text


AreaField = Annotated[AreaCode, BeforeValidator(to_area)]
FractionField = Annotated[Fraction, BeforeValidator(_to_fraction), PlainSerializer(str)]
Line = Annotated[str, AfterValidator(_no_newline)]


def frozen_texts(given: Mapping[str, str]) -> Frozen[str, str]:
    """Copy a mapping of texts, once and for all."""
    return Frozen(given)


def frozen_fractions(given: Mapping[str, Fraction]) -> Frozen[str, Fraction]:
    """Copy a mapping of fractions, once and for all."""
    return Frozen(given)


TextMap = Annotated[Mapping[str, str], AfterValidator(Frozen)]
FractionMap = Annotated[Mapping[str, FractionField], AfterValidator(Frozen)]


_P = TypeVar("_P", bound="Part")


class Part:
    """An attrs class that stands in a document: pydantic reads it by the types of its fields."""

    __slots__ = ()

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        """Read a mapping with exactly the fields of the class."""
        from pydantic_core import core_schema

        hints = typing.get_type_hints(cls, include_extras=True)
        fields = {
            field.name: core_schema.typed_dict_field(
                handler.generate_schema(hints[field.name]),
                required=field.default is attrs.NOTHING or field.name == "digest",
            )
            for field in fields_of(cls)
        }
        return core_schema.no_info_after_validator_function(
            lambda given: cls(**given),
            core_schema.typed_dict_schema(fields, cls_name=cls.__name__, extra_behavior="forbid"),
        )

    def as_dict(self) -> dict[str, Any]:
        """Give the part as plain mappings, lists, text and whole numbers."""
        found: dict[str, Any] = plain(self)
        return found


class Document(Part):
    """A whole document; its last field is made by `sealed`."""

    __slots__ = ()

    digest: str

    @property
    def intact(self) -> bool:
        """Whether the digest is that of the other fields."""
        return self.digest == digest_of(self.as_dict())

    def to_json(self) -> str:
        """Give the document as JSON: two blanks of indent, a final line break."""
        return json.dumps(self.as_dict(), ensure_ascii=False, indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read a document; whether its digest is right is told by `intact`.

        Raises:
            InvalidDocumentError: It is no JSON, or fields are missing, unknown or wrong;
                every one is listed.
        """
        return read_as(cls, text, cls.__name__.lower())

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """The JSON Schema of the document."""
        return adapter(cls).json_schema()


def sealed() -> Any:
    """The field ``digest`` of a document: the SHA-256 of its other fields."""
    return attrs.field(default=attrs.Factory(_seal, takes_self=True), repr=False)


def _seal(document: Any) -> str:
    fields = [field.name for field in fields_of(type(document)) if field.name != "digest"]
    return digest_of({name: plain(getattr(document, name)) for name in fields})


def fields_of(cls: type[Any]) -> list[attrs.Attribute[Any]]:
    """The fields of an attrs class that are given when it is made."""
    return [field for field in attrs.fields(cls) if field.init]


adapter: Callable[[Any], TypeAdapter[Any]] = functools.cache(TypeAdapter)
"""Pydantic's reader of a class, made once."""


def read_as(cls: type[_P], text: str, what: str) -> _P:
    """Read JSON by the types of the fields of a class, strictly.

    Raises:
        InvalidDocumentError: It is no JSON, or fields are missing, unknown or wrong.
    """
    raw = read_json(text, what)
    try:
        found: _P = adapter(cls).validate_json(json.dumps(raw), strict=True)
    except ValidationError as problem:
        raise InvalidDocumentError(
            "the {what} cannot be read", map(_field_error, problem.errors()), what=what
        ) from None
    return found


def _field_error(problem: Any) -> FieldError:
    place = "".join(f"[{one}]" if isinstance(one, int) else f".{one}" for one in problem["loc"])
    where = place.lstrip(".") or phrase("document")
    return FieldError("{place}: {problem}", place=where, problem=refusal(problem))


def read_json(text: str, what: str) -> dict[str, Any]:
    """Read one JSON object; a key that stands twice is refused, as is a fractional number.

    Raises:
        InvalidDocumentError: It is none.
    """
    try:
        found = json.loads(text, object_pairs_hook=_once, parse_float=_no_float)
    except RecursionError:
        found = "it is nested too deeply"
    except ValueError as problem:
        found = phrase("it is not JSON: {problem}", problem=problem)
    if not isinstance(found, dict):
        reason = found if isinstance(found, str) else "it is not an object in braces"
        raise InvalidDocumentError(
            "the {what} cannot be read", [FieldError(reason)], what=what.lower()
        )
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


def _no_float(_: str) -> Any:
    raise ValueError("it holds a number that is not whole")


def plain(value: Any) -> Any:
    """Turn documents and their parts into what JSON has."""
    if attrs.has(type(value)) and not isinstance(value, Period):
        return {field.alias: plain(getattr(value, field.name)) for field in fields_of(type(value))}
    if isinstance(value, Mapping):
        return {str(key): plain(value[key]) for key in sorted(value)}
    if isinstance(value, tuple | list):
        return [plain(one) for one in value]
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Period | Fraction):
        return str(value)
    return str(value) if isinstance(value, str) else value


def canonical(document: Mapping[str, Any]) -> str:
    """The canonical text of a document without its digest."""
    rest = {name: value for name, value in document.items() if name != "digest"}
    return json.dumps(rest, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def digest_of(document: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical text of a document, in lower-case hex."""
    return hashlib.sha256(canonical(document).encode()).hexdigest()
