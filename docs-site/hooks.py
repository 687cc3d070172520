"""What the build of the site adds: errors in Chinese, a gallery drawn now, an index for machines.

It also says which pages have no Chinese yet; a page that is there in both languages once
must stay so.
"""

from __future__ import annotations

import logging
import re
import shutil
from pathlib import Path
from typing import Any

LOG = logging.getLogger("mkdocs.hooks.antipoverty")
ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
COPY = ROOT / "build" / "docs"


def without_chinese() -> list[str]:
    """The pages that are there in English alone."""
    return [
        page.relative_to(DOCS).as_posix()
        for page in sorted(DOCS.rglob("*.md"))
        if not page.name.endswith(".zh-CN.md")
        and not page.with_suffix(".zh-CN.md").exists()
        and page.name != "errors.md"
    ]


def errors_in_chinese() -> str:
    """The page of errors by code, written from the catalogue."""
    import antipoverty.errors as errors
    from antipoverty.errors.catalogue import CHINESE

    classes = {
        one.code: name
        for name in errors.__all__
        if isinstance(one := getattr(errors, name), type)
        and issubclass(one, errors.AntipovertyError)
    }
    lines = [f"| `{code}` | `{classes[code]}` | {CHINESE[code]} |" for code in sorted(classes)]
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


def gallery(language: str) -> str:
    """The page of charts, each drawn when the site is built."""
    from datetime import date

    from antipoverty import Household, Tables, Text, charts, screen, shaanxi_areas
    from antipoverty.comparison import sweep
    from antipoverty.packs import shaanxi_2531

    pack, areas, day = shaanxi_2531(), shaanxi_areas(), date(2021, 12, 1)
    villages = [one.code for one in areas if len(one.code) == 12][::997]
    people = Tables.of(
        Household(
            household_id=f"h{n}",
            area=villages[n % len(villages)],
            size=1 + n % 5,
            monitored=False,
            net_income_12m=None if n % 11 == 0 else str(9000 + 2500 * (n * 7 % 13)),
            members=(),
            records=(),
        )
        for n in range(800)
    )
    totals = screen(people, pack, as_of=day, areas=areas).totals("city")
    lines = [str(value) for value in range(3000, 9001, 1000)]
    curve = sweep(pack, people, "monitoring_line", lines, as_of=day)
    to: Any = language
    drawn = [
        ("alerts_by_area", charts.alerts_by_area(totals, to)),
        ("undecided_by_cause", charts.undecided_by_cause(totals, to)),
        ("area_map", charts.area_map(totals, to)),
        ("threshold_curve", charts.threshold_curve(curve, Text("监测线（元/人）", "the line"), to)),
    ]
    zh = language == "zh"
    head = "# 图表一览" if zh else "# Gallery of charts"
    told = (
        "每幅图由 `antipoverty.charts` 中的一个函数画出，建站时用模拟数据现画。"
        if zh
        else "Each is drawn by one function of `antipoverty.charts`, of simulated households, when "
        "this site is built."
    )
    parts = [head, "", told, ""]
    for name, chart in drawn:
        parts += [f"## `charts.{name}`", "", f"<figure>{charts.to_svg(chart)}</figure>", ""]
    return "\n".join(parts)


def on_config(config: Any, **_: Any) -> Any:
    """Build from a copy of the pages, with those that are made beside them; once for all."""
    if config["docs_dir"] == str(COPY):
        return config
    lacking = without_chinese()
    LOG.info("%d pages have no Chinese yet: %s", len(lacking), ", ".join(lacking))
    shutil.rmtree(COPY, ignore_errors=True)
    shutil.copytree(DOCS, COPY)
    made = {
        "reference/errors.zh-CN.md": errors_in_chinese(),
        "gallery.md": gallery("en"),
        "gallery.zh-CN.md": gallery("zh"),
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


def on_post_build(config: Any, **_: Any) -> None:
    """Write the index for machines, which language models read first."""
    lines = ["# antipoverty", "", "> See early which rural households fall back into poverty.", ""]
    for page in sorted(DOCS.rglob("*.md")):
        if page.name.endswith(".zh-CN.md"):
            continue
        title = re.search(r"^# (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
        path = page.relative_to(DOCS).with_suffix(".html").as_posix()
        path = "index.html" if path == "README.html" else path
        lines.append(f"- [{title[1] if title else path}]({path})")
    (Path(config["site_dir"]) / "llms.txt").write_text("\n".join([*lines, ""]), encoding="utf-8")
