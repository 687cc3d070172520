"""Installed packs are found when asked for, in a fixed order, and a broken one is named.

A distribution offers a pack under the entry-point group ``antipoverty.packs``; the
entry is a `Pack` or a function without arguments that makes one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib.metadata import EntryPoint, entry_points

import attrs

from antipoverty._base.frozen import Frozen
from antipoverty._policy.pack import Pack
from antipoverty.errors import (
    AntipovertyError,
    BrokenPluginError,
    DuplicateIdError,
    UnknownPackError,
    did_you_mean,
    phrase,
)

GROUP = "antipoverty.packs"
"""The entry-point group of packs."""


@attrs.frozen
class Discovery:
    """The installed packs.

    Attributes:
        packs: Those that load, by name, sorted.
        broken: The error of each that does not, by name, sorted.
        plain: Whether the packs came over as data, with no code of their authors.
    """

    packs: Mapping[str, Pack]
    broken: Mapping[str, AntipovertyError]
    plain: bool = attrs.field(default=False, kw_only=True, repr=False)

    def __getitem__(self, name: str) -> Pack:
        """Give a pack by name.

        Raises:
            AntipovertyError: It is broken, or not installed.
        """
        if name in self.broken:
            raise self.broken[name]
        if name not in self.packs:
            raise not_installed(name, self.packs)
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
            packs[entry.name] = _tried(entry)
        except BrokenPluginError as problem:
            broken[entry.name] = problem
    return Discovery(Frozen(packs), Frozen(dict(sorted(broken.items()))))


def discover_pack(name: str, entries: Iterable[EntryPoint] | None = None) -> Pack:
    """Load one installed pack; nothing of any other is loaded, so none can hinder it.

    Args:
        name: The name it is installed under.
        entries: The entry points to look in; those of the installed distributions by default.

    Raises:
        DuplicateIdError: Two installed packs have the name.
        UnknownPackError: None is installed under it.
        BrokenPluginError: It cannot be loaded.
    """
    listed, double = offered(entries)
    if name in double:
        raise double[name]
    for entry in listed:
        if entry.name == name:
            return _tried(entry)
    raise not_installed(name, [entry.name for entry in listed])


def not_installed(name: str, names: Iterable[str]) -> UnknownPackError:
    """Make the error of a name that no installed pack has."""
    known = sorted(names)
    return UnknownPackError(
        "no pack {name!r} is installed; installed are: {known}{near}",
        name=name,
        known=", ".join(known) or "none",
        near=did_you_mean(name, known),
    )


def _tried(entry: EntryPoint) -> Pack:
    try:
        return loaded(entry)
    except (Exception, SystemExit) as cause:  # a plugin that ends the process on import is broken
        raise BrokenPluginError(
            "the installed pack {name!r} ({entry}) could not be loaded: {name2}: {cause}",
            name=entry.name,
            entry=entry.value,
            name2=type(cause).__name__,
            cause=cause,
        ) from cause


def offered(
    entries: Iterable[EntryPoint] | None = None,
) -> tuple[list[EntryPoint], dict[str, AntipovertyError]]:
    """List the entry points of packs, sorted, and the names that two of them claim."""
    found = entry_points(group=GROUP) if entries is None else entries
    by_name: dict[str, list[EntryPoint]] = {}
    for entry in sorted(found, key=lambda entry: (entry.name, entry.value)):
        by_name.setdefault(entry.name, []).append(entry)
    double: dict[str, AntipovertyError] = {
        name: DuplicateIdError("two installed packs are called {name!r}; uninstall one", name=name)
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
        raise ValueError(phrase("its pack is called {id!r}", id=pack.id))
    return pack
