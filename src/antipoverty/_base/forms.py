"""What files say of themselves: texts in two languages, sources, and whether they bind.

A text is one string for both languages or ``{zh = ..., en = ...}``; a source is a table
with its title, status, grade and note. Policies of every room read them by these forms.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, GetPydanticSchema
from pydantic_core import PydanticCustomError, core_schema

from antipoverty._base.provenance import Source, Status, Text
from antipoverty.errors import AntipovertyError

StatusWord = Literal["published", "illustrative"]


class Form(BaseModel):
    """The base of what a file holds: frozen, and no unknown key passes."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


class TextForm(Form):
    """A text in Chinese and in English."""

    zh: str
    en: str


def _text(value: Any, read: core_schema.ValidatorFunctionWrapHandler) -> Text:
    if isinstance(value, Text):
        return value
    if isinstance(value, str):
        return Text(value, value)
    form: TextForm = read(value)
    return Text(form.zh, form.en)


def _read_as(form: type[BaseModel], made: Any) -> Any:
    """What is given as it is, or in a form that the file has it in."""
    return GetPydanticSchema(
        lambda _, handler: core_schema.no_info_wrap_validator_function(
            made, handler.generate_schema(form)
        )
    )


TextField = Annotated[Text, _read_as(TextForm, _text)]
"""A text in a file: one string, or one in each language."""


class TitledForm(Form):
    """A form that says what it is called, in both languages."""

    title: TextField


class SourceForm(Form):
    """A source in a file."""

    title: TextField
    status: StatusWord = "illustrative"
    grade: Literal["A", "B", "C"] | None = None
    note: TextField = Text("", "")


def _source(value: Any, read: core_schema.ValidatorFunctionWrapHandler) -> Source:
    if isinstance(value, Source):
        return value
    form: SourceForm = read(value)
    try:
        return Source(form.title, Status(form.status), form.grade, form.note)
    except AntipovertyError as problem:
        raise PydanticCustomError("source", "{problem}", {"problem": problem.message}) from None


SourceField = Annotated[Source, _read_as(SourceForm, _source)]
"""A source in a file."""
