"""The documentation is executed: every Python block of a page, in order, in one namespace."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from antipoverty.errors import AntipovertyError

ROOT = Path(__file__).parent.parent
PAGES = sorted([*(ROOT / "docs").rglob("*.md"), ROOT / "README.md", ROOT / "README.zh-CN.md"])
FENCE = re.compile(r"^```(\w+)?([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page: Path, language: str) -> list[str]:
    """The fenced blocks of a language, each at its line so that errors point into the page."""
    text = page.read_text(encoding="utf-8")
    return [
        "\n" * text[: match.start(3)].count("\n") + match[3]
        for match in FENCE.finditer(text)
        if match[1] == language and "no-run" not in match[2]
    ]


@pytest.mark.parametrize(
    "page", [page for page in PAGES if blocks(page, "python")], ids=lambda page: page.stem
)
def test_the_python_of_a_page_runs(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the page shows works as shown."""
    monkeypatch.chdir(tmp_path)
    space: dict[str, object] = {"__name__": "__docs__"}
    for block in blocks(page, "python"):
        exec(compile(block, str(page), "exec", dont_inherit=True), space)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_links_of_a_page_lead_somewhere(page: Path) -> None:
    """Every relative link names a file that is there."""
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


def every_error(root: type[AntipovertyError] = AntipovertyError) -> set[type[AntipovertyError]]:
    """All error classes."""
    return {root}.union(*(every_error(child) for child in root.__subclasses__()))


def test_every_error_code_is_unique_and_has_its_line_in_the_reference() -> None:
    """A reader who meets a code in brackets finds it on the page."""
    page = (ROOT / "docs/reference/errors.md").read_text(encoding="utf-8")
    library = {one for one in every_error() if one.__module__ == "antipoverty.errors"}
    codes = [one.code for one in library]
    assert len(codes) == len(set(codes))
    assert sorted(re.findall(r"^\| `([a-z-]+)` ", page, re.MULTILINE)) == sorted(codes)
