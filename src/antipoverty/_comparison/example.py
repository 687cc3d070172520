"""One household of a kind of change, with the answers of both policies."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from antipoverty.conditions import Language
from antipoverty.languages import LANGUAGES, Voice, current
from antipoverty.rules import Alert, Rule, Text

ABSENT = "absent"
"""A policy gives no answer: it has no such rule there, or the household was not judged."""

ANSWERS: Mapping[str, tuple[str, str]] = {
    "warn": ("预警", "warns"),
    "undecided": ("待核实", "cannot decide"),
    "clear": ("正常", "is clear"),
    ABSENT: ("无此规则或未判定", "has no such rule there, or did not judge the household"),
}
"""The four answers of a policy, in Chinese and English."""


@attrs.frozen(repr=False)
class Example:
    """One household of a kind of change, with the answers of both policies.

    Attributes:
        rule_id: The rule.
        before: The first policy's answer.
        after: The second policy's.
        households: How many households changed in this way.
        household_id: One of them: the first by its id.
        answer_a: What the first answer rests on; ``None`` where it is absent.
        answer_b: What the second rests on.
    """

    rule_id: str
    before: str
    after: str
    households: int
    household_id: str
    answer_a: Alert | None
    answer_b: Alert | None

    def __repr__(self) -> str:
        return f"<Example {self.rule_id}: {self.before} to {self.after}, {self.household_id}>"

    def explain(self, language: Language | None = None) -> str:
        """Say what each policy finds, and on what grounds.

        The text shows amounts of the household: it is for those who handle the case.
        """
        language = current(language)
        say = Voice(language)
        sides = [("甲", "A", self.before, self.answer_a), ("乙", "B", self.after, self.answer_b)]
        lines = []
        for zh, en, answer, found in sides:
            known = say(*ANSWERS[answer])
            head = say(f"政策{zh}：{known}", f"policy {en} {known}")
            lines.append(head if found is None else f"{head}\n{found.explain(language)}")
        return "\n".join(lines)

    def told(self, rule: Rule) -> tuple[Text, Text]:
        """The household under the title of its rule, and what each policy finds."""
        head = Text(*(f"{rule.title[to]}: {self.household_id}" for to in LANGUAGES))
        return head, Text(*map(self.explain, LANGUAGES))


__all__ = ["ABSENT", "ANSWERS", "Example"]
