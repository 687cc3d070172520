"""A judgement mutant is a pack with one thing of a judgement rule changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

import attrs

from antipoverty._judging.answer import answer
from antipoverty.errors import AntipovertyError, one_of
from antipoverty.judgement import JudgementRule, Judgements
from antipoverty.rules import Pack
from antipoverty.testing._mutation.judgement_changes import slips
from antipoverty.testing.judgements import JudgementCase


@attrs.frozen(repr=False, eq=False)
class JudgementMutant:
    """A pack with one thing of one judgement rule changed (变异).

    Attributes:
        pack: The pack as it was.
        rule: The judgement rule that was changed, as it was.
        kind: ``operator``, ``threshold``, ``window``, ``field``, ``word`` or ``part``.
        before: What stood there.
        after: What stands there now.
        made: The rule as it is now.
        judgements: The rule now and those it rests on.
        place: Which of the places in the rule where the same change can be made.
    """

    pack: Pack
    rule: JudgementRule
    kind: str
    before: str
    after: str
    made: JudgementRule
    judgements: Judgements
    place: int = 1

    def __repr__(self) -> str:
        return f"<JudgementMutant {self}>"

    def __str__(self) -> str:
        return f"{self.rule.id}: {self.change}"

    @property
    def change(self) -> str:
        """What was changed, in one line; it names the mutant within its rule."""
        which = f" (place {self.place})" if self.place > 1 else ""
        return f"{self.kind} {self.before} -> {self.after}{which}"

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
        seen = {rule}
        places: Counter[str] = Counter()
        for slip in slips(rule, pack):
            try:
                made = attrs.evolve(rule, **slip.changes())
                judgements = Judgements(_reached(pack, made))
            except AntipovertyError:
                continue
            if made not in seen:
                seen.add(made)
                mutant = JudgementMutant(
                    pack, rule, slip.kind, slip.before, slip.after, made, judgements
                )
                places[mutant.change] += 1
                yield attrs.evolve(mutant, place=places[mutant.change])


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


__all__ = ["JudgementMutant", "judgement_mutants"]
