"""What may stand in a register: references, numbers, yes and no; nothing that names a person."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from typing import Any

from antipoverty._base.frozen import Frozen
from antipoverty.codes import HouseholdCode, check_resident_id
from antipoverty.errors import InvalidCodeError, PersonalValueError

_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}")
_BEFORE, _AFTER = r"(?<![0-9])", r"(?![0-9])"
_TELEPHONE = re.compile(
    _BEFORE + r"(?:(?:\+?86-?)?1[3-9]\d[-._:/]?\d{4}[-._:/]?\d{4}|0\d{2,3}[-._:/]?\d{7,8})" + _AFTER
)
_RESIDENT = re.compile(_BEFORE + r"\d{6}[-._:/]?\d{8}[-._:/]?\d{3}[0-9Xx]" + _AFTER)
_ACCOUNT = re.compile(
    _BEFORE + r"(?:\d{15,}|\d{4}(?:[-._:/]\d{4}){3}(?:[-._:/]?\d{1,4})?)" + _AFTER
)
_BORN = range(1880, 2100)


def opaque(text: str, what: str, *, household: bool = False) -> str:
    """Give back a reference that holds nothing personal: a word, a file number, a code.

    Args:
        text: The reference.
        what: What it is, for the message.
        household: Whether it is a household's id, which may have as many digits as an
            account.

    Raises:
        PersonalValueError: It is free text, or a telephone number, resident id or bank
            account stands in it. The message does not repeat it.
    """
    if not isinstance(text, str) or not text:
        raise PersonalValueError(f"{what} is empty; give an opaque reference")
    if not _REFERENCE.fullmatch(text):
        raise PersonalValueError(
            f"{what} is free text; give a reference of letters, digits and ._:/- instead, so that "
            "no name or number of a person enters the register"
        )
    code = household and _is_household_code(text)
    if _TELEPHONE.search(text) or _names_a_resident(text) or (not code and _ACCOUNT.search(text)):
        raise PersonalValueError(
            f"{what} looks like a telephone, resident id or account number, or is a household code "
            "with a wrong check character; give an opaque reference"
        )
    return text


def _is_household_code(text: str) -> bool:
    """Whether it is a code of 18 digits, as counties have it, or of 19 that fits its check."""
    if len(text) == 18:
        return text.isdigit()
    try:
        HouseholdCode(text)
    except InvalidCodeError:
        return False
    return True


def quoted(text: object) -> str:
    """Quote what was given where a word or an id belongs, unless it may be a personal value."""
    try:
        return repr(opaque(str(text), "it", household=True))
    except PersonalValueError:
        return "what was given"


def _names_a_resident(text: str) -> bool:
    """Whether a resident id of somebody who may be alive stands in a text.

    A household code of 18 digits has its village where an id has the year of birth.
    """
    for found in _RESIDENT.findall(text):
        number = re.sub(r"[^0-9X]", "", found.upper())
        try:
            check_resident_id(number)
        except InvalidCodeError:
            continue
        if int(number[6:10]) in _BORN:
            return True
    return False


def as_person(text: str) -> str:
    """Bring what tells persons apart to one spelling: a resident id without what parts it."""
    kept = unicodedata.normalize("NFKC", text).strip().lstrip("'")
    bare = re.sub(r"[\s-]", "", kept).upper()
    return bare if re.fullmatch(r"\d{17}[\dX]", bare) else kept


def checked_finding(finding: Mapping[str, Any] | None) -> Frozen[str, Any]:
    """Give back a finding of yes or no, whole numbers and references.

    Raises:
        PersonalValueError: A value is something else.
    """
    found: dict[str, Any] = {}
    for key, value in (finding or {}).items():
        opaque(key, "the name of a finding")
        if isinstance(value, date):
            found[key] = value.isoformat()
        elif isinstance(value, bool) or (isinstance(value, int) and abs(value) < 10**8):
            found[key] = value
        elif isinstance(value, str):
            found[key] = opaque(value, f"the finding {key!r}")
        else:
            raise PersonalValueError(
                f"the finding {key!r} is neither yes or no, nor a whole number under 100,000,000, "
                "nor a reference"
            )
    return Frozen(found)
