"""See early which rural households are about to fall back into poverty.

A policy is data; engines are interchangeable; every answer can be explained, replayed
and checked by a stranger.

The names below are loaded when they are first used, so that a service that judges one
household never loads a frame library.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from antipoverty.codes import AreaCode, HouseholdCode, Level
    from antipoverty.conditions import parse
    from antipoverty.errors import AntipovertyError
    from antipoverty.model import (
        Area,
        AreaTree,
        Household,
        Keeper,
        Member,
        Money,
        Record,
        load_areas,
        shaanxi_areas,
    )
    from antipoverty.periods import Period
    from antipoverty.rules import (
        Alert,
        Pack,
        Parameter,
        Rule,
        Severity,
        Source,
        Text,
        Verdict,
        combine,
        discover_packs,
        judge,
        pack_from_toml,
        parameter,
    )
    from antipoverty.screening import Screening, Tables, screen

__version__ = "0.1.0"

_HOMES = {
    "codes": ("AreaCode", "HouseholdCode", "Level"),
    "conditions": ("parse",),
    "errors": ("AntipovertyError",),
    "model": (
        *("Area", "AreaTree", "Household", "Keeper", "Member", "Money", "Record"),
        *("load_areas", "shaanxi_areas"),
    ),
    "periods": ("Period",),
    "rules": (
        *("Alert", "Pack", "Parameter", "Rule", "Severity", "Source", "Text", "Verdict"),
        *("combine", "discover_packs", "judge", "pack_from_toml", "parameter"),
    ),
    "screening": ("Screening", "Tables", "screen"),
}
_MODULE_OF = {name: module for module, names in _HOMES.items() for name in names}

__all__ = [
    "Alert",
    "AntipovertyError",
    "Area",
    "AreaCode",
    "AreaTree",
    "Household",
    "HouseholdCode",
    "Keeper",
    "Level",
    "Member",
    "Money",
    "Pack",
    "Parameter",
    "Period",
    "Record",
    "Rule",
    "Screening",
    "Severity",
    "Source",
    "Tables",
    "Text",
    "Verdict",
    "combine",
    "discover_packs",
    "judge",
    "load_areas",
    "pack_from_toml",
    "parameter",
    "parse",
    "screen",
    "shaanxi_areas",
]


def __getattr__(name: str) -> Any:
    module = _MODULE_OF.get(name)
    if module is None:
        raise AttributeError(f"module 'antipoverty' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"antipoverty.{module}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*__all__, *(name for name in globals() if name.startswith("__"))])
