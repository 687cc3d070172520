"""What a file is by its first bytes, where its name says something else; and what to do then."""

from __future__ import annotations

from pathlib import Path

from antipoverty._base.provenance import Text
from antipoverty.errors import UnreadableSourceError

_PACKED = b"PK\x03\x04"
_OLD = bytes.fromhex("D0CF11E0A1B11AE1")
_PAGE = (b"<html", b"<table", b"<!doctype", b"<?xml", b"<meta")

_EMPTY = Text("是空文件，请对方重发", "is empty: no byte stands in the file; ask for it again")
_PRINTED = Text(
    "是 PDF，里面没有表格；请要制作它的工作簿或文本",
    "is a PDF, which holds no table; ask for the workbook or text it was made from",
)
_MISNAMED = Text("内容是工作簿，请改名为 .xlsx", "is a workbook by what it holds; name it .xlsx")
_LOCKED = Text(
    "有密码保护，或是旧格式（.xls、.et）；请打开，去掉密码，另存为 .xlsx",
    "is protected by a password, or of an older form (.xls, .et); open it, take the password "
    "out and save it as .xlsx",
)
_AS_PAGE = Text(
    "是改了名的网页；请用表格软件打开，另存为 .xlsx",
    "is a web page under another name; open it in a spreadsheet and save it as .xlsx",
)
_AS_TEXT = Text("内容是文本，请改名为 .csv", "is text by what it holds; name it .csv")


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
        raise UnreadableSourceError(f"source {name!r} {said.en} / 来源 {name} {said.zh}")


def _fault(first: bytes, suffix: str, *, book: bool) -> Text | None:
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
