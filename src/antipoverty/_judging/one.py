"""Judging one household: the reference answer, with what it rests on, in words.

Every other way to screen gives each household the verdicts that `judge` gives it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import attrs

from antipoverty._base.days import days
from antipoverty._base.frozen import Frozen
from antipoverty._base.notebook import fragment
from antipoverty._policy.amounts import Stated
from antipoverty._policy.ladders import Placed
from antipoverty._policy.pack import InForce, Pack
from antipoverty._policy.parts import ParameterValue, Rule
from antipoverty._policy.succession import placed
from antipoverty.conditions import (
    Evidence,
    Language,
    Node,
    Rows,
    Setting,
    Truth,
    Value,
    Worked,
    derivations,
    evidence,
    in_words,
    params_read,
    quantity,
    tables_read,
    truth,
    unsettled,
)
from antipoverty.conditions import tree as nodes
from antipoverty.conditions.derived import sources_derived
from antipoverty.conditions.unseen import held_rows
from antipoverty.errors import Choice, MissingTableError, one_of, phrase
from antipoverty.languages import Voice, current
from antipoverty.model import AreaTree, Household, Schema, Unit


class Verdict(Choice):
    """The answer of a rule for a household: three, for a missing fact is not a no."""

    WARN = "warn"
    CLEAR = "clear"
    UNDECIDED = "undecided"

    @property
    def zh(self) -> str:
        """The verdict in Chinese."""
        return {"warn": "预警", "clear": "正常", "undecided": "待核实"}[self.value]

    @property
    def held(self) -> Truth:
        """The truth of the rule's condition."""
        return {"warn": True, "clear": False, "undecided": None}[self.value]

    @classmethod
    def of(cls, held: Truth) -> Verdict:
        """Turn the truth of a rule's condition into a verdict."""
        return cls.UNDECIDED if held is None else cls.WARN if held else cls.CLEAR


@attrs.frozen(repr=False)
class Alert:
    """One rule's answer for one household (预警线索): a clue, not an entry.

    `judge` gives those that are not clear; `judge_rule` gives a clear one as well.

    Attributes:
        household_id: The household, by its opaque id.
        area: Its village or group grid.
        rule: The rule.
        verdict: `WARN`, `UNDECIDED` where a fact is missing, or `CLEAR`.
        evidence: The comparisons the verdict rests on, with the values observed.
        missing: The facts that would settle an undecided one, by path.
        parameters: The values of the parameters the rule read, with their sources.
        as_of: The day the answer is for.
        pack: The policy.
        undelivered: For each missing sort of row that nobody has looked for, the last day.
        derived: The derived facts that the rule reads, with what they were derived from.
        amount: What the rule states of the household; ``None`` where it states nothing.
    """

    household_id: str
    area: str
    rule: Rule
    verdict: Verdict
    evidence: tuple[Evidence, ...]
    missing: tuple[str, ...]
    parameters: Mapping[str, ParameterValue]
    as_of: date
    pack: Pack
    undelivered: Mapping[str, date] = Frozen()
    derived: tuple[Worked, ...] = ()
    amount: Stated | None = None

    def __repr__(self) -> str:
        mark = " (illustrative)" if self.illustrative else ""
        return f"<Alert {self.household_id} {self.rule_id}: {self.verdict.value}{mark}>"

    @property
    def rule_id(self) -> str:
        """The rule's permanent id."""
        return self.rule.id

    @property
    def illustrative(self) -> bool:
        """Whether the rule, or a value or derived fact it read, is not published policy there."""
        values = self.parameters.values()
        sources = [self.rule.source, *(one.source for one in values)]
        return any(one.illustrative for one in (*sources, *sources_derived(*self.rule.trees)))

    def explain(self, language: Language | None = None) -> str:
        """Say what was found, against which threshold, and who set it.

        The text shows amounts of the household: it is for those who handle the case.
        """
        language = current(language)
        return _Explanation(self, language).text()

    def to_dict(self, language: Language | None = None) -> dict[str, Any]:
        """Give the alert as plain data, with its explanation."""
        language = current(language)
        return {
            "household_id": self.household_id,
            "area": self.area,
            "rule_id": self.rule_id,
            "verdict": self.verdict.value,
            "department": self.rule.department,
            "severity": self.rule.severity.value,
            "missing": list(self.missing),
            "as_of": self.as_of.isoformat(),
            "pack": self.pack.id,
            "illustrative": self.illustrative,
            "amount": None if self.amount is None else self.amount.to_dict(),
            "explanation": self.explain(language),
        }


