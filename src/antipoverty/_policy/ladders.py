"""Tiers: an order in which a household is recognised as one thing, or as none of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

import attrs

from antipoverty._base.provenance import Source, Text, instance_of
from antipoverty._base.validity import Dated
from antipoverty._policy.parts import Rule, check_identifier, read_area, read_when
from antipoverty.conditions import Condition, Node, Setting, in_words, truth, unsettled
from antipoverty.conditions.joining import all_of
from antipoverty.errors import InvalidRuleError, phrase
from antipoverty.languages import Language, Voice

NO_TIER = "none"
"""What stands where a household is in no tier."""


@attrs.frozen(kw_only=True)
class Tier:
    """One tier of a ladder (一档): what a household is recognised as.

    Attributes:
        id: Its id in the ladder.
        title: What it is called.
        when: When a household is in it, those of earlier tiers left aside; text is read by
            the grammar of `antipoverty.conditions`.
        rule: The id of the rule whose condition it takes; a pack then works ``when`` out.
    """

    id: str = attrs.field(validator=check_identifier)
    title: Text = attrs.field(validator=instance_of(Text))
    when: Condition | None = attrs.field(
        default=None, converter=attrs.converters.optional(read_when)
    )
    rule: str | None = None

    def __attrs_post_init__(self) -> None:
        if self.id == NO_TIER:
            raise InvalidRuleError(
                "{no_tier!r} says that a household is in no tier", no_tier=NO_TIER
            )
        if self.when is None and self.rule is None:
            raise InvalidRuleError("it needs `when`, or `rule` whose condition it takes").within(
                f"tier {self.id!r}"
            )


def _tiers(given: Iterable[Tier]) -> tuple[Tier, ...]:
    return tuple(given)


@attrs.frozen(kw_only=True)
class Ladder(Dated):
    """An order of tiers of which a household is in one, or in none (认定顺序).

    It is in the first whose condition holds: 特困 comes before 低保, 低保 before its margin.

    Attributes:
        id: Its id.
        title: What it is called.
        tiers: The tiers, the first first.
        source: Who published the order, or that it is illustrative.
        since: The first day it is in force.
        until: The last day; ``None`` for as long as no other is published.
        area: Where it is in force; empty for all of the pack's area.
    """

    id: str = attrs.field(validator=check_identifier)
    title: Text = attrs.field(validator=instance_of(Text))
    tiers: tuple[Tier, ...] = attrs.field(
        converter=_tiers, validator=attrs.validators.deep_iterable(instance_of(Tier))
    )
    source: Source = attrs.field(validator=instance_of(Source))
    since: date = attrs.field(validator=instance_of(date))
    until: date | None = attrs.field(default=None, validator=instance_of(date, type(None)))
    area: str = attrs.field(default="", converter=read_area)

    def __attrs_post_init__(self) -> None:
        ids = [one.id for one in self.tiers]
        double = sorted({one for one in ids if ids.count(one) > 1})
        problem = "it ends before it begins" if self.never else ""
        problem = problem or ("" if ids else "it has no tier")
        problem = problem or (
            phrase("the tier {double!r} is there twice", double=double[0]) if double else ""
        )
        if problem:
            raise InvalidRuleError(problem).within(phrase("ladder {id!r}", id=self.id))

    def __repr__(self) -> str:
        return f"<Ladder {self.id}: {' > '.join(one.id for one in self.tiers)}>"

    def __getitem__(self, tier: str) -> Tier:
        return next(one for one in self.tiers if one.id == tier)

    @property
    def trees(self) -> tuple[Node, ...]:
        """All that it reads by."""
        return tuple(one.when for one in self.tiers if one.when is not None)

    @property
    def answers(self) -> Mapping[str, Condition]:
        """For each tier, and for `NO_TIER`, when it is the answer: always exactly one is.

        The conditions exclude each other and leave no gap, so by Kleene's logic either one
        is true and all others are false, or two at least are undecided.
        """
        found: dict[str, Condition] = {}
        before: list[Condition] = []
        for tier in self.tiers:
            assert tier.when is not None  # noqa: S101 - the pack has bound it
            found[tier.id] = all_of([*before, tier.when])
            before.append(~tier.when)
        return {**found, NO_TIER: all_of(before)}

    def covers(self, area: str) -> bool:
        """Tell whether the ladder is in force in an area."""
        return area.startswith(self.area)

    def bound(self, rules: Mapping[str, Rule], change: Callable[[Node], Node]) -> Ladder:
        """The ladder with the conditions of rules, bound to a pack's model and units."""

        def one(tier: Tier) -> Tier:
            when = rules[tier.rule].when if tier.rule and tier.rule in rules else tier.when
            assert when is not None  # noqa: S101 - it has one of the two
            return attrs.evolve(tier, when=when.rebuilt(change))

        return attrs.evolve(self, tiers=map(one, self.tiers))

    def place(self, household: Any, setting: Setting) -> Placed:
        """Say where a household stands."""
        judged = {
            name: (when, truth(when, household, setting)) for name, when in self.answers.items()
        }
        may_be = tuple(name for name, (_, held) in judged.items() if held is not False)
        facts = [unsettled(when, household, setting) for when, held in judged.values() if not held]
        decided = any(held for _, held in judged.values())
        return Placed(self, decided, may_be, tuple(sorted(frozenset().union(*facts))))


@attrs.frozen
class Placed:
    """Where a household stands on a ladder: in one tier, in none, or undecided between some.

    Attributes:
        ladder: The ladder.
        decided: Whether it is one tier, or surely none.
        may_be: The ids of what it may be, the first first; one where that is decided.
        missing: The facts that would settle it, by path.
    """

    ladder: Ladder
    decided: bool
    may_be: tuple[str, ...]
    missing: tuple[str, ...] = ()

    @property
    def tier(self) -> Tier | None:
        """The tier, where it is decided and one."""
        return self.ladder[self.may_be[0]] if self.decided and self.may_be != (NO_TIER,) else None

    def said(self, language: Language) -> str:
        """Say it: 低保边缘家庭; or 待核实：低保边缘家庭或不属任何一类."""
        say = Voice(language)
        none = say("不属任何一类", "none of them")
        names = [
            none if one == NO_TIER else self.ladder[one].title[say.language] for one in self.may_be
        ]
        if self.decided:
            return names[0]
        return say("待核实：" + "或".join(names), "undecided between " + " and ".join(names))

    def to_dict(self) -> dict[str, Any]:
        """Give it as plain data."""
        return {
            "ladder": self.ladder.id,
            "decided": self.decided,
            "may_be": list(self.may_be),
            "missing": list(self.missing),
        }


def ladder_in_words(
    ladder: Ladder, language: Language, titles: Mapping[str, str] | None = None
) -> str:
    """Say each tier of a ladder with its condition, the first first."""
    say = Voice(language)
    return "\n".join(
        say(f"{at}. {tier.title.zh}：", f"{at}. {tier.title.en}: ")
        + in_words(tier.when, say.language, titles)
        for at, tier in enumerate(ladder.tiers, 1)
        if tier.when is not None
    )


__all__ = ["NO_TIER", "Ladder", "Placed", "Tier", "ladder_in_words"]
