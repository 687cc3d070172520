"""A proof says what was claimed, what came out, within which bounds, and shows a household.

``proved`` is said of every household within the bounds; ``refuted`` comes with a household
that `judge` has confirmed; ``unknown`` means that the solver did not answer in its time,
and is never read as proved; nor is ``vacuous``, which is said of a claim that nothing refutes
because no household is as it supposes.
"""

from __future__ import annotations

import enum
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from typing import Any

import attrs

from antipoverty._base.frozen import Frozen
from antipoverty.conditions import Language, fields_read, quantity
from antipoverty.errors import one_of
from antipoverty.languages import current
from antipoverty.model import Household, TableSchema
from antipoverty.rules import Pack, Verdict


class Outcome(enum.Enum):
    """What came of a claim."""

    PROVED = "proved"
    REFUTED = "refuted"
    UNKNOWN = "unknown"
    VACUOUS = "vacuous"

    @property
    def zh(self) -> str:
        """The outcome in Chinese."""
        return _OUTCOMES[self.value]


_OUTCOMES = {"proved": "已证明", "refuted": "已否定", "unknown": "未能判定", "vacuous": "无从检验"}


class Claim(enum.Enum):
    """What is claimed of all households."""

    NEVER_WARNS = "never-warns"
    IMPLIES = "implies"
    EXCLUSIVE = "exclusive"
    COVERS = "covers"
    COVERS_OR_ASKS = "covers-or-asks"
    MONOTONE = "monotone"
    EQUAL = "equal"


_SAID = {
    Claim.NEVER_WARNS: ("{0} 从不预警", "{0} never warns"),
    Claim.IMPLIES: ("{0} 预警时 {1} 必预警", "whenever {0} warns, {1} warns too"),
    Claim.EXCLUSIVE: ("{0} 与 {1} 从不同时预警", "{0} and {1} never warn at once"),
    Claim.COVERS: (
        "凡符合“{detail}”的农户，{rules} 中至少一条预警",
        "of {rules} at least one warns wherever `{detail}` holds",
    ),
    Claim.COVERS_OR_ASKS: (
        "凡符合“{detail}”的农户，{rules} 中至少一条预警或待核实",
        "of {rules} at least one warns or is undecided wherever `{detail}` holds",
    ),
    Claim.MONOTONE: (
        "{0}：{detail} 变差或变为未知，不会撤销预警",
        "{0}: a worse {detail}, or one that is not known, never clears a warning",
    ),
    Claim.EQUAL: ("{0} 与 {1} 的结论处处相同", "{0} and {1} always answer the same"),
}


@attrs.frozen
class Bounds:
    """Within what a proof holds.

    Besides these, each number lies in its field's bounds, each text is one of its field's
    words, each day is a day of the calendar, and each fact that a household need not have
    may be missing. Tables are supplied, empty where there is no row.

    Attributes:
        since: The first day of the answer that was asked about.
        until: The last.
        places: The areas asked about: those where parameters have values of their own.
        rows: For each child table how many rows a household has at most.
        enough: The child tables for which more rows would change nothing.
        seconds: How long the solver might take for one question.
    """

    since: date
    until: date
    places: tuple[str, ...]
    rows: Mapping[str, int]
    enough: frozenset[str]
    seconds: int

    @property
    def complete(self) -> bool:
        """Whether it holds for any number of rows."""
        return self.enough >= set(self.rows)

    def explain(self, language: Language | None = None) -> str:
        """Say it in words."""
        language = current(language)
        zh = one_of(language, ("zh", "en"), "language") == "zh"
        days = str(self.since) if self.since == self.until else f"{self.since} – {self.until}"
        places = ", ".join(place or ("不限" if zh else "any area") for place in self.places)
        parts = [f"判定日 {days}" if zh else f"as of {days}", f"{'地区' if zh else 'in'} {places}"]
        for table, number in sorted(self.rows.items()):
            if table in self.enough:
                parts.append(f"{table} 行数不限" if zh else f"any number of {table}")
            else:
                parts.append(f"{table} 至多 {number} 行" if zh else f"at most {number} {table}")
        return ("范围：" if zh else "within: ") + ("；" if zh else "; ").join(parts)