@attrs.frozen(repr=False)
class Judgement:
    """The answers of all rules for one household.

    Attributes:
        household_id: The household.
        verdicts: The verdict of every rule in force where it lives, by rule id.
        alerts: Every answer that is not clear, as a screening has them: those that warn,
            most severe first, and then the undecided.
        tiers: Where the household stands on each ladder in force there, by the ladder's id.
    """

    household_id: str
    verdicts: Mapping[str, Verdict]
    alerts: tuple[Alert, ...]
    tiers: Mapping[str, Placed] = Frozen()

    @property
    def warned(self) -> tuple[Alert, ...]:
        """The rules that warn."""
        return tuple(one for one in self.alerts if one.verdict is Verdict.WARN)

    @property
    def undecided(self) -> tuple[Alert, ...]:
        """The rules that a missing fact leaves open: each is a visit for a keeper."""
        return tuple(one for one in self.alerts if one.verdict is Verdict.UNDECIDED)

    def __iter__(self) -> Iterator[Alert]:
        return iter(self.alerts)

    def __repr__(self) -> str:
        return (
            f"<Judgement {self.household_id}: {len(self.warned)} warn, "
            f"{len(self.undecided)} undecided, of {len(self.verdicts)} rules>"
        )

    def _repr_html_(self) -> str:
        """Show a notebook each answer that is not clear, without amounts."""
        rows = [
            (
                one.verdict.zh,
                one.rule.title.zh,
                one.rule.title.en,
                one.rule_id,
                ", ".join(fact_label(one.pack, path, "zh") for path in one.missing),
            )
            for one in self.alerts
        ]
        return fragment(repr(self), ("结论", "规则", "rule", "id", "缺少 missing"), rows)

    def explain(self, language: Language | None = None) -> str:
        """Explain every alert and undecided rule."""
        language = current(language)
        say = Voice(language)
        told = [one.explain(language) for one in self.alerts]
        told = told or [say("无预警。", "No rule warns and none is undecided.")]
        for one in self.tiers.values():
            title = one.ladder.title[say.language]
            told.append(say(f"{title}：", f"{title}: ") + one.said(language))
        return "\n\n".join(told)


@days
def judge(
    household: Household,
    pack: Pack,
    *,
    as_of: date,
    areas: AreaTree | None = None,
    unplaced: Mapping[str, tuple[Any, ...]] | None = None,
) -> Judgement:
    """Judge one household by every rule in force on a day: the reference.

    Args:
        household: The household with its members and records; a table that a rule reads
            is ``()`` when there are no rows, and never ``None``.
        pack: The policy.
        as_of: The day the answer is for; windows end the day before it.
        areas: The known areas; with them a code that ended is followed to its successor.
        unplaced: By child table the rows that came without a household and may be this one's.

    Raises:
        InvalidArgumentError: It is no household, or lacks facts of the pack's model.
        UnknownAreaError: The areas have no such code on that day, and not one successor.
        AreaNotCoveredError: The household lives outside the pack's area.
        MissingTableError: A rule reads a child table that was not supplied.
        ParameterNotSetError: A parameter has no value for that day.
    """
    pack, household = placed(household, pack, as_of, areas)
    current = pack.on(as_of)
    setting = current.setting(household.area)
    if unplaced:
        setting = attrs.evolve(setting, unplaced=unplaced)
    verdicts: dict[str, Verdict] = {}
    found: list[Alert] = []
    for rule in current.rules:
        if not rule.covers(household.area):
            continue
        try:
            verdicts[rule.id] = Verdict.of(truth(rule.when, household, setting))
        except MissingTableError as problem:
            raise MissingTableError(
                "rule {id!r}: {problem}", id=rule.id, problem=problem.message
            ) from None
        if verdicts[rule.id] is not Verdict.CLEAR:
            found.append(_alert(household, rule, verdicts[rule.id], current, setting))
    found.sort(
        key=lambda a: (
            a.verdict is Verdict.UNDECIDED,
            -a.rule.severity.rank,
            a.rule_id,
        )
    )
    tiers = {
        one.id: one.place(household, setting)
        for one in current.ladders
        if one.covers(household.area)
    }
    return Judgement(household.household_id, Frozen(verdicts), tuple(found), Frozen(tiers))


@days
def judge_rule(
    household: Household,
    pack: Pack,
    rule_id: str,
    *,
    as_of: date,
    areas: AreaTree | None = None,
) -> Alert:
    """Judge one household by one rule, and say what the answer rests on even when it is clear.

    Raises:
        InvalidArgumentError: The pack has no such rule in force there on that day.
        UnknownAreaError: The areas have no such code on that day, and not one successor.
        AreaNotCoveredError: The household lives outside the pack's area.
        MissingTableError: The rule reads a child table that was not supplied.
        ParameterNotSetError: A parameter has no value for that day.
    """
    pack, household = placed(household, pack, as_of, areas)
    current = pack.on(as_of)
    setting = current.setting(household.area)
    rules = {rule.id: rule for rule in current.rules if rule.covers(household.area)}
    one_of(
        rule_id, rules, phrase("rule of {id!r} in force there on {as_of}", id=pack.id, as_of=as_of)
    )
    rule = rules[rule_id]
    return _alert(
        household, rule, Verdict.of(truth(rule.when, household, setting)), current, setting
    )


