"""An immutable mapping of very many items, of which a change copies a thousandth; few are one."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from typing import Any, Generic, TypeVar, overload

_T = TypeVar("_T")
_D = TypeVar("_D")
_SHARDS = 1024
_FEW = 2_048
"""Up to so many items are one part, which a change copies."""


class Shards(Mapping[str, _T], Generic[_T]):
    """A mapping in parts; what a change does not touch is shared with the one before."""

    __slots__ = ("_size", "_table")

    def __init__(self, table: tuple[dict[str, _T], ...] = ({},), size: int = 0) -> None:
        self._table, self._size = table, size

    def __getitem__(self, key: str) -> _T:
        return self._part(key)[key]

    @overload
    def get(self, key: str, /) -> _T | None: ...

    @overload
    def get(self, key: str, /, default: _T | _D) -> _T | _D: ...

    def get(self, key: str, /, default: Any = None) -> Any:
        """The item of a key, or the default."""
        return self._part(key).get(key, default)

    def __iter__(self) -> Iterator[str]:
        for part in self._table:
            yield from part

    def __len__(self) -> int:
        return self._size

    def __repr__(self) -> str:
        return f"<{self._size} items>"

    def _part(self, key: str) -> dict[str, _T]:
        table = self._table
        return table[0] if len(table) == 1 else table[_shard(key)]

    def with_(self, changes: Mapping[str, _T]) -> Shards[_T]:
        """The mapping with some items set."""
        if len(self._table) == 1:
            whole = {**self._table[0], **changes}
            if len(whole) <= _FEW:
                return Shards((whole,), len(whole))
            return Shards[_T](({},) * _SHARDS).with_(whole)
        table, size = list(self._table), self._size
        copied: set[int] = set()
        for key, item in changes.items():
            at = _shard(key)
            if at not in copied:
                copied.add(at)
                table[at] = dict(table[at])
            size += key not in table[at]
            table[at][key] = item
        return Shards(tuple(table), size)


def _shard(key: str) -> int:
    return zlib.crc32(key.encode()) % _SHARDS
