"""Installed packs are found when asked for, in a fixed order, and a broken one is named.

A distribution offers a pack under the entry-point group ``antipoverty.packs``; the
entry is a `Pack` or a function without arguments that makes one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib.metadata import EntryPoint, entry_points

import attrs

from antipoverty._frozen import Frozen
from antipoverty._rules_pack import Pack
from antipoverty.errors import AntipovertyError, BrokenPluginError, DuplicateIdError, did_you_mean

GROUP = "antipoverty.packs"
"""The entry-point group of packs."""


@attrs.frozen
class Discovery:
    """The installed packs.

    Attributes:
        packs: Those that load, by name, sorted.
        broken: The error of each that does not, by name, sorted.
    """

    packs: Mapping[str, Pack]
    broken: Mapping[str, AntipovertyError]

    def __getitem__(self, name: str) -> Pack:
        """Give a pack by name.

        Raises:
            AntipovertyError: It is broken, or not installed.
        """
        if name in self.broken:
            raise self.broken[name]
        if name not in self.packs:
            raise BrokenPluginError(
                f"no pack {name!r} is installed; installed are: {', '.join(self.packs) or 'none'}"
                f"{did_you_mean(name, self.packs)}"
            )
        return self.packs[name]


def discover_packs(entries: Iterable[EntryPoint] | None = None) -> Discovery:
    """Load every installed pack; one that fails does not hide the others.

    Args:
        entries: The entry points to load; those of the installed distributions by default.
    """
    listed, broken = offered(entries)
    packs: dict[str, Pack] = {}
    for entry in listed:
        try:
            packs[entry.name] = loaded(entry)
        except Exception as cause:
            broken[entry.name] = BrokenPluginError(
                f"the installed pack {entry.name!r} ({entry.value}) could not be loaded: "
                f"{type(cause).__name__}: {cause}"
            )
    return Discovery(Frozen(packs), Frozen(dict(sorted(broken.items()))))


def offered(
    entries: Iterable[EntryPoint] | None = None,
) -> tuple[list[EntryPoint], dict[str, AntipovertyError]]:
    """List the entry points of packs, sorted, and the names that two of them claim."""
    found = entry_points(group=GROUP) if entries is None else entries
    by_name: dict[str, list[EntryPoint]] = {}
    for entry in sorted(found, key=lambda entry: (entry.name, entry.value)):
        by_name.setdefault(entry.name, []).append(entry)
    double: dict[str, AntipovertyError] = {
        name: DuplicateIdError(f"two installed packs are called {name!r}; uninstall one")
        for name, same in by_name.items()
        if len(same) > 1
    }
    return [same[0] for same in by_name.values() if len(same) == 1], double


def loaded(entry: EntryPoint) -> Pack:
    """Load the pack that an entry point offers.

    Raises:
        TypeError: It is no pack.
        ValueError: The pack has another name than the entry point.
    """
    given = entry.load()
    pack = given if isinstance(given, Pack) else given()
    if not isinstance(pack, Pack):
        raise TypeError(f"it gave a {type(pack).__name__}, not a Pack")
    if pack.id != entry.name:
        raise ValueError(f"its pack is called {pack.id!r}")
    return pack
