"""One code says where: a code's prefix is the code of the area above it.

An area code (行政区划代码) has 2 digits for a province, 4 for a city, 6 for a
county, 9 for a township or street and 12 for a village or community; a group
grid (村民小组网格) has the village's 12 digits and 2 of its own. A household code
(一户一码) is a group grid's 14 digits, a serial number of 4, and a check character.

>>> village = AreaCode("610702100200")
>>> village.level, village.parent
(<Level.VILLAGE: 'village'>, AreaCode('610702100'))
>>> HouseholdCode.make("61070210020001", 7).area
AreaCode('61070210020001')

Source:
    GB/T 2260 (the first six digits); the statistical division codes of the
    National Bureau of Statistics (the next six); GB 11643 and ISO 7064 MOD 11-2
    (check characters). Shaanxi's own format of 一户一码 is not published: 18
    digits are used elsewhere, and the check character is this library's addition.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any, Self

from stdnum.cn import ric
from stdnum.exceptions import InvalidFormat, ValidationError
from stdnum.iso7064 import mod_11_2

from antipoverty.errors import Choice, InvalidCodeError, phrase


class Level(Choice):
    """A level of the area tree, from the province (省) down to the group grid (组)."""

    PROVINCE = "province"
    CITY = "city"
    COUNTY = "county"
    TOWNSHIP = "township"
    VILLAGE = "village"
    GROUP = "group"

    @property
    def digits(self) -> int:
        """How many digits a code of this level has."""
        return _DIGITS[self]

    @property
    def parent(self) -> Level | None:
        """The level above, or ``None`` for the province."""
        levels = tuple(Level)
        position = levels.index(self)
        return levels[position - 1] if position else None

    @property
    def zh(self) -> str:
        """The Chinese word for the level."""
        return _ZH[self]


_DIGITS = {
    Level.PROVINCE: 2,
    Level.CITY: 4,
    Level.COUNTY: 6,
    Level.TOWNSHIP: 9,
    Level.VILLAGE: 12,
    Level.GROUP: 14,
}
_ZH = {
    Level.PROVINCE: "省",
    Level.CITY: "市",
    Level.COUNTY: "县",
    Level.TOWNSHIP: "镇",
    Level.VILLAGE: "村",
    Level.GROUP: "组",
}
_LEVELS = {digits: level for level, digits in _DIGITS.items()}
_ABOVE = {4: 2, 6: 4, 9: 6, 12: 9, 14: 12}
"""How many digits the code of the area above has."""


def _digits(text: object, what: str) -> str:
    if not isinstance(text, str):
        raise InvalidCodeError(
            "{what} is text, so that no digit is lost; got {name}",
            what=what,
            name=type(text).__name__,
        )
    if not text.isascii() or not text.isdigit():
        position = next(
            (i for i, char in enumerate(text, 1) if not (char.isascii() and char.isdigit())), 0
        )
        where = (
            phrase("character {position} is not a digit 0-9", position=position)
            if text
            else "it is empty"
        )
        raise InvalidCodeError("{what} is made of digits only; {where}", what=what, where=where)
    return text


class AreaCode(str):
    """The code of an area or of a group grid: text of 2, 4, 6, 9, 12 or 14 digits.

    It is a ``str``, so it sorts, hashes, joins and prints as its digits do. Zeros that
    fill a code up to a longer form, as the statistics bureau prints them, are no area
    of their own and are left out: no county, township or village has the number 0.

    >>> AreaCode("610702000000"), AreaCode("610700")
    (AreaCode('610702'), AreaCode('6107'))

    Raises:
        InvalidCodeError: It has another length, or a character that is no digit,
            or begins with 0, which no province does, or its village has the number 000.
    """

    __slots__ = ()

    def __new__(cls, text: str) -> Self:  # noqa: D102 - the class docstring says it
        if isinstance(text, cls):
            return text
        digits = _digits(text, "an area code")
        if len(digits) not in _LEVELS:
            raise InvalidCodeError(
                "an area code has 2, 4, 6, 9, 12 or 14 digits; this one has {count}",
                count=len(digits),
            )
        if digits[0] == "0":
            raise InvalidCodeError("an area code begins with 1 to 9: the province's first digit")
        return super().__new__(cls, _unpadded(digits))

    def __repr__(self) -> str:
        return f"AreaCode({str(self)!r})"

    @property
    def level(self) -> Level:
        """The level of the area, from the number of digits."""
        return _LEVELS[len(self)]

    @property
    def parent(self) -> AreaCode | None:
        """The code of the area above, or ``None`` for a province."""
        above = _ABOVE.get(len(self))
        return None if above is None else _known(str(self)[:above])

    @property
    def ancestors(self) -> tuple[AreaCode, ...]:
        """The codes above, nearest first."""
        above = self.parent
        return () if above is None else (above, *_above(above))

    def at(self, level: Level | str) -> AreaCode:
        """Give the code of the area at a level that holds this one.

        Raises:
            InvalidCodeError: This area lies above that level.
        """
        level = Level(level)
        if level.digits > len(self):
            raise InvalidCodeError(
                "area {subject} is a {level}, which lies above the {level2} level",
                subject=self,
                level=self.level.value,
                level2=level.value,
            )
        return AreaCode(str(self)[: level.digits])

    def covers(self, other: str) -> bool:
        """Tell whether another area is this one or lies inside it."""
        return other.startswith(str(self))

    @property
    def rural(self) -> bool | None:
        """Whether a village code is a villagers' committee's (村委会): 200 to 399.

        ``None`` above the village level, where the code does not say.
        """
        if len(self) < Level.VILLAGE.digits:
            return None
        return 200 <= int(str(self)[9:12]) <= 399

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        return _text_schema(cls, r"^[1-9]\d(\d{2}(\d{2}(\d{3}(\d{3}(\d{2})?)?)?)?)?$")


def _unpadded(digits: str) -> str:
    """Leave out the zeros that fill a code up; those of a group grid, which may be 00, stay."""
    if len(digits) == Level.GROUP.digits:
        if digits[9:12] != "000":
            return digits
        if digits[12:] != "00":
            raise InvalidCodeError("no village has the number 000, so no group grid lies in it")
        digits = digits[: Level.VILLAGE.digits]
    while (above := _ABOVE.get(len(digits))) and not digits[above:].strip("0"):
        digits = digits[:above]
    return digits


@functools.lru_cache(maxsize=1 << 16)
def _known(text: str) -> AreaCode:
    """Read a code that many others lie in once."""
    return AreaCode(text)


@functools.lru_cache(maxsize=1 << 16)
def _above(code: AreaCode) -> tuple[AreaCode, ...]:
    return code.ancestors


class HouseholdCode(str):
    """The code of one household (一户一码): 18 digits and a check character.

    Fourteen digits name the group grid, four number the household in it, and the
    last character, 0-9 or X, finds every single wrong digit and every swap of two.
    It says where a household lives and nothing else about it.

    Raises:
        InvalidCodeError: It has another length or its check character is wrong.
    """

    __slots__ = ()

    def __new__(cls, text: str) -> Self:  # noqa: D102 - the class docstring says it
        if isinstance(text, cls):
            return text
        if not isinstance(text, str) or len(text) != 19:
            size = len(text) if isinstance(text, str) else 0
            raise InvalidCodeError(
                "a household code has 18 digits and a check character; this one has {size} "
                "characters",
                size=size,
            )
        AreaCode(text[:14])
        _digits(text[14:18], "a household's serial number")
        expected = mod_11_2.calc_check_digit(text[:18])
        if text[18] != expected:
            raise InvalidCodeError(
                "the check character of the household code is wrong: a digit was mistyped or two "
                "were swapped"
            )
        return super().__new__(cls, text)

    def __repr__(self) -> str:
        return f"HouseholdCode({str(self)!r})"

    @classmethod
    def make(cls, group: str, serial: int) -> HouseholdCode:
        """Number a household in its group grid.

        Args:
            group: The group grid's 14 digits.
            serial: 1 to 9999, unique in the group.
        """
        grid = AreaCode(group)
        if grid.level is not Level.GROUP:
            raise InvalidCodeError(
                "area {grid} is a {level}, not a group grid", grid=grid, level=grid.level.value
            )
        if type(serial) is not int or not 1 <= serial <= 9999:
            raise InvalidCodeError("a household's serial number is 1 to 9999")
        body = f"{grid}{serial:04d}"
        return cls(body + mod_11_2.calc_check_digit(body))

    @property
    def area(self) -> AreaCode:
        """The group grid of the household."""
        return AreaCode(str(self)[:14])

    @property
    def serial(self) -> int:
        """The number of the household in its group grid."""
        return int(str(self)[14:18])

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        return _text_schema(cls, r"^[1-9]\d{17}[0-9X]$")


def check_resident_id(text: str) -> str:
    """Check a resident identity number (公民身份号码) and give it back.

    The place of registration in its first six digits is not looked up: a number keeps
    the code of a county that has long been renamed.

    Raises:
        InvalidCodeError: Its length, birth date or check character is wrong. The
            message never shows the number.

    Source:
        GB 11643-1999, as python-stdnum has it.
    """
    try:
        number = ric.compact(text)
        if len(number) != 18 or not number[:17].isascii() or not number[:17].isdigit():
            reason = "it has 17 digits and a check character"
        elif mod_11_2.calc_check_digit(number[:17]) != number[17]:
            reason = "its check character does not fit"
        else:
            ric.get_birth_date(number)
            return str(number)
    except InvalidFormat:
        reason = "it is not text"
    except ValidationError:
        reason = "its date of birth is no day"
    raise InvalidCodeError(
        "the resident identity number is not valid: {reason}; check it against the card",
        reason=reason,
    )


def prefixes(code: str) -> Iterator[str]:
    """Give a code and the codes above it, nearest first, and last the empty code.

    >>> list(prefixes("610702"))
    ['610702', '6107', '61', '']
    """
    for digits in sorted(_LEVELS, reverse=True):
        if digits <= len(code):
            yield code[:digits]
    yield ""


def _text_schema(cls: type[Any], pattern: str) -> Any:
    """Let pydantic check a code by its class, and describe it by its pattern."""
    from pydantic_core import PydanticCustomError, core_schema

    def check(value: str) -> Any:
        try:
            return cls(value)
        except InvalidCodeError as problem:
            raise PydanticCustomError(
                InvalidCodeError.code, "{reason}", {"reason": problem.message}
            ) from None

    return core_schema.no_info_after_validator_function(
        check,
        core_schema.str_schema(strict=True),
        serialization=core_schema.to_string_ser_schema(),
        metadata={"pydantic_js_updates": {"pattern": pattern}},
    )
