"""Whether what is compared or added fits together: units, and words that a field can hold."""

from __future__ import annotations

from collections.abc import Iterable

from antipoverty.conditions.tree.nodes import Type
from antipoverty.errors import UnitMismatchError, UnknownChoiceError, did_you_mean


def money_in(type_: Type | None) -> int:
    """How often money stands in the unit of a value: once in yuan, never in years."""
    return 0 if type_ is None or type_.unit is None else abs(type_.unit.money)


def same_unit(written: str, sides: Iterable[tuple[object, Type | None, bool]]) -> None:
    """Refuse two sides whose units differ.

    Args:
        written: What is compared or added, as a condition has it.
        sides: Both sides: as written, with the type, and whether it is the number 0.

    Raises:
        UnitMismatchError: The units differ.
    """
    (left, one, left_zero), (right, other, right_zero) = sides
    if one is None or other is None or one.unit == other.unit:
        return
    for side, type_, zero, met in (
        (left, one, left_zero, other.unit),
        (right, other, right_zero, one.unit),
    ):
        if type_.unit is None:
            if met is None or not met.money or zero:
                return
            raise UnitMismatchError(
                "`{written}`: {side} is a bare number beside an amount in {met}; write "
                "yuan({side}), or multiply by a parameter with that unit",
                written=written,
                side=side,
                met=met,
            )
    raise UnitMismatchError(
        "`{written}` puts {one} beside {other}; multiply one side so that the units agree",
        written=written,
        one=one,
        other=other,
    )


def choose(word: str, type_: Type, field: object) -> None:
    """Refuse a word that a field never holds.

    Args:
        word: The word it is compared with.
        type_: The type of the field.
        field: The field, as written.

    Raises:
        UnknownChoiceError: The field never holds it.
    """
    if type_.choices and word not in type_.choices:
        raise UnknownChoiceError(
            "`{field}` is never {word!r}; it is one of {choices}{near}",
            field=field,
            word=word,
            choices=", ".join(sorted(type_.choices)),
            near=did_you_mean(word, type_.choices),
        )
