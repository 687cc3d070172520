"""What Hypothesis loads when it is imported: ``st.from_type(Household)`` then draws one.

Nothing of the library is imported for that. A type is registered when the module that
defines it is, by a finder that waits for it; the strategies are loaded when one is
first asked for. So importing Hypothesis costs a process that never uses the library
next to nothing.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

_TYPES = {
    "antipoverty.codes": {"AreaCode": "area_codes", "HouseholdCode": "household_codes"},
    "antipoverty._model.facts": {"Money": "amounts"},
    "antipoverty._model.areas": {"Area": "areas", "AreaTree": "area_trees"},
    "antipoverty.periods": {"Period": "periods"},
    "antipoverty.model": {
        "Household": "households",
        "Keeper": "keepers",
        "Member": "members",
        "Record": "records",
    },
    "antipoverty.conditions.tree": {"Condition": "conditions"},
    "antipoverty._policy.parts": {"Rule": "rules"},
    "antipoverty._policy.pack": {"Pack": "packs"},
    "antipoverty._screening.tables": {"Tables": "tables"},
    "antipoverty._scoring.notices": {"Notice": "notices"},
    "antipoverty._sampling.plans": {"Plan": "plans"},
}
"""For each module that defines types, the noun that draws each."""


def register() -> None:
    """Register the types that are there, and wait for the others; Hypothesis calls it."""
    waiting = set()
    for name in _TYPES:
        if name in sys.modules:
            _register(sys.modules[name])
        else:
            waiting.add(name)
    sys.meta_path.insert(0, _Waiting(waiting))
    from hypothesis.vendor.pretty import for_type_by_name

    for_type_by_name("antipoverty.model", "Household", _printed)


def _printed(household: Any, printer: Any, _cycle: Any) -> None:
    """Print a household that a test drew: it is invented, so its facts may be shown.

    Its own ``repr`` shows none, since the household may be somebody's everywhere else.
    """
    kit = importlib.import_module("antipoverty.testing._search.case_text")
    printer.text("\n" + "\n".join(kit.shown(household)) + "\n")


def _register(module: ModuleType) -> None:
    from hypothesis.strategies import SearchStrategy, register_type_strategy

    def drawing(noun: str) -> Any:
        def strategy(_type: type) -> SearchStrategy[Any]:
            kit = importlib.import_module("antipoverty.testing.strategies")
            made: SearchStrategy[Any] = getattr(kit, noun)()
            return made

        return strategy

    for name, noun in _TYPES[module.__name__].items():
        register_type_strategy(getattr(module, name), drawing(noun))


class _Waiting(MetaPathFinder):
    """Finds the waited-for modules as the other finders do, to be told when they are there."""

    def __init__(self, names: set[str]) -> None:
        self.names = names

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Give the spec the others give, with a loader that registers afterwards."""
        if fullname not in self.names:
            return None
        self.names.discard(fullname)
        for finder in sys.meta_path:
            if finder is not self:
                spec = finder.find_spec(fullname, path, target)
                if spec is not None and spec.loader is not None:
                    spec.loader = _Telling(spec.loader)
                    return spec
        return None


class _Telling(Loader):
    """Loads a module as its own loader does, then registers its types."""

    def __init__(self, own: Loader) -> None:
        self.own = own

    def __getattr__(self, name: str) -> Any:
        return getattr(self.own, name)

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """Make the module as its own loader does."""
        return self.own.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        """Run the module, then register its types."""
        self.own.exec_module(module)
        if module.__spec__ is not None:
            module.__spec__.loader = self.own
        module.__loader__ = self.own
        _register(module)


__all__ = ["register"]
