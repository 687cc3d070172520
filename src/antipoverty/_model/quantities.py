"""Quantities are exact and have a unit: money is whole fen, and a ratio is a fraction."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

import attrs

from antipoverty.errors import InvalidMoneyError, InvalidUnitError

# --- units ------------------------------------------------------------------------

_ZH_SYMBOLS = {
    "yuan": "元",
    "person": "人",
    "household": "户",
    "year": "岁",
    "month": "个月",
    "day": "天",
    "time": "次",
    "mu": "亩",
}


@attrs.frozen(repr=False)
class Unit:
    """A unit of measure: symbols with whole powers, such as ``yuan/person``.

    Multiplying multiplies units, and only equal units are compared or added, so a
    rule that forgets ``* size`` is a mistake the library can see.

    >>> Unit.parse("yuan/person") * Unit.parse("person") == Unit.parse("yuan")
    True
    """

    powers: tuple[tuple[str, int], ...] = ()

    @classmethod
    def parse(cls, text: str) -> Unit:
        """Read ``yuan``, ``yuan/person``, ``mu*person`` or, for a pure number, ``1``.

        Raises:
            InvalidUnitError: The text has another form.
        """
        if text in ("", "1"):
            return cls()
        if not re.fullmatch(r"[a-z]+([*/][a-z]+)*", text):
            raise InvalidUnitError(
                "{text!r} is not a unit; write lower-case symbols joined by * or /, such as "
                "yuan/person, or 1 for a pure number",
                text=text,
            )
        unit = cls()
        for sign, symbol in re.findall(r"([*/]?)([a-z]+)", text):
            unit = unit._times({symbol: -1 if sign == "/" else 1})
        return unit

    def __mul__(self, other: Unit) -> Unit:
        return self._times(dict(other.powers))

    def _times(self, powers: Mapping[str, int]) -> Unit:
        total = dict(self.powers)
        for symbol, power in powers.items():
            total[symbol] = total.get(symbol, 0) + power
        return Unit(tuple(sorted((s, p) for s, p in total.items() if p)))

    @property
    def money(self) -> int:
        """The power of the yuan in the unit: 1 for amounts, 0 for everything else."""
        for symbol, power in self.powers:
            if symbol == "yuan":
                return power
        return 0

    @property
    def scale(self) -> int:
        """How many whole stored steps one unit has: 100 for money, held in fen."""
        return 100 if self.money == 1 else 1

    def _join(self, names: Mapping[str, str]) -> str:
        above = [names.get(s, s) for s, p in self.powers for _ in range(p)]
        below = [names.get(s, s) for s, p in self.powers for _ in range(-p)]
        return "/".join(["*".join(above) or "1", *below]) if self.powers else ""

    def __str__(self) -> str:
        return self._join({}) or "1"

    def __repr__(self) -> str:
        return f"Unit({str(self)!r})"

    @property
    def zh(self) -> str:
        """The unit in Chinese, empty for a pure number."""
        return self._join(_ZH_SYMBOLS)

    @property
    def en(self) -> str:
        """The unit in English, empty for a pure number."""
        return self._join({})


YUAN = Unit.parse("yuan")


# --- money ------------------------------------------------------------------------


@attrs.frozen(order=True)
class Money:
    """An exact amount of renminbi (人民币).

    Held in fen, so that a household exactly on the line compares as on the line
    and never as just below it.

    >>> Money.of("6000.05")
    Money(fen=600005)
    >>> str(Money.of("6000.05"))
    '6000.05'

    Attributes:
        fen: Signed whole fen; 100 fen are 1 yuan.
    """

    fen: int

    def __attrs_post_init__(self) -> None:
        if isinstance(self.fen, bool) or not isinstance(self.fen, int):
            raise InvalidMoneyError(
                "fen are a whole number, not a {name}; write yuan as Money.of('6000.05')",
                name=type(self.fen).__name__,
            )

    @classmethod
    def of(cls, yuan: str | Decimal | Money) -> Money:
        """Read an amount of yuan written as text or as a Decimal.

        Raises:
            InvalidMoneyError: It is a float, a whole number of unclear unit, not
                a number, or finer than a fen. The amount is never shown.
        """
        if isinstance(yuan, Money):
            return yuan
        return cls(int(exact_number(yuan, YUAN)))

    def __str__(self) -> str:
        sign = "-" if self.fen < 0 else ""
        return f"{sign}{abs(self.fen) // 100}.{abs(self.fen) % 100:02d}"


def exact_number(value: object, unit: Unit) -> int | Fraction:
    """Read a number exactly, in stored steps: fen where the unit has yuan.

    Raises:
        InvalidMoneyError: A float, or an amount that is no whole number of fen.
    """
    if isinstance(value, bool) or value is None:
        raise InvalidMoneyError("a number is written as text, such as '6000' or '0.6'")
    if isinstance(value, float):
        raise InvalidMoneyError(
            "a float cannot hold most decimal amounts exactly; write the number as text, "
            "such as '6000.05', or as a Decimal"
        )
    if isinstance(value, int) and unit.money:
        raise InvalidMoneyError(
            "a whole number could be yuan or fen; write yuan as text, such as '6000', or "
            "fen as Money(fen=600000)"
        )
    if isinstance(value, Money):
        if unit.scale != 100:
            raise InvalidMoneyError(
                "this is an amount of money, and a number of {unit} is needed", unit=unit
            )
        return value.fen
    if isinstance(value, int | Fraction):
        number = Fraction(value)
    elif isinstance(value, Decimal):
        number = exact_decimal(value)
    else:
        number = _written(value, ratio=unit.scale == 1)
    number *= unit.scale
    if unit.scale == 100 and number.denominator != 1:
        raise InvalidMoneyError("an amount is a whole number of fen; this one is finer")
    return int(number) if number.denominator == 1 else number


_DECIMAL = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?")
_RATIO = re.compile(r"-?[0-9]{1,40}/0*[1-9][0-9]{0,39}")


def _written(text: object, *, ratio: bool) -> Fraction:
    """Read a number from text; an exponent, as spreadsheets write it, may have lost digits."""
    if isinstance(text, str) and (_DECIMAL.fullmatch(text) or (ratio and _RATIO.fullmatch(text))):
        return Fraction(text)
    raise InvalidMoneyError(
        "this is not a finite decimal number; write digits and at most one point, such as '6000.05'"
    )


def exact_decimal(number: Decimal) -> Fraction:
    """Give a Decimal as a Fraction; one of more than 40 digits would take all memory.

    Raises:
        InvalidMoneyError: It is not finite, or too long.
    """
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int):
        raise InvalidMoneyError("this is not a finite decimal number")
    if exponent < -40 or number.adjusted() > 40:
        raise InvalidMoneyError("this number has more than 40 digits before or after its point")
    return Fraction(number)
