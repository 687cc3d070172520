"""What the build of the site adds: errors in Chinese, a gallery drawn now, an index for machines.

A page that has no Chinese fails it.
"""

from __future__ import annotations

import logging
import re
import shutil
from pathlib import Path
from typing import Any

import commands
import gallery
import searching
from mkdocs.plugins import event_priority

LOG = logging.getLogger("mkdocs.hooks.antipoverty")
ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
COPY = ROOT / "build" / "docs"
MADE = {"reference/errors.md"}
"""Pages whose Chinese the build writes."""

IN_BOTH = re.compile("[\u4e00-\u9fff].* / |^# .* / .*[\u4e00-\u9fff]")


def without_chinese() -> list[str]:
    """The pages that are there in English alone: no Chinese beside them, nor in them.

    A page in both languages at once says so in its title, ``中文 / English``.
    """
    return [
        page.relative_to(DOCS).as_posix()
        for page in sorted(DOCS.rglob("*.md"))
        if not page.name.endswith(".zh-CN.md")
        and not page.with_suffix(".zh-CN.md").exists()
        and page.relative_to(DOCS).as_posix() not in MADE
        and not IN_BOTH.search(page.read_text(encoding="utf-8").partition("\n")[0])
    ]


def errors_in_chinese() -> str:
    """The page of errors by code, written from the catalogue."""
    import antipoverty.errors as errors
    from antipoverty.errors.phrases import catalogue

    classes = {
        one.code: name
        for name in errors.__all__
        if isinstance(one := getattr(errors, name), type)
        and issubclass(one, errors.AntipovertyError)
    }
    lines = [
        f"| `{code}` | `{classes[code]}` | {catalogue()['code'][code]} |"
        for code in sorted(classes)
    ]
    return "\n".join(
        [
            "# 错误代码",
            "",
            "每条错误信息以方括号里的代码结尾。信息的措辞会改进，代码不变。",
            "",
            "| 代码 | 类 | 意思与做法 |",
            "|---|---|---|",
            *lines,
            "",
        ]
    )


def on_config(config: Any, **_: Any) -> Any:
    """Build from a copy of the pages, with those that are made beside them; once for all."""
    if config["docs_dir"] == str(COPY):
        return config
    if lacking := without_chinese():  # which fails a strict build
        LOG.warning("%d pages have no Chinese: %s", len(lacking), ", ".join(lacking))
    shutil.rmtree(COPY, ignore_errors=True)
    shutil.copytree(DOCS, COPY)
    made = {
        "reference/errors.zh-CN.md": errors_in_chinese(),
        "reference/commands.md": commands.page("en"),
        "reference/commands.zh-CN.md": commands.page("zh"),
        "gallery.md": gallery.page("en"),
        "gallery.zh-CN.md": gallery.page("zh"),
    }
    for path, text in made.items():
        (COPY / path).write_text(text, encoding="utf-8")
    for page in COPY.rglob("*.md"):
        text = page.read_text(encoding="utf-8")
        page.write_text(_within_site(text), encoding="utf-8")
    config["docs_dir"] = str(COPY)
    return config


def _within_site(text: str) -> str:
    """Links to files of the sources become their paths; a page's language is the site's choice."""
    text = re.sub(r"\[([^]]*)\]\((?:\.\./){2}([^)#]*)[^)]*\)", r"\1 (`\2`)", text)
    text = re.sub(r"^```(\w+) [^\n]+$", r"```\1", text, flags=re.MULTILINE)
    return text.replace(".zh-CN.md)", ".md)")


def on_page_content(html: str, page: Any, **_: Any) -> str:
    """Put a link to the other language at the head of a page."""
    path = page.file.dest_uri
    chinese = path.startswith("zh-CN/")
    bare = path.removeprefix("zh-CN/")
    up = "../" * path.count("/")
    link, word = (up + bare, "English") if chinese else (f"{up}zh-CN/{bare}", "中文")
    return f'<p class="other-language"><a href="{link}">{word}</a></p>\n{html}'


@event_priority(-200)  # after the index of the search is written for pages opened from a disk
def on_post_build(config: Any, **_: Any) -> None:
    """Part the search by language; write the index for machines, which language models read."""
    searching.part(Path(config["site_dir"]))
    lines = ["# antipoverty", "", "> See early which rural households fall back into poverty.", ""]
    for page in sorted(DOCS.rglob("*.md")):
        if page.name.endswith(".zh-CN.md"):
            continue
        title = re.search(r"^# (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
        path = page.relative_to(DOCS).with_suffix(".html").as_posix()
        path = "index.html" if path == "README.html" else path
        lines.append(f"- [{title[1] if title else path}]({path})")
    (Path(config["site_dir"]) / "llms.txt").write_text("\n".join([*lines, ""]), encoding="utf-8")
