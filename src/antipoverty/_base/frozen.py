"""A mapping that cannot change, and can be hashed and sent to another process."""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, KeysView, Mapping, ValuesView
from typing import Any, TypeVar, overload

_K = TypeVar("_K")
_V = TypeVar("_V")
_T = TypeVar("_T")


class Frozen(Mapping[_K, _V]):
    """An immutable copy of a mapping, in its order.

    >>> Frozen({"a": 1})
    Frozen({'a': 1})
    """

    __slots__ = ("_items",)
    _items: dict[_K, _V]

    def __init__(self, items: Mapping[_K, _V] | None = None) -> None:
        _set(self, plain(items or {}).copy())

    def __getitem__(self, key: _K) -> _V:
        return self._items[key]

    def __iter__(self) -> Iterator[_K]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    @classmethod
    def joined(cls, one: Mapping[_K, _V], other: Mapping[_K, _V]) -> Frozen[_K, _V]:
        """Both mappings in one; what the second says goes before the first."""
        found: Frozen[_K, _V] = Frozen.__new__(Frozen)
        _set(found, plain(one) | plain(other))
        return found

    # what `Mapping` has already, several times as fast

    def __contains__(self, key: object) -> bool:
        return key in self._items

    @overload
    def get(self, key: _K, /) -> _V | None: ...

    @overload
    def get(self, key: _K, /, default: _V | _T) -> _V | _T: ...

    def get(self, key: _K, /, default: Any = None) -> Any:
        """The value of a key, or the default."""
        return self._items.get(key, default)

    def keys(self) -> KeysView[_K]:
        """A view of the keys."""
        return self._items.keys()

    def values(self) -> ValuesView[_V]:
        """A view of the values."""
        return self._items.values()

    def items(self) -> ItemsView[_K, _V]:
        """A view of keys and values."""
        return self._items.items()

    def __hash__(self) -> int:
        return hash(frozenset(self._items.items()))

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("a Frozen mapping cannot change")

    def __repr__(self) -> str:
        return f"Frozen({self._items!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return Frozen, (dict(self),)


_set: Any = vars(Frozen)["_items"].__set__
"""Sets the slot, past the refusal of changes."""


def plain(items: Mapping[_K, _V]) -> dict[_K, _V]:
    """The dict in a mapping, where it has one, to read many keys of: nobody changes it."""
    if type(items) is dict:
        return items
    # asked for the class of a kind of it, `isinstance` goes through all that a `Mapping` can be
    return items._items if Frozen in type(items).__mro__ else dict(items)  # type: ignore[attr-defined]