def _alert(
    household: Household, rule: Rule, verdict: Verdict, current: InForce, setting: Setting
) -> Alert:
    missing = unsettled(rule.when, household, setting)
    lapsed = _lapsed(rule, household, setting, current.pack.schema, missing)
    return Alert(
        household_id=household.household_id,
        area=household.area,
        rule=rule,
        verdict=verdict,
        evidence=evidence(rule.when, household, setting),
        missing=tuple(sorted(missing)),
        parameters=Frozen(
            {name: current.value(name, household.area) for name in params_read(*rule.trees)}
        ),
        as_of=current.day,
        pack=current.pack,
        undelivered=Frozen(lapsed),
        derived=derivations(rule.trees, household, setting),
        amount=None if rule.amount is None else rule.amount.of(household, setting, verdict.held),
    )


def _lapsed(
    rule: Rule, household: Household, setting: Setting, schema: Schema, missing: frozenset[str]
) -> dict[str, date]:
    """For each missing sort of row the last day that a rule asks about and nobody looked at."""
    found: dict[str, date] = {}
    for name in tables_read(rule.when):
        asked = [
            one for one in rule.when.walk() if isinstance(one, Rows) and one.table.name == name
        ]
        for held in held_rows(schema.tables[name], household, setting):
            if held.missing not in missing or held.until is None:
                continue
            spell = held.since, held.until, setting.as_of
            if any(one.window is None or one.window.touches(*spell) for one in asked):
                found[held.missing] = max(held.until, found.get(held.missing, held.until))
    return found


def fact_label(pack: Pack, path: str, language: Language) -> str:
    """Say which fact a path means, ``members.age`` as 成员的年龄, or give the path back."""
    say = Voice(language)
    if path in pack.schema.tables:
        what = pack.schema.tables[path]
        if what.roster is not None:
            return say(f"{what.zh}名单不全", f"{what.en} who did not come")
        return say(f"未能归户的{what.zh}", f"{what.en} that name no household")
    if path.endswith("]"):
        table, _, sort = path[:-1].partition("[")
        rows = pack.schema.tables[table]
        zh, en = rows.fields[str(rows.sort)].about.choices.get(sort, (sort or "其他", sort))
        return say(f"未交付的{rows.zh}“{zh}”", f"{rows.en} of {en or 'other'} not delivered")
    table, _, name = path.rpartition(".")
    if table and table not in pack.schema.tables:
        return path
    owner = pack.schema.table(table or None)
    field = owner.fields.get(name)
    if field is None:
        return path
    zh, en = field.about.zh, field.about.en
    return say(f"{owner.zh}的{zh}" if table else zh, f"{en} of {owner.en}" if table else en)


