"""TOML read in bounded time: whatever the text holds, it is read or refused with a reason.

The parser of the standard library takes time that grows with the square of a key's parts, and
says of large numbers and of deep nesting what callers would not expect.
"""

from __future__ import annotations

import re
import tomllib
from decimal import Decimal
from typing import Any

from antipoverty.errors import InvalidArgumentError, Phrase, phrase
from antipoverty.errors.phrases import Both

MAX_LENGTH = 16 * 2**20
"""How many characters a file may have."""
MAX_PARTS = 64
"""How many parts a dotted key may have."""
MAX_DEPTH = 64
"""How deep values may lie in each other."""
_TOKEN = re.compile(r"(\.)|[\w\"'-]+|[^\s]")


def read_toml(text: str, *, decimals: bool = False) -> dict[str, Any]:
    """Read a TOML file; a mark that an editor wrote first is passed over.

    Args:
        text: The file's text.
        decimals: Whether numbers with a point are read as `Decimal`.

    Raises:
        tomllib.TOMLDecodeError: It is no TOML, or longer, deeper or of longer keys than files
            that people write.
        InvalidArgumentError: It is no text.
    """
    if not isinstance(text, str):
        raise InvalidArgumentError(
            "give the text of the file, not {name}", name=type(text).__name__
        )
    text = text.removeprefix("\ufeff")
    if len(text) > MAX_LENGTH:
        raise tomllib.TOMLDecodeError(
            phrase("it has more than {most:,} characters", most=MAX_LENGTH)
        )
    if _longest_key(text) > MAX_PARTS:
        raise tomllib.TOMLDecodeError(phrase("a key has more than {most} parts", most=MAX_PARTS))
    try:
        found = tomllib.loads(text, parse_float=Decimal if decimals else float)
    except tomllib.TOMLDecodeError:
        raise
    except RecursionError:
        raise tomllib.TOMLDecodeError(phrase("it is nested too deeply")) from None
    except (ArithmeticError, ValueError):
        raise tomllib.TOMLDecodeError(phrase("a number or a day in it is too large")) from None
    if _depth(found) > MAX_DEPTH:
        raise tomllib.TOMLDecodeError(phrase("it is nested too deeply"))
    return found


def _longest_key(text: str) -> int:
    """How many words stand in a row with one point between each and the next, at most."""
    longest = points = 0
    word = False
    for match in _TOKEN.finditer(text):
        if match[1]:
            points = points + 1 if word else 0
            word = False
            longest = max(longest, points)
        else:
            points = 0 if word else points
            word = match[0][0].isalnum() or match[0][0] in "_\"'-"
            points = points if word else 0
    return longest + 1


def _depth(value: Any) -> int:
    """How many tables and lists lie in each other, at most."""
    depth, level = 0, [value]
    while level and depth <= MAX_DEPTH:
        depth += 1
        inner = [one for one in level if isinstance(one, dict | list)]
        level = [two for one in inner for two in (one.values() if isinstance(one, dict) else one)]
    return depth


def toml_fault(problem: tomllib.TOMLDecodeError) -> Phrase:
    """Say where a text is no TOML, and why."""
    (said,) = problem.args[:1] or ("it is no TOML",)
    if isinstance(said, Phrase):
        return said
    place = re.search(r"line (\d+), column (\d+)", str(said))
    where = f"第 {place[1]} 行第 {place[2]} 列" if place else "末尾"
    return Both(str(said), f"{where}不合 TOML 的写法")
