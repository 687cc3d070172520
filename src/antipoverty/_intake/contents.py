"""What a file is by its first bytes, where its name says something else; and what to do then."""

from __future__ import annotations

from pathlib import Path

from antipoverty.errors import Phrase, UnreadableSourceError, phrase

_PACKED = b"PK\x03\x04"
_OLD = bytes.fromhex("D0CF11E0A1B11AE1")
_PAGE = (b"<html", b"<table", b"<!doctype", b"<?xml", b"<meta")

_EMPTY = phrase("is empty: no byte stands in the file; ask for it again")
_PRINTED = phrase("is a PDF, which holds no table; ask for the workbook or text it was made from")
_MISNAMED = phrase("is a workbook by what it holds; name it .xlsx")
_LOCKED = phrase(
    "is protected by a password, or of an older form (.xls, .et); open it, take the password "
    "out and save it as .xlsx"
)
_AS_PAGE = phrase("is a web page under another name; open it in a spreadsheet and save it as .xlsx")
_AS_TEXT = phrase("is text by what it holds; name it .csv")


def check_contents(path: Path, name: str, *, book: bool) -> None:
    """Refuse a file that is not what its name says, with what to do.

    Args:
        path: The file.
        name: What an error calls it.
        book: Whether its name says that it is a workbook.

    Raises:
        UnreadableSourceError: It is empty, or is something else.
    """
    with path.open("rb") as data:
        first = data.read(512)
    said = _fault(first, path.suffix.lower(), book=book)
    if said is not None:
        raise UnreadableSourceError("source {name!r} {fault}", name=name, fault=said)


def _fault(first: bytes, suffix: str, *, book: bool) -> Phrase | None:
    bare = first.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if not first:
        return _EMPTY
    if first.startswith(b"%PDF"):
        return _PRINTED
    if first.startswith(_OLD):
        return None if book and suffix in (".xls", ".et") else _LOCKED
    if first.startswith(_PACKED):
        return None if book else _MISNAMED
    if bare.startswith(_PAGE):
        return _AS_PAGE
    return _AS_TEXT if book and suffix != ".xls" else None
