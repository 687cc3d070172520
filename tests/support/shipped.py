"""Every pack that is shipped, and every example plugin's, found where they are declared.

A pack or plugin that is added is tried by whatever goes through these, without being named there.
"""

from __future__ import annotations

import functools
import importlib
import sys
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path

import low_income
from antipoverty.rules import Pack

ROOT = Path(__file__).parents[2]
GIVEN: Mapping[str, Callable[[], Pack]] = {"national-low-income": low_income.given_pack}
"""Packs of which the values are left to whoever uses them, with some made up for tests."""


def _declared() -> dict[str, tuple[Path, str]]:
    """Each pack's name, the project that declares it, and where it stands."""
    found = {}
    for project in (ROOT, *sorted(ROOT.glob("examples/plugin-*"))):
        text = (project / "pyproject.toml").read_text(encoding="utf-8")
        offered = tomllib.loads(text)["project"]["entry-points"]["antipoverty.packs"]
        found |= {name: (project, place) for name, place in offered.items()}
    return found


DECLARED = _declared()
NAMES = sorted(DECLARED)


@functools.cache
def pack_of(name: str) -> Pack:
    """A pack with all its values."""
    if name in GIVEN:
        return GIVEN[name]()
    project, place = DECLARED[name]
    if project != ROOT and str(project) not in sys.path:
        sys.path.append(str(project))
    module, made = place.split(":")
    pack: Pack = getattr(importlib.import_module(module), made)()
    return pack


def folder_of(name: str) -> Path:
    """Where a pack's files stand."""
    project, place = DECLARED[name]
    module, made = place.replace(".", "/").split(":")
    folder = (project / "src" if project == ROOT else project) / module
    return folder / made if (folder / made).is_dir() else folder


__all__ = ["DECLARED", "NAMES", "folder_of", "pack_of"]
