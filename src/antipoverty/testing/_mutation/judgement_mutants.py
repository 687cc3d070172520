"""A judgement mutant is a pack with one thing of a judgement rule changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

import attrs

from antipoverty._judging.answer import answer
from antipoverty.errors import AntipovertyError, one_of
from antipoverty.judgement import JudgementRule, Judgements
from antipoverty.model import LAST_DAY
from antipoverty.rules import Pack
from antipoverty.testing._mutation.judgement_changes import rules_beside
from antipoverty.testing._mutation.mutants import AnyMutant, numbered
from antipoverty.testing.judgements import JudgementCase


@attrs.frozen(repr=False, eq=False)
class JudgementMutant(AnyMutant[JudgementRule]):
    """A pack with one thing of one judgement rule changed (变异); see `AnyMutant`.

    Attributes:
        made: The rule as it is now.
        judgements: The rule now and those it rests on.
    """

    made: JudgementRule
    judgements: Judgements

    def noticed(self, cases: Iterable[JudgementCase]) -> bool:
        """Tell whether a case of its rule is answered otherwise than it must be."""
        return any(
            (self.rule.id in answer(self.judgements, case.facts, case.as_of).fired)
            is not case.drawn
            for case in cases
            if case.rule == self.rule.id
        )


def judgement_mutants(pack: Pack, rules: Iterable[str] | None = None) -> Iterator[JudgementMutant]:
    """Change one thing at a time, in every judgement rule or in some.

    Args:
        pack: The pack.
        rules: The ids of the judgement rules; all by default.

    Yields:
        Mutants that the language allows; one that reads like another is left out.

    Raises:
        InvalidArgumentError: The pack has no such judgement rule.
    """
    for id_ in pack.judgements if rules is None else rules:
        rule = pack.judgements[one_of(id_, pack.judgements, "judgement rule of the pack")]
        yield from numbered(_of_rule(rule, pack))


def _of_rule(rule: JudgementRule, pack: Pack) -> Iterator[JudgementMutant]:
    seen = {rule}
    for one in rules_beside(rule, pack):
        try:
            made = one.make()
            judgements = Judgements(_reached(pack, made), pack.parameters)
        except AntipovertyError:
            continue
        if made not in seen:
            seen.add(made)
            yield JudgementMutant(
                pack, rule, one.kind, one.before, one.after, made=made, judgements=judgements
            )


def _reached(pack: Pack, made: JudgementRule) -> list[JudgementRule]:
    """A rule and those whose conclusions it reads, one after another."""
    found = {made.id: made}
    waiting = [made]
    while waiting:
        read = waiting.pop().reads
        for rule in pack.judgements.values():
            if rule.concludes in read and rule.id not in found:
                found[rule.id] = rule
                waiting.append(rule)
    return list(found.values())


def rests_on_nothing(mutant: JudgementMutant) -> bool:
    """Tell whether only days were added or dropped on which nothing it rests on is concluded."""
    was, now = mutant.rule, mutant.made
    if mutant.kind == "since":
        first, last = sorted((was.since, now.since))
    elif mutant.kind == "until":
        first, last = sorted((was.until or LAST_DAY, now.until or LAST_DAY))
    else:
        return False
    return not _may_conclude(now, mutant.pack, first, last)


def _may_conclude(rule: JudgementRule, pack: Pack, first: date, last: date) -> bool:
    """Whether each conclusion that a rule rests on may be drawn on some of the days.

    They are the first up to, but not, the last.
    """
    return all(
        any(
            one.since < last
            and (one.until is None or one.until >= first)
            and _may_conclude(one, pack, first, last)
            for one in pack.judgements.values()
            if one.concludes == name
        )
        for name in rule.given
    )


__all__ = ["JudgementMutant", "judgement_mutants", "rests_on_nothing"]
