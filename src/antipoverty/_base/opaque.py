"""What may stand in a register: references, numbers, yes and no; nothing that names a person."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from typing import Any

from antipoverty._base.days import as_day
from antipoverty._base.frozen import Frozen
from antipoverty.codes import HouseholdCode, check_resident_id
from antipoverty.errors import InvalidCodeError, PersonalValueError

REFERENCE = r"^[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}$"
"""What a reference looks like. Every class is spelled out, so that all engines read it alike."""
IN_FRAMES = REFERENCE[:-1] + r"\z"
r"""`REFERENCE` for an engine: Java's ``$`` would pass a line's end, and ``\z`` does not."""
AS_CODES_ARE = (
    r"^(?:[1-9][0-9]{18}|[1-9][0-9]{5}(?:[03-9][0-9]|1[0-7]|2[1-9])[0-9]{10}X?"
    r"|[A-Za-z0-9][A-Za-z0-9._:/-]{0,8})\z"
)
"""Ids that need no second look: short ones, and household codes that hold no day of birth."""
MAY_BE_PERSONAL = r"[0-9](?:[-._:/]{0,3}[0-9]){9}"
"""What `names_a_person` looks at, for an engine: enough digits to be somebody's."""
_DIGEST = re.compile(r"[0-9a-f]{64}")
_REFERENCE = re.compile(REFERENCE[1:-1])
_PARTS = re.compile(r"[0-9]+(?:[-._:/\s]{1,3}[0-9]+)*[Xx]?")
_MOBILE = re.compile(r"(?:00)?(?:86)?1[3-9][0-9]{9}")
_LANDLINE = re.compile(r"(?:0(?:10|2[0-9])[0-9]{8}|0[3-9][0-9]{2}[0-9]{7,8})")
_YEAR = re.compile(r"(?:19|20)[0-9]{2}(?:[01][0-9](?:[0-3][0-9])?)?")
_SHORT = 10
"""A text of no more signs holds no such number."""
_CODE = re.compile(r"[0-9]{18}")
_VILLAGE = 12
_BORN = range(1880, 2100)


def opaque(text: str, what: str, *, household: bool = False, area: str = "") -> str:
    """Give back a reference that holds nothing personal: a word, a file number, a code.

    Args:
        text: The reference.
        what: What it is, for the message.
        household: Whether it is a household's id, which may have as many digits as an
            account.
        area: Where the household lives, if that is known: a code of 18 digits that begins
            with its own village is that village's, even where it could be a resident id.

    Raises:
        PersonalValueError: It is free text, or a telephone number, resident id or bank
            account stands in it. The message does not repeat it.
    """
    if not isinstance(text, str) or not text:
        raise PersonalValueError("{what} is empty; give an opaque reference", what=what)
    if _DIGEST.fullmatch(text):
        return text  # eleven digits in a row there are chance, and nobody's telephone
    if not _REFERENCE.fullmatch(text):
        raise PersonalValueError(
            "{what} is free text; give a reference of letters, digits and ._:/- instead, so that "
            "no name or number of a person enters the register",
            what=what,
        )
    if household and is_of_village(text, area):
        return text
    if not (household and _is_household_code(text)) or _is_resident_id(text):
        nothing_personal(text, what)
    return text


def nothing_personal(text: str, what: str) -> None:
    """Refuse a text in which a telephone number, a resident id or an account stands.

    However its digits are parted, by the signs that a reference may hold or by blanks, and
    in whatever width they are written.

    Raises:
        PersonalValueError: Such a number stands in it. The message does not repeat it.
    """
    plain = unicodedata.normalize("NFKC", text)
    if len(plain) > _SHORT and any(map(_names_somebody, _PARTS.findall(plain))):
        raise PersonalValueError(
            "{what} looks like a telephone, resident id or account number, or is a household code "
            "with a wrong check character; give an opaque reference",
            what=what,
        )


def is_of_village(text: str, area: str) -> bool:
    """Whether an id is a code of 18 digits that begins with the village of an area.

    In a township numbered 190 to 209 such a code can read as a resident id: its township
    and village stand where the year and month of birth would.
    """
    return len(area) >= _VILLAGE and _CODE.fullmatch(text) is not None and text[:12] == area[:12]


def names_a_person(text: str, area: str = "") -> bool:
    """Whether a telephone, resident id or account stands where a household's id belongs.

    Args:
        text: The id.
        area: Where the household lives, if that is known.
    """
    if is_of_village(text, area):
        return False
    if re.fullmatch(r"[0-9]{18}[0-9X]?", text):
        return _is_resident_id(text)
    return any(map(_names_somebody, _PARTS.findall(text)))


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


def _names_somebody(run: str) -> bool:
    """Whether digits, parted or not, are a telephone, a resident id or an account."""
    parts = re.split(r"[^0-9Xx]+", run)
    if max(map(len, parts)) >= 15:
        return True
    if len(parts) > 1 and len("".join(parts)) >= 15 and not _YEAR.fullmatch(parts[0]):
        return True
    for first, part in enumerate(parts):
        joined = ""
        for one in parts[first:] if len(part) > 2 else ():
            joined += one
            bare = joined.rstrip("Xx")
            if _MOBILE.fullmatch(bare) or _LANDLINE.fullmatch(bare) or _is_resident_id(joined):
                return True
    return False


def _is_resident_id(text: str) -> bool:
    """Whether it is the resident id of somebody who may be alive.

    A household code of 18 digits has its village where an id has the year of birth.
    """
    if len(text) != 18 or not text[6:10].isdigit() or int(text[6:10]) not in _BORN:
        return False
    try:
        check_resident_id(text.upper())
    except InvalidCodeError:
        return False
    return True


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
        if isinstance(value, bool) or (isinstance(value, int) and abs(value) < 10**8):
            found[key] = value
        elif isinstance(value, date):
            found[key] = as_day(value).isoformat()
        elif isinstance(value, str):
            found[key] = opaque(value, f"the finding {key!r}")
        else:
            raise PersonalValueError(
                "the finding {key!r} is neither yes or no, nor a whole number under 100,000,000, "
                "nor a reference",
                key=key,
            )
    return Frozen(found)
