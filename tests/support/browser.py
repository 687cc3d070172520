"""Pages opened in a real browser: Debian's Chromium, headless, without a network.

Each page is looked at narrow and wide, by light and dark: what its console says, what it
asks for, whether it overflows, and whether its words stand out from what is behind them.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs
import pytest

ARGUMENTS = (
    *("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"),
    *("--disable-component-update", "--disable-sync"),
)
CONTRAST = """() => {
  const rgb = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => {
    const one = (c) => ((c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * one(r) + 0.7152 * one(g) + 0.0722 * one(b);
  };
  const behind = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const found = rgb(getComputedStyle(at).backgroundColor);
      if (found.length === 3 || found[3] === 1) return found.slice(0, 3);
    }
    return [255, 255, 255];
  };
  const weak = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const holder = node.parentElement;
    if (!node.textContent.trim() || !holder.getClientRects().length) continue;
    if (holder.closest('svg')) continue;
    const style = getComputedStyle(holder);
    if (style.visibility === 'hidden' || style.opacity === '0') continue;
    const [a, b] = [light(rgb(style.color)), light(behind(holder))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) weak.push(`${ratio.toFixed(2)} ${node.textContent.trim().slice(0, 30)}`);
  }
  return weak;
}"""


@attrs.frozen
class Seen:
    """What a browser saw of a page."""

    said: tuple[str, ...]
    asked: tuple[str, ...]
    width: int
    weak: tuple[str, ...]
    text: str


@contextmanager
def browser() -> Iterator[Any]:
    """A browser, or the test is skipped aloud."""
    api = pytest.importorskip("playwright.sync_api", reason="the browser is driven by playwright")
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("chromium is not installed: pages are not looked at")
    with api.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
        try:
            yield opened
        finally:
            opened.close()


def search(opened: Any, page: Path, words: str) -> tuple[int, str]:
    """Type words into the search of a page that was opened from a disk.

    Returns:
        How many results are listed, and the title of the first.
    """
    sheet = opened.new_page()
    sheet.goto(page.resolve().as_uri())
    sheet.click("input.md-search__input")
    sheet.keyboard.type(words)
    sheet.keyboard.press("Shift")  # a key goes up, as after an input method
    sheet.wait_for_selector(".md-search-result__item h1, .md-search-result__item h2")
    titles = sheet.locator(".md-search-result__item h1, .md-search-result__item h2")
    found = (sheet.locator(".md-search-result__item").count(), titles.first.inner_text())
    sheet.close()
    return found


def look(
    opened: Any, page: Path, *, width: int, scheme: str, before: str = "", media: str = "screen"
) -> Seen:
    """Open a file and say what was seen.

    Args:
        opened: The browser.
        page: The file.
        width: Of the window, in pixels.
        scheme: ``light`` or ``dark``.
        before: A script to run before looking, such as a click.
        media: ``screen`` or ``print``.
    """
    context = opened.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    context.set_offline(True)
    sheet = context.new_page()
    sheet.emulate_media(media=media)
    said: list[str] = []
    asked: list[str] = []
    sheet.on("console", lambda one: said.append(one.text) if one.type == "error" else None)
    sheet.on("pageerror", lambda one: said.append(str(one)))
    sheet.on("request", lambda one: asked.append(one.url))
    sheet.goto(page.resolve().as_uri())
    if before:
        sheet.evaluate(before)
    found = Seen(
        tuple(said),
        tuple(url for url in asked if not url.startswith(("file:", "data:", "blob:"))),
        sheet.evaluate("document.documentElement.scrollWidth"),
        tuple(sheet.evaluate(CONTRAST)),
        sheet.evaluate("document.body.innerText"),
    )
    context.close()
    return found
