"""The files a new pack begins with: installable, pinned down by cases, checked by one command.

They are written beside the folder they go to and moved there whole, so that a failure
leaves nothing half written.
"""

from __future__ import annotations

import importlib.util
import re
import tempfile
from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from antipoverty._policy.discovery import offered
from antipoverty.errors import InvalidArgumentError


def templates() -> dict[str, str]:
    """The text of each file of a new pack by its path, ``@NAME@`` and ``@MODULE@`` in both."""
    return dict(sorted(_under(resources.files("antipoverty.cli") / "new_pack", "")))


def _under(folder: Traversable, path: str) -> Iterator[tuple[str, str]]:
    for one in folder.iterdir():
        if one.is_dir():
            yield from _under(one, f"{path}{one.name}/")
        else:
            yield f"{path}{one.name.removesuffix('.tmpl')}", one.read_text(encoding="utf-8")


def write_new_pack(name: str, folder: Path) -> Path:
    """Write the files of a new pack under a folder, and give the pack's own folder.

    Raises:
        InvalidArgumentError: The name is no pack id or is taken, or the pack's folder is
            there already and not empty. Nothing was written.
    """
    module = name.replace("-", "_") + "_pack"
    _refuse(name, module)
    target = folder / name
    if target.is_symlink() or (target.exists() and not _is_empty(target)):
        raise InvalidArgumentError(
            "{target} is there already and not empty; choose another name or folder", target=target
        )
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{name}-", dir=folder) as place:
        written = Path(place) / name
        for path, text in templates().items():
            file = written / _filled(path, name, module)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(_filled(text, name, module), encoding="utf-8", newline="\n")
        if target.exists():
            target.rmdir()
        written.rename(target)
    return target


def _filled(text: str, name: str, module: str) -> str:
    return text.replace("@NAME@", name).replace("@MODULE@", module)


def _is_empty(folder: Path) -> bool:
    return folder.is_dir() and not any(folder.iterdir())


def _refuse(name: str, module: str) -> None:
    """Refuse a name that is no id, or that something installed has."""
    if len(name) > 40 or not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name):
        raise InvalidArgumentError(
            "{name!r} is not a pack's id; use at most 40 lower-case letters, digits and single '-' "
            "between them, beginning with a letter, such as mian-county (Chinese names in pinyin)",
            name=name,
        )
    entries, double = offered()
    if name in double or any(entry.name == name for entry in entries):
        raise InvalidArgumentError(
            "a pack {name!r} is installed already; choose another name", name=name
        )
    if importlib.util.find_spec(module) is not None:
        raise InvalidArgumentError(
            "a package {module!r} is installed already; choose another name than {name!r}",
            module=module,
            name=name,
        )