@attrs.frozen(repr=False)
class Proof:
    """The answer to one claim.

    Attributes:
        claim: What is claimed.
        rules: The ids of the rules it is about.
        outcome: Proved, refuted, unknown or vacuous.
        within: The bounds.
        pack: The policy.
        detail: The fact that gets worse, or the stated condition; else empty.
        witness: A household that refutes it, confirmed by `judge`.
        beside: For a fact that gets worse, the same household with the worse fact.
        verdicts: What the rules say of the witness; of the one beside it for a fact that
            gets worse, under the rule's id followed by ``'``.
        as_of: The day on which the witness is judged so.
        unmet: For a vacuous claim the rules that never warn, or the condition that never
            holds, so that there is nobody of whom it says anything.
    """

    claim: Claim
    rules: tuple[str, ...]
    outcome: Outcome
    within: Bounds
    pack: Pack
    detail: str = ""
    witness: Household | None = None
    beside: Household | None = None
    verdicts: Mapping[str, Verdict] = Frozen()
    as_of: date | None = None
    unmet: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether the claim is proved; unknown is not, nor is vacuous."""
        return self.outcome is Outcome.PROVED

    def __repr__(self) -> str:
        return f"<Proof {self.claim.value} {', '.join(self.rules)}: {self.outcome.value}>"

    def explain(self, language: Language | None = None) -> str:
        """Say what was claimed and what came out, with the witness; every amount is invented."""
        language = current(language)
        zh = one_of(language, ("zh", "en"), "language") == "zh"
        said = _SAID[self.claim][0 if zh else 1]
        rules = ("、" if zh else ", ").join(self.rules)
        claim = said.format(*self.rules, detail=self.detail, rules=rules)
        outcome = self.outcome.zh if zh else self.outcome.value
        lines = [f"【{outcome}】{claim}" if zh else f"[{outcome}] {claim}"]
        lines.append(f"  {self.within.explain(language)}")
        if self.unmet:
            names = ("、" if zh else ", ").join(self.unmet)
            nobody = f"没有这样的农户：{names}；这一命题什么也没说明"
            lines.append(
                f"  {nobody if zh else f'no household is so: {names}; the claim says nothing'}"
            )
        if self.witness is not None:
            head = "反例（虚构农户）" if zh else "witness (an invented household)"
            verdicts = ("，" if zh else ", ").join(
                f"{rule} {verdict.zh if zh else verdict.value}"
                for rule, verdict in self.verdicts.items()
            )
            lines.append(f"  {head}, {self.as_of}: {verdicts}")
            lines += [f"    {line}" for line in self._facts(self.witness, language)]
        if self.beside is not None and self.witness is not None:
            before = set(self._facts(self.witness, language))
            lines.append("  变差后：" if zh else "  and with the worse fact:")
            after = self._facts(self.beside, language)
            lines += [f"    {line}" for line in after if line not in before]
        return "\n".join(lines)

    def _facts(self, household: Household, language: Language) -> list[str]:
        rules = [self.pack.rules.get(rule.removesuffix("'")) for rule in self.rules]
        read = {path for rule in rules if rule is not None for path in fields_read(rule.when)}
        return list(facts_of(household, self.pack, language, read | {self.detail}))

    def to_dict(self, language: Language | None = None) -> dict[str, Any]:
        """Give it as plain data, with its explanation."""
        language = current(language)
        return {
            "claim": self.claim.value,
            "rules": list(self.rules),
            "detail": self.detail,
            "outcome": self.outcome.value,
            "within": self.within.explain(language),
            "complete": self.within.complete,
            "as_of": None if self.as_of is None else self.as_of.isoformat(),
            "unmet": list(self.unmet),
            "verdicts": {rule: verdict.value for rule, verdict in self.verdicts.items()},
            "explanation": self.explain(language),
        }


def facts_of(
    household: Household, pack: Pack, language: Language, read: Collection[str]
) -> Iterator[str]:
    """The facts of an invented household, a line each, its rows a line each.

    Args:
        household: The household.
        pack: Its model says what the facts are called.
        language: Chinese or English.
        read: The paths of the facts that matter: of these it is also said that one is
            not known.
    """
    yield from _facts(household, pack.schema.household, language, read)
    for name, table in pack.schema.tables.items():
        for row in getattr(household, name) or ():
            label = table.zh if language == "zh" else f"one of the {table.en}"
            inner = list(_facts(row, table, language, read))
            yield f"{label}: {('，' if language == 'zh' else ', ').join(inner)}"


def _facts(
    owner: Any, table: TableSchema, language: Language, read: Collection[str]
) -> Iterator[str]:
    for name, field in table.fields.items():
        value = getattr(owner, name)
        label = field.about.zh if language == "zh" else field.about.en
        if value is not None and (field.path in read or name not in (table.key, "area")):
            shown = quantity(value, field.about.unit, language, field.about.choices)
            yield f"{label} = {shown}"
        elif value is None and field.path in read and not field.inputs:
            yield f"{label} = {'未知' if language == 'zh' else 'not known'}"


__all__ = ["Bounds", "Claim", "Outcome", "Proof", "facts_of"]
