"""The search of the site (检索): an index for each language, so that each finds its own pages.

The build writes one index of both. Here it is parted: English words are cut at every sign and
found as they are typed, by their beginnings; Chinese ones are cut already, by the build. A page
looks for its index where its base is, so a Chinese page's base becomes the folder of its own.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

ZH = "zh-CN/"
SIGNS = r"""[\s\u200b\-,.;:!?()\[\]{}<>=|/"'`“”‘’（），。、；：！？—–]+"""
LANGUAGES: dict[str, dict[str, Any]] = {
    "": {"lang": ["en"], "pipeline": ["stopWordFilter"]},
    ZH: {"lang": ["en", "zh"], "pipeline": ["stopWordFilter"]},
}


def part(site: Path) -> None:
    """Part the index of a site that was built; doing so twice changes nothing."""
    index = site / "search" / "search_index.json"
    whole = json.loads(index.read_text(encoding="utf-8"))
    if not any(one["location"].startswith(ZH) for one in whole["docs"]):
        return  # it was parted before, or is of one language
    for place, how in LANGUAGES.items():
        docs = [
            one | {"location": one["location"].removeprefix(ZH)}
            for one in whole["docs"]
            if one["location"].startswith(ZH) == bool(place)
        ]
        config = whole["config"] | how | {"separator": SIGNS}
        text = json.dumps(whole | {"config": config, "docs": docs}, ensure_ascii=False)
        folder = site / place / "search"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "search_index.json").write_text(text, encoding="utf-8")
        (folder / "search_index.js").write_text(f"var __index = {text}", encoding="utf-8")
    for page in (site / ZH).rglob("*.html"):
        base = "/".join([".."] * (len(page.relative_to(site / ZH).parts) - 1)) or "."
        text = page.read_text(encoding="utf-8")
        text = re.sub(r'(id="__config"[^>]*>\{[^<]*?"base": ")[^"]*', rf"\g<1>{base}", text)
        page.write_text(text, encoding="utf-8")
