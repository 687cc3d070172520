"""A law is a search for its simplest counterexample, told in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from typing import Any, TypeVar

from hypothesis import find, settings
from hypothesis.errors import NoSuchExample
from hypothesis.strategies import SearchStrategy

from antipoverty.conditions import in_words
from antipoverty.model import Field, Household, Kind, Money, Row, Schema
from antipoverty.rules import Verdict
from antipoverty.testing._subject import Subject

Drawn = TypeVar("Drawn")


def search(
    strategy: SearchStrategy[Drawn],
    complaint: Callable[[Drawn], str | None],
    *,
    max_examples: int,
    seed: int,
) -> None:
    """Look for what a law complains of; the same seed looks at the same examples.

    Raises:
        AssertionError: Something was found; the message tells of the simplest.
    """
    how = settings(max_examples=max_examples, database=None, deadline=None, derandomize=False)
    numbers = Random(seed)  # noqa: S311 - examples are to be repeated, not to be secret
    try:
        found = find(strategy, lambda one: bool(complaint(one)), settings=how, random=numbers)
    except NoSuchExample:
        return
    raise AssertionError(complaint(found))


def told(home: Household, schema: Schema) -> str:
    """Tell what is known of an invented household."""
    facts = [_fact(field, getattr(home, name)) for name, field in _known(home, schema.household)]
    lines = [", ".join(facts) or "nothing is known"]
    for name, table in schema.tables.items():
        rows = getattr(home, name) or ()
        lines += [
            f"{name}: "
            + ", ".join(_fact(field, getattr(row, at)) for at, field in _known(row, table))
            for row in rows
        ]
    return "\n    ".join(lines)


def _known(row: Row, table: Any) -> Iterator[tuple[str, Field]]:
    for name, field in table.fields.items():
        if getattr(row, name) is not None and name not in (table.key, "area"):
            yield name, field


def _fact(field: Field, value: Any) -> str:
    if field.kind is Kind.FLAG:
        return field.name if value else f"not {field.name}"
    if field.kind is Kind.NUMBER and field.about.unit.scale == 100:
        return f"{field.name} {Money(value)} yuan"
    return f"{field.name} {value}"


def complaint(
    about: Subject, what: str, home: Household, verdict: Verdict, *others: tuple[str, Verdict]
) -> str:
    """Write a counterexample: the rule in words, the household, and both verdicts."""
    words = in_words(about.rule.when, "en", about.pack.titles("en"))
    lines = [
        f"rule {about.rule.id!r} {what}",
        f"  rule: {words}",
        f"  day: {about.as_of}",
        f"  household: {told(home, about.schema)}",
        f"  verdict: {verdict.value}",
        *(f"  {how}: {other.value}" for how, other in others),
    ]
    return "\n".join(lines)


__all__ = ["complaint", "search", "told"]
