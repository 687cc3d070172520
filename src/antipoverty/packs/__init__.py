"""The packs that come with the library; each is also an installed entry point."""

from __future__ import annotations

import functools
from importlib import resources

from antipoverty.rules import Pack, pack_from_toml


@functools.cache
def shaanxi_2531() -> Pack:
    """The warning standards of Shaanxi Province's "2531" mechanism (陕西省“2531”工作机制).

    Source:
        ``packs/shaanxi_2531/SOURCES.md``. Values that no source publishes for Shaanxi
        are marked illustrative, and every output that rests on one says so.
    """
    folder = resources.files("antipoverty.packs") / "shaanxi_2531"
    return pack_from_toml((folder / "pack.toml").read_text(encoding="utf-8"))
