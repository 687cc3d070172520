"""The data dictionary (数据字典): every column a table may have, and which rules read it.

It is made from the model and the pack, so that it cannot say other than they do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import attrs

from antipoverty._base.frozen import Frozen
from antipoverty._base.provenance import Text
from antipoverty._intake.mapping import HOUSEHOLDS
from antipoverty.conditions import fields_read, tables_read
from antipoverty.model import Field, Kind, Money, TableSchema
from antipoverty.rules import Pack

TYPES: Mapping[Kind, Text] = Frozen(
    {
        Kind.NUMBER: Text("整数", "whole number"),
        Kind.FLAG: Text("是否", "yes or no"),
        Kind.TEXT: Text("文本", "text"),
        Kind.DATE: Text("日期", "day"),
    }
)
MONEY = Text("金额", "amount")
WORD = Text("选项", "word of a list")


@attrs.frozen
class Entry:
    """One column of a table (数据项).

    Attributes:
        table: The table, as files are called: ``households``, ``members`` ...
        field: The column.
        rules: The ids of the rules that read it, sorted.
        key: Whether every row has it: what names, places or sorts the row.
        own_id: Whether it is the id that a row of a child table has of its own.
    """

    table: str
    field: Field
    rules: tuple[str, ...]
    key: bool
    own_id: bool = False

    @property
    def title(self) -> str:
        """What a form calls it: the Chinese title, with the unit in brackets."""
        return title_of(self.field)

    @property
    def money(self) -> bool:
        """Whether it is an amount, which tables hold in fen and people write in yuan."""
        return self.field.about.unit.scale == 100

    @property
    def type(self) -> Text:
        """What sort of value it holds."""
        if self.field.about.choices:
            return WORD
        return MONEY if self.money else TYPES[self.field.kind]

    @property
    def low(self) -> str:
        """The least value, in its unit; empty without one."""
        return self._bound(self.field.about.low)

    @property
    def high(self) -> str:
        """The greatest value, in its unit; empty without one."""
        return self._bound(self.field.about.high)

    def _bound(self, value: int | None) -> str:
        if value is None:
            return ""
        return str(Money(value)).removesuffix(".00") if self.money else str(value)

    @property
    def words(self) -> Mapping[str, Text]:
        """The words it may be, by code; of a yes or no, both."""
        about = self.field.about
        if about.choices:
            return Frozen({word: Text(*said) for word, said in about.choices.items()})
        if self.field.kind is Kind.FLAG:
            return Frozen({"true": Text("是", "yes"), "false": Text("否", "no")})
        return Frozen()


def title_of(field: Field) -> str:
    """What a form calls a column: 近12个月纯收入(元)."""
    unit = field.about.unit.zh
    return f"{field.about.zh}({unit})" if unit else field.about.zh


def data_dictionary(pack: Pack) -> tuple[Entry, ...]:
    """List every column of every table that a pack's model has, with the rules that read it.

    Args:
        pack: The policy.

    Returns:
        The columns in the model's order, households first. A child table has the
        ``household_id`` of its rows before its own columns.
    """
    readers: dict[str, list[str]] = {}
    for rule in pack.rules.values():
        for path in fields_read(*rule.trees):
            readers.setdefault(path, []).append(rule.id)
    tables = (pack.schema.household, *pack.schema.tables.values())
    return tuple(one for table in tables for one in _entries(table, pack.schema.household, readers))


def _entries(
    table: TableSchema, household: TableSchema, readers: Mapping[str, list[str]]
) -> Iterator[Entry]:
    name = table.name or HOUSEHOLDS
    if table.name:
        yield Entry(name, household.fields[household.key], (), key=True)
    for field in table.fields.values():
        rules = tuple(sorted(readers.get(field.path, ())))
        own_id = table.name is not None and field.name == table.key
        yield Entry(name, field, rules, key=field.required, own_id=own_id)


def tables_needed(pack: Pack) -> tuple[str, ...]:
    """The tables that rules of a pack read, households first."""
    read = {table for rule in pack.rules.values() for table in tables_read(*rule.trees)}
    return (HOUSEHOLDS, *(table for table in pack.schema.tables if table in read))


def as_markdown(pack: Pack) -> str:
    """Write the data dictionary of a pack as a page, in Chinese and English."""
    lines = [
        f"# 数据字典 / Data dictionary: {pack.title.zh} / {pack.title.en}",
        "",
        f"由模型和规则包 `{pack.id}` 生成，请勿手改："
        f"`antipoverty template --pack {pack.id} --out data-dictionary.md`。",
        "Made from the model and the pack; do not edit.",
        "",
        "金额在数据表里以整分存放（Int64），在采集表里以元填写。空值是“未知”，不是零，也不是“否”。",
        "Amounts are whole fen in tables and yuan in forms. Null is *not known*: not zero, not no.",
    ]
    entries = data_dictionary(pack)
    needed = tables_needed(pack)
    for table in dict.fromkeys(entry.table for entry in entries):
        schema = pack.schema.table(None if table == HOUSEHOLDS else table)
        read = "" if table in needed else "（没有规则读取 / no rule reads it）"
        lines += [
            "",
            f"## {schema.zh} / {table}{read}",
            "",
            "| 列 column | 中文 | English | 类型 type | 单位 unit | 范围 bounds | 选项 words "
            "| 规则 rules |",
            "|---|---|---|---|---|---|---|---|",
            *(_row(entry) for entry in entries if entry.table == table),
        ]
    return "\n".join(lines) + "\n"


def _row(entry: Entry) -> str:
    about = entry.field.about
    name = f"`{entry.field.name}`"
    marks = ["必填 required"] * entry.key + ["个人信息，规则不读 personal"] * about.personal
    bounds = f"{entry.low} – {entry.high}" if entry.low or entry.high else ""
    words = "；".join(f"`{word}` {said.zh} {said.en}" for word, said in entry.words.items())
    unit = f"{about.unit.zh} {about.unit.en}".strip()
    cells = [
        name + "".join(f"<br>{mark}" for mark in marks),
        about.zh,
        about.en,
        f"{entry.type.zh} {entry.type.en}",
        unit,
        bounds,
        words,
        _listed(entry.rules),
    ]
    return "| " + " | ".join(cells) + " |"


def _listed(rules: Iterable[str]) -> str:
    return " ".join(f"`{rule}`" for rule in rules)
