"""The documentation is executed: every Python block of a page, in order, in one namespace."""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from antipoverty import testing
from antipoverty.errors import AntipovertyError, MissingExtraError
from antipoverty.model import shaanxi_areas

ROOT = Path(__file__).parent.parent
PAGES = sorted([*(ROOT / "docs").rglob("*.md"), ROOT / "README.md", ROOT / "README.zh-CN.md"])
GOLDEN = ROOT / "tests/golden/weekly-village-2022-W06.json"
FENCE = re.compile(r"^```(\w+)?([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page: Path, language: str, mark: str = "") -> list[str]:
    """The fenced blocks of a language, each at its line so that errors point into the page.

    ``mark`` is a word behind the language; blocks marked ``no-run`` are only shown, and those
    marked ``run-check`` have a test of their own.
    """
    text = page.read_text(encoding="utf-8")
    return [
        "\n" * text[: match.start(3)].count("\n") + match[3]
        for match in FENCE.finditer(text)
        if match[1] == language and mark in match[2] and "no-run" not in match[2]
    ]


def unmarked(page: Path) -> list[str]:
    """The Python blocks that run in the namespace of their page."""
    checks = blocks(page, "python", "run-check")
    return [block for block in blocks(page, "python") if block not in checks]


def programs(page: Path) -> list[str]:
    """What the Python blocks of a page say, without their comments and layout."""
    return [ast.dump(ast.parse(block)) for block in unmarked(page)]


def english(page: Path) -> Path:
    """The page in English, of which this may be the Chinese."""
    return page.with_name(page.name.replace(".zh-CN.", "."))


TOLD_ANEW = [
    page
    for page in PAGES
    if unmarked(page) and (page == english(page) or programs(page) != programs(english(page)))
]
"""Pages with Python of their own; a Chinese page mostly shows what runs for the English one."""


def test_most_chinese_pages_show_the_python_of_the_english() -> None:
    """So one run is enough for both; where one differs it runs by itself."""
    chinese = [page for page in PAGES if unmarked(page) and page != english(page)]
    assert len(chinese) > 30
    assert len([page for page in chinese if page in TOLD_ANEW]) <= 3


@pytest.mark.slow
@pytest.mark.parametrize("page", TOLD_ANEW, ids=lambda page: page.stem)
def test_the_python_of_a_page_runs(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the page shows works as shown."""
    monkeypatch.chdir(tmp_path)
    space: dict[str, object] = {"__name__": "__docs__"}
    for block in unmarked(page):
        try:
            exec(compile(block, str(page), "exec", dont_inherit=True), space)
        except MissingExtraError as lacking:
            pytest.skip(str(lacking))


RUN = {"python": [sys.executable], "javascript": ["node"], "bash": ["bash"]}
CHECKS = [
    (language, block)
    for language in RUN
    for block in blocks(ROOT / "docs/reference/receipts.md", language, "run-check")
]


def test_the_page_on_receipts_has_checks_in_three_languages() -> None:
    """Python, JavaScript and shell."""
    assert {language for language, _ in CHECKS} == set(RUN)


@pytest.mark.slow
@pytest.mark.parametrize(("language", "block"), CHECKS)
def test_a_receipt_is_checked_without_the_library(
    language: str, block: str, tmp_path: Path
) -> None:
    """The lines of the page say ok, and no longer do when a pick or the frame was changed."""
    needed = [RUN[language][0], *(["jq"] if language == "bash" else [])]
    if missing := [name for name in needed if shutil.which(name) is None]:
        pytest.skip(f"{', '.join(missing)} is not installed")
    receipt = json.loads(GOLDEN.read_text(encoding="utf-8"))
    areas = shaanxi_areas()
    villages = [one.code for one in areas.descendants(None, "village") if one.code.rural]
    (tmp_path / "villages.txt").write_text("\n".join(villages) + "\n", encoding="utf-8")

    def run(changed: Any) -> bool:
        text = json.dumps(changed, ensure_ascii=False)
        (tmp_path / "receipt.json").write_text(text, encoding="utf-8")
        done = subprocess.run(
            [*RUN[language], "-" if language != "bash" else "/dev/stdin"],
            input=block,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode == 0 and done.stdout.strip() == "ok"

    assert run(receipt)
    other = json.loads(json.dumps(receipt))
    hanzhong = next(one for one in other["strata"] if one["stratum"] == "610702")
    hanzhong["picks"][0]["unit"] = "610702100999"
    assert not run(other)
    assert not run(receipt | {"frame_digest": "0" * 64})


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
    library = {one for one in every_error() if one.__module__.startswith("antipoverty.errors.")}
    codes = [one.code for one in library]
    assert len(codes) == len(set(codes))
    assert sorted(re.findall(r"^\| `([a-z-]+)` ", page, re.MULTILINE)) == sorted(codes)


def test_every_name_of_the_testing_kit_stands_in_its_reference() -> None:
    """A name that the kit offers and a page does not tell of will not be found, in no language."""
    english, chinese = (
        set(re.findall(r"`(?:\w+\.)?(\w+)[`(]", page.read_text(encoding="utf-8")))
        for page in sorted(
            (ROOT / "docs/reference").glob("testing.*md"), key=lambda one: len(one.name)
        )
    )
    assert set(testing.__all__) - english == set()
    assert english - chinese == set()


def test_no_page_is_there_in_english_alone() -> None:
    """Each has its Chinese beside it, or is in both languages at once, as its title says."""
    in_both = re.compile("[\u4e00-\u9fff].* / |^# .* / .*[\u4e00-\u9fff]")
    docs = ROOT / "docs"
    alone = [
        page.relative_to(docs).as_posix()
        for page in docs.rglob("*.md")
        if not page.name.endswith(".zh-CN.md")
        and not page.with_suffix(".zh-CN.md").exists()
        and not in_both.search(page.read_text(encoding="utf-8").partition("\n")[0])
    ]
    assert alone == ["reference/errors.md"]  # the build writes its Chinese from the catalogue


def bare(block: str) -> str:
    """A block without its comments, which a page may translate."""
    return "\n".join(re.sub(r" *#.*", "", line) for line in block.strip().splitlines())


TRANSLATED = sorted((ROOT / "docs").rglob("*.zh-CN.md"))


@pytest.mark.parametrize("page", TRANSLATED, ids=lambda page: page.name.partition(".")[0])
def test_a_chinese_page_shows_the_code_of_the_english_one(page: Path) -> None:
    """Whoever changes a block of one changes it in the other."""
    if page.stem.partition(".")[0] in {"README", "gallery", "commands", "run-rules-in-a-database"}:
        pytest.skip("its Chinese is a page of its own")
    for language in ("python", "toml"):
        shown, other = (
            [bare(block) for block in blocks(one, language)] for one in (page, english(page))
        )
        every = iter(other)
        assert [block for block in shown if block not in every] == []  # in their order
