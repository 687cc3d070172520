"""What errors say: every message has its words in both languages, in one catalogue."""

from __future__ import annotations

import ast
import functools
import pickle
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import antipoverty.errors as errors
from antipoverty.codes import AreaCode
from antipoverty.errors import AntipovertyError, Phrase, phrase, phrases
from antipoverty.errors.phrases import catalogue, said
from antipoverty.model import Household, load_areas
from antipoverty.rules import pack_from_toml

SOURCE = Path(errors.__file__).parents[1]
NAMED = re.compile(r"\{(\w+)[^}]*\}")
UNSAID = {"article", "ending"}
"""What only English needs."""
RAISED = {
    name
    for name in errors.__all__
    if isinstance(one := getattr(errors, name), type) and issubclass(one, AntipovertyError)
} | {"ValueError", "UnkeptError"}
WORDED = {"phrase": 0, "refused": 1, "nothing_to_try": 1}
"""What makes a phrase of words, and which of its arguments the words are."""


@functools.cache
def pairs() -> dict[str, str]:
    """All words and their Chinese, without what codes mean."""
    return {en: zh for part, every in catalogue().items() if part != "code"
            for en, zh in every.items()}  # fmt: skip


class Module:
    """What the errors of a module say, from its source."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.tree = ast.parse(path.read_text(encoding="utf-8"))
        self.faults: list[str] = []
        self.words: set[str] = set()
        self._walk(self.tree, self.tree)

    def _walk(self, node: ast.AST, inside: ast.AST) -> None:
        for one in ast.iter_child_nodes(node):
            if isinstance(one, ast.Call):
                self._call(one, inside)
            scope = one if isinstance(one, ast.FunctionDef) else inside
            self._walk(one, scope)

    def _call(self, call: ast.Call, inside: ast.AST) -> None:
        name = ast.unparse(call.func).rpartition(".")[2]
        if name in WORDED and call.args:
            self._message(call.args[WORDED[name]], inside)
        elif name in RAISED and call.args:
            at = 1 if name == "LineError" and len(call.args) > 1 else 0
            self._message(call.args[at], inside)

    def _message(self, node: ast.expr, inside: ast.AST, seen: tuple[str, ...] = ()) -> None:
        match node:
            case ast.Constant(value=str(words)):
                self.words.add(words)
            case ast.JoinedStr() | ast.BinOp():
                self.faults.append(f"{self.path.name}:{node.lineno}: {ast.unparse(node)[:60]}")
            case ast.IfExp(body=one, orelse=other):
                self._message(one, inside, seen)
                self._message(other, inside, seen)
            case ast.BoolOp(values=every):
                for one in every:
                    self._message(one, inside, seen)
            case ast.Name(id=name) if name not in seen:
                for scope in {inside, self.tree}:
                    for one in ast.walk(scope) if scope is inside else self.tree.body:
                        if isinstance(one, ast.Assign) and any(
                            isinstance(to, ast.Name) and to.id == name for to in one.targets
                        ):
                            self._message(one.value, inside, (*seen, name))


@functools.cache
def modules() -> list[Module]:
    """Every module of the library."""
    return [Module(path) for path in sorted(SOURCE.rglob("*.py"))]


@pytest.mark.slow
def test_no_error_is_made_of_a_finished_text() -> None:
    """Words and values come apart, so that both languages can be said."""
    assert [fault for one in modules() for fault in one.faults] == []


@pytest.mark.slow
def test_no_words_lack_their_chinese() -> None:
    """All words that errors are made of anywhere stand in the catalogue."""
    every = {words for one in modules() for words in one.words if re.search("[a-z]{2}", words)}
    assert len(every) > 850
    assert sorted(every - set(pairs())) == []


@pytest.mark.slow
def test_no_pair_is_there_that_nobody_says() -> None:
    """Words that are taken out of the code take their Chinese with them."""
    every = {words for one in modules() for words in one.words}
    texts = {
        node.value
        for one in modules()
        for node in ast.walk(one.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert sorted(set(pairs()) - every - {*catalogue()["values"], *catalogue()["pydantic"]}) == []
    assert sorted(set(catalogue()["values"]) - texts) == []


def test_both_sides_say_the_same_values() -> None:
    """No value of the English is lost in Chinese but what only English needs, and none is new."""
    for en, zh in pairs().items():
        if en not in catalogue()["pydantic"]:
            assert {*NAMED.findall(en)} - UNSAID == {*NAMED.findall(zh)}, en
            assert not re.search(r"\{\w+[:!]", zh), f"Chinese takes texts, and lays out none: {zh}"
        assert re.search("[\u4e00-\u9fff]", NAMED.sub("", zh)) or len(NAMED.sub("", en)) < 8, en


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="{}"), max_size=12)


@given(TEXTS, st.integers(0, 9999), TEXTS)
def test_whatever_fills_a_phrase_stands_in_both(name: str, line: int, other: str) -> None:
    """Values are put in as they are: no sign in them is taken for a place or for words."""
    inner = phrase("{place}: {problem}", place=name, problem=phrase("it is empty"))
    found = phrase("line {line}: {problem}", line=line, problem=inner)
    assert found == f"line {line}: {name}: it is empty"
    if name not in catalogue()["values"]:
        assert found.chinese == f"第 {line} 行：{name}：是空的"
    known = catalogue()["values"].get(other, other)
    assert phrases([inner, other]).chinese == f"{inner.chinese}；{known}"
    again = pickle.loads(pickle.dumps(found))
    assert (again, again.chinese) == (found, found.chinese)


def test_a_text_with_braces_is_not_filled() -> None:
    """What was finished before is left as it is."""
    assert phrase("{place} {0} {").chinese == "{place} {0} {"
    assert phrase("{place}: {problem}", place="{x}", problem="{0}") == "{x}: {0}"


def told(make: object) -> tuple[str, str]:
    """What an error says in both languages."""
    with pytest.raises(AntipovertyError) as caught:
        make()  # type: ignore[operator]
    return caught.value.text("zh"), str(caught.value)


ENGLISH = re.compile(r"[a-z]{2,} [a-z]{2,} [a-z]{2,}")
FILE = """[pack]
id = "x"
title.zh = "包"
title.en = "p"
[sources.s]
title = "x"
[[rules]]
id = "a"
title.zh = "甲"
title.en = "a"
department = "d"
source = "s"
since = 2021-01-01
when = "any(membrs, age > 3)"
[[rules]]
id = "b"
when = "net_income_12m < 3 and"
[[rules]]
id = "c"
title.zh = "丙"
title.en = "c"
department = "d"
source = "none"
since = "yesterday"
when = "net_income_12m < param('no.line') and household_id == 'x' and sex = 1"
"""


@pytest.mark.parametrize(
    "make",
    [
        lambda: pack_from_toml(FILE),
        lambda: pack_from_toml("[pack"),
        lambda: AreaCode("61012"),
        lambda: load_areas(__file__),
        lambda: Household(household_id="h", area="610102001001").area.at("nowhere"),
        lambda: errors.one_of("zz", ("zh", "en"), "language"),
    ],
)
def test_the_chinese_of_an_error_is_chinese(make: object) -> None:
    """However deep: problems of a file, of a field, of pydantic, of the grammar of conditions."""
    zh, en = told(make)
    assert ENGLISH.search(en)
    assert not ENGLISH.search(zh), zh
    assert zh.count("\n") == en.count("\n")
    assert re.findall(r"\[[a-z-]+\]$", zh, re.MULTILINE) == re.findall(
        r"\[[a-z-]+\]$", en, re.MULTILINE
    )


def test_a_place_in_front_is_said_in_both() -> None:
    """A problem that is named within something else keeps its Chinese."""
    found = errors.InvalidRuleError("the version is text, such as '1.0'").within(
        phrase("rule {id!r}", id="a")
    )
    assert found.text("zh") == "规则 'a'：版本应为文字，如 '1.0' [invalid-rule]"
    assert said(found.message, "en") == "rule 'a': the version is text, such as '1.0'"
    assert isinstance(found.message, Phrase)
    with pytest.raises(errors.LineError, match="line 3: it is empty"):
        raise errors.LineError(3, "it is empty")
    assert errors.LineError(3, "it is empty").text("zh").startswith("第 3 行：是空的")
