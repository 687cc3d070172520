"""Files of areas: a CSV, plain or gzipped, and the areas of Shaanxi that come along."""

from __future__ import annotations

import functools
import gzip
import zlib
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import IO

from antipoverty._model.areas import AreaTree
from antipoverty.errors import InvalidAreasError, LineError, phrase

_LINE = 1 << 18
"""So long is no line: the CSV reader refuses what is half as long."""
_MOST, _LINES = 1 << 27, 1 << 22
"""Characters and lines: the 700,000 areas of the whole country take a third of them."""


def load_areas(path: str | Path, *, encoding: str = "utf-8") -> AreaTree:
    """Read a CSV file of areas, plain or gzipped; see `AreaTree.from_csv`.

    Args:
        path: The file.
        encoding: How its characters are written. A Chinese Excel's plain "CSV" is
            ``gb18030``; its "CSV UTF-8" is ``utf-8``. It is never guessed.

    Raises:
        InvalidAreasError: Each problem with its line number, or that the file has
            another encoding; nothing is loaded.
    """
    opener = gzip.open if Path(path).suffix == ".gz" else open
    spelled = "utf-8-sig" if encoding.lower() in ("utf-8", "utf8") else encoding
    try:
        with opener(path, "rt", encoding=spelled, newline="") as file:
            return AreaTree.from_csv(_bounded(file))
    except UnicodeDecodeError:
        reason = phrase(
            "it is not written in {encoding}; save it as CSV UTF-8, or give the encoding it "
            "has, such as encoding='gb18030' for a Chinese Excel's CSV",
            encoding=encoding,
        )
    except (gzip.BadGzipFile, EOFError, zlib.error):
        reason = phrase("its name ends in .gz, and it is not gzipped or is cut off")
    except OverflowError:
        reason = phrase("unpacked it is longer than any list of areas; check what it is")
    raise InvalidAreasError(
        "the file {name} cannot be read", [LineError(1, reason)], name=Path(path).name
    )


def _bounded(file: IO[str]) -> Iterator[str]:
    """The lines of a file, in pieces where one is too long, until there is too much.

    Raises:
        OverflowError: A small file that was packed unpacks to more than any memory holds.
    """
    read = 0
    for number, line in enumerate(iter(lambda: file.readline(_LINE), "")):
        read += len(line)
        if read > _MOST or number > _LINES:
            raise OverflowError
        yield line


@functools.cache
def shaanxi_areas() -> AreaTree:
    """The areas of Shaanxi Province (陕西省): 21,809, from province to village.

    The codes in use on 2023-06-30 and no code that ended: of the changes since 2020 the
    tree has none, so that a household under an older code is ``unknown-area``. Add the
    codes that ended with their successors by `AreaTree.with_areas`; one line for a county
    that was renamed is enough.

    Source:
        National Bureau of Statistics, 2023 edition; see ``data/ORIGIN.md``.
    """
    with resources.as_file(resources.files("antipoverty") / "data/shaanxi_areas.csv.gz") as path:
        return load_areas(path)
