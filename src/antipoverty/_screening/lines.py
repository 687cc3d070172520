"""The id of a line of a hand-over list (清单编号): the same for who screens and who registers."""

from __future__ import annotations

import hashlib
from datetime import date

_LETTERS = "bcdfghjkmnpqrstvwxyz"
"""No digits and no vowels: a spreadsheet rounds nothing, and no line spells a word."""
_SIZE = 13


def line_id(household_id: str, rule_id: str, out: date) -> str:
    """Give the id of the line that hands a rule's answer on a household over.

    Args:
        household_id: The household.
        rule_id: The rule.
        out: The day it went out: the first of the days on which the answer stood in a row.
    """
    text = f"{household_id}\n{rule_id}\n{out.isoformat()}".encode()
    number = int.from_bytes(hashlib.sha256(text).digest()[:8], "big")
    found = ""
    for _ in range(_SIZE):
        number, letter = divmod(number, len(_LETTERS))
        found += _LETTERS[letter]
    return found
