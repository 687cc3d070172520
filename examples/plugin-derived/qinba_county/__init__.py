"""A county's hard rules (秦巴县示例): what the language says, and what functions work out.

Everything here is an example: no figure is a county's policy.
"""

from __future__ import annotations

from importlib import resources

from antipoverty.rules import Pack, pack_from_toml
from qinba_county.model import Bill, QinbaHousehold


def pack() -> Pack:
    """Make the pack from the file beside this."""
    text = (resources.files(__name__) / "rules.toml").read_text(encoding="utf-8")
    return pack_from_toml(text, model=QinbaHousehold)


__all__ = ["Bill", "QinbaHousehold", "pack"]
