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
    listed = sorted(
        entry_points(group=GROUP) if entries is None else entries,
        key=lambda entry: (entry.name, entry.value),
    )
    packs: dict[str, Pack] = {}
    broken: dict[str, AntipovertyError] = {}
    for entry in listed:
        if entry.name in packs or entry.name in broken:
            packs.pop(entry.name, None)
            broken[entry.name] = DuplicateIdError(
                f"two installed packs are called {entry.name!r}; uninstall one"
            )
            continue
        try:
            packs[entry.name] = _load(entry)
        except Exception as cause:
            broken[entry.name] = BrokenPluginError(
                f"the installed pack {entry.name!r} ({entry.value}) could not be loaded: "
                f"{type(cause).__name__}: {cause}"
            )
    return Discovery(Frozen(packs), Frozen(broken))


def _load(entry: EntryPoint) -> Pack:
    offered = entry.load()
    pack = offered if isinstance(offered, Pack) else offered()
    if not isinstance(pack, Pack):
        raise TypeError(f"it gave a {type(pack).__name__}, not a Pack")
    if pack.id != entry.name:
        raise ValueError(f"its pack is called {pack.id!r}")
    return pack
