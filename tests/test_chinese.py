"""One Chinese: one word for one thing, and Chinese signs between Chinese words.

Over both catalogues, the Chinese pages, and every text in two languages of the source.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "antipoverty"
HAN = "\u4e00-\u9fff"
FORBIDDEN = {
    r"(?<![每一二两三四五六七八九十百千万几这那各多数0-9 ])个案(?!例|件)": "案 (case)",
    r"(?<!国家)秘密": "密值 (what a notice commits to)",
    "抽取名单|抽样名单": "抽样框 (frame)",
    "抽签回执": "回执 (receipt)",
    "附加组件|附加件|附加依赖": "可选部件 (extra)",
    "计分簿|计分册": "计分",
    "读不了|说不了|不认识": "无法读取、不能说明、无法识别",
    "别人先改|什么都没有(写入|读取|装入)": "他人已先行改动；未写入任何内容",
    "时间窗|窗口期": "时间段 (window)",
    "撤消|帐号|帐户|登陆|阀值|阙值": "撤销、账号、账户、登录、阈值 (misspelt)",
    "梯度": "认定顺序 (ladder)",
    "(?<!交付)台账": "登记库 (register), 计分明细 (ledger), 交付台账 (deliveries)",
    "红黑榜": "表扬、批评 (no source calls the notices so)",
}
"""What is not written, and what is."""
SIGNS = {
    f"[{HAN}”）][,;:?!](?=[{HAN}“（])": "a sign of English between Chinese words",
    f"[{HAN}]\\.(?=$|[{HAN}])": "a full stop of English after a Chinese word",
    "[，。；：、？！]{2,}": "two signs in a row",
    f"(?<=[{HAN}]) +[，。；：、？！）]|[（“] +(?=[{HAN}])": "a blank beside a Chinese sign",
    f"[{HAN}][\"'](?=[{HAN}])": "a straight quotation mark between Chinese words",
    f"\\((?=[{HAN}][^()]*[{HAN}]\\)(?=[{HAN}，。；]|$))": "round brackets of English",
}
FORMS = re.compile(r"\w+:期号|dice:地点|index:指数|nist:日期|score\(\(权重")
"""How something is typed, which has signs of English."""


def catalogue(name: str) -> Iterator[tuple[str, str]]:
    """The Chinese of a catalogue, by its English."""
    told = tomllib.loads((SOURCE / name / "chinese.toml").read_text(encoding="utf-8"))
    for part in told.values():
        yield from part.items()


def page(path: Path) -> Iterator[tuple[str, str]]:
    """The lines of a page without code and without what is named as code."""
    coded = False
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.lstrip().startswith("```"):
            coded = not coded
        elif not coded:
            yield f"line {number}", re.sub(r"`[^`]*`|\]\([^)]*\)", "_", line)


def texts(path: Path) -> Iterator[tuple[str, str]]:
    """The Chinese of each `Text` of a module whose two sides stand there."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("Text", "say"):
            given = [*node.args, *(one.value for one in node.keywords if one.arg == "zh")]
            if given and isinstance(given[0], ast.Constant) and isinstance(given[0].value, str):
                yield f"line {node.lineno}", given[0].value


def everything() -> dict[str, list[tuple[str, str]]]:
    """All Chinese that people read, by the file it stands in."""
    found = {f"{name}/chinese.toml": [*catalogue(name)] for name in ("errors", "cli")}
    pages = [*(ROOT / "docs").rglob("*.zh-CN.md"), ROOT / "README.zh-CN.md"]
    found |= {str(one.relative_to(ROOT)): [*page(one)] for one in pages}
    found |= {str(one.relative_to(ROOT)): [*texts(one)] for one in SOURCE.rglob("*.py")}
    return {name: said for name, said in found.items() if said}


EVERYTHING = everything()


@pytest.mark.parametrize("patterns", [FORBIDDEN, SIGNS], ids=["words", "signs"])
def test_chinese_is_written_in_one_way(patterns: dict[str, str]) -> None:
    """Each place that is written otherwise is named, with what is written there instead."""
    wrong = [
        f"{name}, {where}: {found.group()!r} in {said[:60]!r}: {instead}"
        for name, lines in EVERYTHING.items()
        if "terms.zh-CN" not in name
        for where, said in lines
        if not FORMS.search(said)
        for pattern, instead in patterns.items()
        for found in re.finditer(pattern, said)
    ]
    assert not wrong, "\n".join(wrong)


def test_all_of_it_is_looked_at() -> None:
    """Both catalogues, every page, and texts of the source: some thousands."""
    assert len(EVERYTHING["errors/chinese.toml"]) > 1000
    assert len(EVERYTHING["cli/chinese.toml"]) > 600
    assert sum(name.endswith(".md") for name in EVERYTHING) > 50
    assert sum(len(said) for name, said in EVERYTHING.items() if name.endswith(".py")) > 500


@pytest.mark.parametrize(
    "said",
    [
        "该户,已剔除",
        "金额 。",
        "每一个案已立，个案有三",
        "“ 预警”",
        '他说"是"的',
        "已结案.",
        "标准(示例)，见下",
    ],
)
def test_what_is_forbidden_is_found(said: str) -> None:
    """The patterns are no empty net."""
    assert any(re.search(one, said) for one in (*FORBIDDEN, *SIGNS))


def test_a_term_of_the_catalogue_is_translated_in_one_way() -> None:
    """A word that stands alone in several parts of the catalogues has one Chinese, or is listed."""
    alone: dict[str, set[str]] = {}
    for name in ("errors", "cli"):
        for english, chinese in catalogue(name):
            if re.fullmatch(r"[a-z][a-z ]{2,20}", english):
                alone.setdefault(english, set()).add(chinese)
    several = {english: sorted(found) for english, found in alone.items() if len(found) > 1}
    assert several == {"missing": ["缺失", "缺少这一项"], "kind": ["数据项", "种类"]}