class _Explanation:
    """Writes an alert out, line by line, in one language."""

    def __init__(self, alert: Alert, language: Language) -> None:
        self.say = Voice(language)
        self.alert = alert
        self.language = self.say.language
        self.titles = alert.pack.titles(language)

    def text(self) -> str:
        alert, rule = self.alert, self.alert.rule
        severity = self.say(rule.severity.zh, rule.severity.value)
        verdict = self.say(alert.verdict.zh, alert.verdict.value)
        department = alert.pack.department(rule.department, self.language)
        head = self.say(
            f"【{verdict}·{severity}】{rule.title.zh}（{rule.id}）",
            f"[{verdict}, {severity}] {rule.title.en} ({rule.id})",
        )
        lines = [
            head,
            self.say(
                f"  户码 {alert.household_id}，部门：{department}，判定日 {alert.as_of}",
                f"  household {alert.household_id}, department: {department}, as of {alert.as_of}",
            ),
            self.say("  标准：", "  rule: ") + in_words(rule.when, self.language, self.titles),
        ]
        lines += [f"  {self._evidence(one)}" for one in alert.evidence]
        if alert.missing:
            facts = self.say("、", ", ").join(self._fact(path) for path in alert.missing)
            lines.append(self.say(f"  缺少：{facts}。请入户核实。", f"  missing: {facts}; verify"))
        lines += [f"  {self._derived(one)}" for one in alert.derived]
        if alert.amount is not None:
            lines.append(f"  {self._amount(alert.amount)}")
        lines += [f"  {self._parameter(name)}" for name in alert.parameters]
        lines.append(self.say("  依据：", "  source: ") + self._source(rule.source))
        if rule.advice:
            lines.append(self.say("  建议：", "  advice: ") + rule.advice[self.language])
        return "\n".join(lines)

    def _source(self, source: Any) -> str:
        grade = f" [{source.grade}]" if source.grade else ""
        mark = self.say("（示例，非政策）", " (illustrative, not policy)")
        said = source.note[self.language]
        note = self.say("；", "; ") + said if said else ""
        return f"{source.title[self.language]}{grade}{mark if source.illustrative else ''}{note}"

    def _parameter(self, name: str) -> str:
        value = self.alert.parameters[name]
        unit = self.alert.pack.parameters[name].unit
        until = str(value.until) if value.until else self.say("未定", "open")
        since = self.say("不限", "always") if value.since == date.min else str(value.since)
        source = self._source(value.source)
        said = f"{self.titles[name]} = {quantity(value.value, unit, self.language)}"
        return self.say(
            f"参数：{said}（{since} – {until}；{source}）",
            f"parameter: {said} ({since} – {until}; {source})",
        )

    def _derived(self, one: Worked) -> str:
        derive, own = one.field.about.derive, one.field.table is None
        assert derive is not None  # noqa: S101 - it is a derived fact
        read = nodes.read(self.alert.pack.schema.table(one.field.table), one.field.name)
        told = [
            in_words(node, self.language, self.titles)
            + (f" = {self._told(node, ends)}" if own else "")
            for node, ends in one.given
        ]
        label = fact_label(self.alert.pack, one.field.path, self.language)
        value = f" = {self._told(read, one.value)}" if own else ""
        listed = self.say("；", "; ").join(told)
        source = self._source(derive.source)
        return self.say(
            f"推算：{label}{value}，据：{listed}（算法版本 {derive.version}；{source}）",
            f"derived: {label}{value}, from {listed} (version {derive.version}; {source})",
        )

    def _told(self, node: Node, ends: Any) -> str:
        if isinstance(node, Value) or ends is None:
            return self._value(node, ends, node)
        return quantity(ends[0], None, self.language)

    def _amount(self, stated: Stated) -> str:
        assert self.alert.rule.amount is not None  # noqa: S101 - it states what it has
        words = in_words(self.alert.rule.amount.value, self.language, self.titles)
        found = stated.said(self.language)
        lacks = self.say("、", ", ").join(self._fact(path) for path in stated.missing)
        open_ = self.say(f"（缺少：{lacks}）", f" (missing: {lacks})") if lacks else ""
        return self.say(f"金额：{words} → {found}", f"amount: {words} → {found}") + open_

    def _fact(self, path: str) -> str:
        label = fact_label(self.alert.pack, path, self.language)
        until, area = self.alert.undelivered.get(path), self.alert.area
        if until is None:
            return label
        return label + self.say(f"（{area}，至{until}）", f" for {area}, up to {until}")

    def _evidence(self, one: Evidence) -> str:
        words = in_words(one.condition, self.language, self.titles)
        answer = self.say(
            {True: "成立", False: "不成立", None: "无法判定"}[one.held],
            {True: "yes", False: "no", None: "cannot be decided"}[one.held],
        )
        shown = self._shown(one)
        listed = self.say("、", ", ").join(one.rows[:10])
        rows = self.say("，记录 ", "; rows ") + listed if one.rows else ""
        more = self._aside(f"+{len(one.rows) - 10}") if len(one.rows) > 10 else ""
        return self.say("事实：", "fact: ") + f"{words} → {answer}{shown}{rows}{more}"

    def _shown(self, one: Evidence) -> str:
        match one.condition:
            case nodes.Compare(operator, left, right):
                value = self._value(left, one.observed, right)
                other = self._value(right, one.threshold, left)
                sign = {"==": "=", "!=": "≠", "<=": "≤", ">=": "≥"}.get(operator, operator)
                between = f" {sign} " if one.held else self.say("，对照", " against ")
                return self._aside(f"{value}{between}{other}")
            case nodes.Among(value) if one.observed is not None:
                return self._aside(self._value(value, one.observed, value))
        return ""

    def _aside(self, words: str) -> str:
        return self.say(f"（{words}）", f" ({words})")

    def _value(self, node: Any, ends: Any, other: Any) -> str:
        if ends is None:
            return self.say("未知", "not known")
        units = [side.type.unit for side in (node, other) if side.type and side.type.unit]
        unit: Unit | None = max(units, key=lambda u: len(u.powers), default=None)
        choices = node.field.about.choices if isinstance(node, nodes.Read) else None
        low, high = (quantity(end, unit, self.language, choices) for end in ends)
        return low if low == high else self.say(f"{low}至{high}", f"{low} to {high}")
