"""A condition in words, Chinese or English, for those who answer for it.

The words come from the labels of the model's facts and from the pack's titles of
parameters, so a new field or parameter is named as soon as it is declared.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction

from antipoverty.conditions import tree
from antipoverty.conditions.printing import exact_text
from antipoverty.conditions.tree import Condition, Node, Rows, Value
from antipoverty.conditions.windows import Window
from antipoverty.languages import Language, Voice
from antipoverty.model import Field, Kind, Unit

_COMPARED = {
    "<": ("低于", "is below"),
    "<=": ("不高于", "is at most"),
    ">": ("超过", "is above"),
    ">=": ("达到或超过", "is at least"),
    "==": ("为", "is"),
    "!=": ("不为", "is not"),
}
_COMPARED_DAYS = {
    "<": ("早于", "is before"),
    "<=": ("不晚于", "is not after"),
    ">": ("晚于", "is after"),
    ">=": ("不早于", "is not before"),
}
_REDUCED = {
    "sum": ("合计", "the total"),
    "min": ("最小值", "the least"),
    "max": ("最大值", "the greatest"),
    "gap": ("最长间隔", "the longest gap of"),
}
_REDUCED_DAYS = {"min": ("最早日期", "the first"), "max": ("最近日期", "the last")}
_CALENDAR = {
    "month": ("当月至前一日", "the calendar month so far"),
    "quarter": ("当季至前一日", "the calendar quarter so far"),
    "year": ("当年至前一日", "the calendar year so far"),
}
_COMPLETE = {"month": "自然月", "quarter": "自然季度", "year": "自然年"}
_SPANS = {
    "days": ("{}天", "{} days"),
    "months": ("{}个月", "{} months"),
    "years": ("{}年", "{} years"),
}


class _Words(Voice):
    """The language, and the titles of the parameters in it."""

    def __init__(self, language: Language, titles: Mapping[str, str]) -> None:
        super().__init__(language)
        self.titles = titles

    def label(self, field: Field) -> str:
        return self(field.about.zh, field.about.en)


def in_words(node: Node, language: Language, titles: Mapping[str, str] | None = None) -> str:
    """Say a condition or a value in words.

    Args:
        node: The tree.
        language: ``"zh"`` or ``"en"``.
        titles: What each parameter is called in that language; its id where absent.
    """
    return _say(node, _Words(language, titles or {}))


def quantity(
    value: object,
    unit: Unit | None,
    language: Language,
    choices: Mapping[str, object] | None = None,
) -> str:
    """Write an observed value with its unit: 6,000.00元, 3 person, 2021-05-06."""
    zh = Voice(language).zh
    if isinstance(value, bool):
        return ("是" if value else "否") if zh else ("yes" if value else "no")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int | Fraction):
        unit = unit or Unit()
        exact = Fraction(value) / unit.scale
        if unit.scale == 100 and (exact * 100).denominator == 1:
            text = f"{int(exact * 100) // 100:,}.{int(exact * 100) % 100:02d}"
            if exact < 0:
                text = f"-{int(-exact * 100) // 100:,}.{int(-exact * 100) % 100:02d}"
            text = text.removesuffix(".00")
        elif exact.denominator == 1:
            text = f"{int(exact):,}"
        else:
            text = exact_text(exact) if _ends(exact) else f"{exact.numerator}/{exact.denominator}"
        if zh:
            return f"{text}{unit.zh}"
        return f"{text} {_plural(unit.en, exact)}".rstrip()
    label = (choices or {}).get(str(value))
    if isinstance(label, tuple):
        return str(label[0] if zh else label[1])
    return str(value)


def _ends(number: Fraction) -> bool:
    return not exact_text(number).startswith("ratio")


def _plural(unit: str, number: Fraction) -> str:
    head, slash, rest = unit.partition("/")
    if not head or abs(number) == 1 or head in ("yuan", "mu") or not head.isalpha():
        return unit
    return f"{'people' if head == 'person' else head + 's'}{slash}{rest}"


def _unit_of(value: Value) -> Unit | None:
    return None if value.type is None else value.type.unit


def _constant(node: Value, near: Value, words: _Words) -> str:
    """Say a constant with the unit, or the label of the word, of what it is compared with."""
    if not isinstance(node, tree.Const):
        return _say(node, words)
    unit = node.unit or _unit_of(near)
    choices = near.field.about.choices if isinstance(near, tree.Read) else None
    return quantity(node.value, unit, words.language, choices)


def _say(node: Node, words: _Words) -> str:
    if isinstance(node, Condition):
        return _say_condition(node, words)
    return _rows(node, words) if isinstance(node, Rows) else _say_value(node, words)


def _say_value(node: Node, words: _Words) -> str:  # noqa: C901 - a case a node
    match node:
        case tree.Const(value):
            return quantity(value, node.type.unit, words.language)
        case tree.Ago(0):
            return words("判定日", "the day of the answer")
        case tree.Ago(count, unit):
            span = words(*_SPANS[unit]).format(count)
            return words(f"{span}前", f"{span} ago")
        case tree.Param(id):
            return words.titles.get(id, id)
        case tree.Read(field):
            return words.label(field)
        case tree.Arithmetic(_, left, right) if node.of_days:
            one, other = _say(left, words), _say(right, words)
            return words(f"{other}至{one}的天数", f"the days from {other} to {one}")
        case tree.Arithmetic(operator, left, right):
            sides = ((left, right), (right, left))
            sign = {"+": " + ", "-": " - ", "*": " × "}[operator]
            return sign.join(_operand(operator, side, other, words) for side, other in sides)
        case tree.Count(rows):
            said = _rows(rows, words)
            return words(f"{said}数量", f"the number of {said}")
        case tree.Reduce(operator, rows, inner):
            said, value = _rows(rows, words), _say(inner, words)
            by_day = _REDUCED | _REDUCED_DAYS if _of_days(inner) else _REDUCED
            name = words(*by_day[operator])
            return words(f"{said}{value}{name}", f"{name} {value} of {said}")
        case tree.Quantile(rows, inner, share):
            said, value = _rows(rows, words), _say(inner, words)
            name = quantity(share, None, words.language)
            half = share * 2 == 1
            zh, en = "中位数" if half else f"{name}分位数", "median" if half else f"{name} quantile"
            return words(f"{said}{value}{zh}", f"the {en} {value} of {said}")
        case tree.GroupCount() | tree.GroupReduce():
            return _say_groups(node, words)
        case tree.Score():
            return _say_score(node, words)
    raise NotImplementedError(type(node).__name__)


def _groups(groups: tree.Groups, words: _Words) -> str:
    """Name what a group is: 成员编号 of 部门数据."""
    table = groups.rows.table
    label = words.label(groups.by.field)
    return words(f"{label}", f"{label} of {table.en or table.name}")


def _say_groups(node: tree.GroupCount | tree.GroupReduce, words: _Words) -> str:
    name = _groups(node.groups, words)
    if isinstance(node, tree.GroupReduce):
        said, most = _say(node.value, words), words(*_REDUCED[node.operator])
        return words(f"同一{name}的{said}的{most}", f"{most}, over each {name}, of {said}")
    if node.condition is None:
        return words(f"不同{name}的数量", f"the number of different {name}")
    said = _say(node.condition, words)
    return words(f"满足「{said}」的不同{name}的数量", f"the number of {name} with: {said}")


def _say_score(score: tree.Score, words: _Words) -> str:
    repeated = tree.periods_of(score)
    if repeated is not None:
        number, said = repeated[0], _say(repeated[1], words)
        return words(
            f"连续{number}期中「{said}」成立的期数",
            f"the number of {number} periods in a row in which {said}",
        )
    listed = words("；", "; ").join(
        f"{quantity(weight, None, words.language)} × [{_say(one, words)}]"
        for weight, one in score.items
    )
    return words(f"加权计分（{listed}）", f"the weighted score ({listed})")


def _say_condition(node: Condition, words: _Words) -> str:  # noqa: C901 - a case a node
    match node:
        case tree.Flag(field):
            return words.label(field)
        case tree.Compare(operator, left, right):
            verbs = _COMPARED | _COMPARED_DAYS if _of_days(left) else _COMPARED
            one, other = _constant(left, right, words), _constant(right, left, words)
            space = words("", " ")
            return space.join((one, words(*verbs[operator]), other))
        case tree.Among(value, among):
            return _among(value, among, words)
        case tree.Known(of):
            known = "已知" if isinstance(of, Value) else "可以判定"
            return words(f"{_whole(of, words)}{known}", f"{_whole(of, words)} is known")
        case tree.Not(tree.Known(of)):
            unknown = "未知" if isinstance(of, Value) else "无法判定"
            return words(f"{_whole(of, words)}{unknown}", f"{_whole(of, words)} is not known")
        case tree.Not(tree.Flag(field)):
            said = words.label(field)
            return words(*(field.about.no or (f"“{said}”为否", f"not {said}")))
        case tree.Not(tree.SomeGroup(groups, tree.Not(inner))):
            said, name = _say(inner, words), _groups(groups, words)
            return words(f"每一{name}的{said}", f"for each {name}: {said}")
        case tree.Not(inner):
            return words(f"并非（{_say(inner, words)}）", f"not ({_say(inner, words)})")
        case tree.And(parts):
            return _joined(parts, words, ("，且", " and "), tree.Or)
        case tree.Or(parts):
            return _joined(parts, words, ("，或", " or "), tree.And)
        case tree.SomeGroup(groups, inner):
            said, name = _say(inner, words), _groups(groups, words)
            return words(f"有同一{name}的{said}", f"for some {name}: {said}")
        case tree.Exists(rows):
            said = _rows(rows, words, verb="有")
            return words(said, f"there are {said}")
        case tree.ForAll(rows, inner):
            said, every = _rows(rows, words), _say(inner, words)
            return words(f"全部{said}均{every}", f"for all {said}: {every}")
    raise NotImplementedError(type(node).__name__)


def _of_days(value: Value) -> bool:
    return value.type is not None and value.type.kind is Kind.DATE


def _operand(operator: str, side: Value, other: Value, words: _Words) -> str:
    if isinstance(side, tree.Arithmetic) and "*" in (operator, side.operator):
        return f"({_constant(side, other, words)})"
    return _constant(side, side, words)


def _among(value: Value, among: tuple[str, ...], words: _Words) -> str:
    choices = value.field.about.choices if isinstance(value, tree.Read) else None
    listed = [quantity(word, None, words.language, choices) for word in among]
    said = "或".join(filter(None, ("、".join(listed[:-1]), listed[-1])))
    return words(f"{_say(value, words)}为{said}", f"{_say(value, words)} is {' or '.join(listed)}")


def _window(window: Window | None, words: _Words) -> str:
    if window is None:
        return ""
    if window.calendar:
        if not window.back:
            return words(*_CALENDAR[window.calendar])
        zh, en = _COMPLETE[window.calendar], f"complete calendar {window.calendar}"
        if window.back == 1:
            return words(f"上一个完整{zh}", f"the last {en}")
        return words(f"前推第{window.back}个完整{zh}", f"{en} number {window.back} back")
    span = words(*_SPANS[window.unit]).format(window.size)
    if window.back:
        earlier = words(*_SPANS[window.unit]).format(window.back)
        return words(f"截至{earlier}前的{span}", f"the {span} that ended {earlier} ago")
    return words(f"近{span}", f"the last {span}")


def _rows(rows: Rows, words: _Words, verb: str = "") -> str:
    """Say which rows are meant; in Chinese a verb goes between the window and them."""
    name = words(rows.table.zh, rows.table.en) or str(rows.table.name)
    window = _window(rows.window, words)
    kept = "" if rows.filter is None else _say(rows.filter, words)
    if words.zh:
        if kept and not _brief(rows.filter):
            kept = f"「{kept}」"
        return f"{window}{verb}{kept}{'的' if kept else ''}{name}"
    return f"{name}{f' within {window}' if window else ''}{f' ({kept})' if kept else ''}"


def _brief(node: Node | None) -> bool:
    """Whether a condition reads as one word before a noun."""
    if isinstance(node, tree.Not):
        return isinstance(node.condition, tree.Flag) and node.condition.field.about.no is not None
    return not isinstance(node, tree.And | tree.Or)


def _whole(node: Node, words: _Words) -> str:
    """Say a part, in parentheses when it is a condition of its own."""
    said = _say(node, words)
    if isinstance(node, Value | tree.Flag):
        return said
    return words(f"（{said}）", f"({said})")


def _joined(
    parts: tuple[Condition, ...], words: _Words, conjunction: tuple[str, str], inside: type[Node]
) -> str:
    said = [_whole(one, words) if isinstance(one, inside) else _say(one, words) for one in parts]
    return words(*conjunction).join(said)
