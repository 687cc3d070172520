"""What every pack must keep: it can be read, sent, explained, and answers one way everywhere."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from functools import cache, partial

from hypothesis import strategies as st

from antipoverty._policy.data_only import plain
from antipoverty.conditions import in_words, parse
from antipoverty.errors import AntipovertyError, OverflowRiskError, phrase
from antipoverty.languages import LANGUAGES
from antipoverty.model import Household, schema_of
from antipoverty.rules import NO_TIER, Ladder, Pack, Rule, Source, Text
from antipoverty.testing._conformance.checks import Check, Drawn, UnkeptError, agreed, for_all
from antipoverty.testing._conformance.engines import closure, frames
from antipoverty.testing._conformance.stated import (
    stated_alike,
    states_something,
    words_of,
    written,
)
from antipoverty.testing._laws.answers import assert_order_free
from antipoverty.testing._laws.bases import unguarded_shares
from antipoverty.testing._laws.explained import assert_explained
from antipoverty.testing._laws.policy import assert_window_safe, windows_of
from antipoverty.testing._search.subject import about_rule, first_day
from antipoverty.testing.cases import SIDES, Case
from antipoverty.testing.judgements import JUDGED_SIDES, JudgementCase
from antipoverty.testing.strategies import households
from antipoverty.testing.witnesses import boundary_cases


def checks_of(
    pack: Pack,
    *,
    made: Callable[[], Pack] | None,
    cases: Sequence[Case | JudgementCase],
    examples: int,
) -> Iterator[Check]:
    """Give every check of a pack, those of the whole before those of each rule."""
    check = partial(Check, f"pack {pack.id!r}")
    yield check(
        "pickles",
        "define its model, and what the model names, at the top of a module",
        partial(_same, pack, lambda: pickle.loads(pickle.dumps(pack))),  # noqa: S301 - our own
    )
    yield check(
        "data-alone",
        "write conditions with the language and facts as fields of the model",
        partial(_same, pack, partial(plain, pack)),
    )
    if made is not None:
        yield check(
            "deterministic",
            "make the pack from its own files alone: no clock, no environment, no chance",
            partial(_same, pack, made),
        )
    yield check("sources", "name the document, or mark it illustrative", partial(_sources, pack))
    yield check(
        "two-languages",
        "write every title in Chinese and in English",
        partial(_titles, pack),
    )
    if not (pack.rules or pack.judgements or pack.ladders):
        yield check("rules", "write a rule", _nothing)
    for rule in pack.rules.values():
        of_rule = partial(check, rule=rule.id)
        yield of_rule(
            "in-force",
            "give every parameter it reads a value for the pack's whole area and one common day",
            partial(first_day, rule, pack),
        )
        yield of_rule(
            "text-form",
            "make the condition with the language, not by hand",
            partial(_text, rule, pack),
        )
        yield of_rule(
            "prose",
            "give the facts and parameters it reads labels in both languages",
            partial(_prose, rule, pack),
        )
        yield of_rule(
            "bases",
            "say what holds where the base is below nothing, as by 'base > 0 and' before it",
            partial(_bases, rule),
        )
        if rule.amount is not None:
            yield of_rule("amount-text", _WRITTEN, partial(written, rule, pack))
        if _can_be_asked(rule, pack):
            yield of_rule(
                "laws",
                "see the household: its rows in another order, or a row outside the window, "
                "must not change the answer",
                partial(_laws, _laws_of(rule, pack), rule, pack, examples),
            )
            yield of_rule(
                "explained",
                "report it: the library promises that an explanation says what was answered",
                partial(_laws, (assert_explained,), rule, pack, examples),
            )
    for ladder in pack.ladders.values():
        yield check("tier-text", _WRITTEN, partial(written, ladder, pack), rule=ladder.id)
    if all(_can_be_asked(rule, pack) for rule in pack.rules.values()) and pack.rules:
        edges = cache(lambda: tuple(edges_of(pack)))
        if states_something(pack):
            yield check(
                "stated-alike",
                "report it: the library promises one amount and one tier on every engine",
                partial(for_all, edges, stated_alike, drawn_for(pack), examples),
            )
        yield check(
            "engines-agree",
            "report it: the library promises one answer on every engine",
            partial(for_all, edges, _engines, drawn_for(pack), examples),
        )
    of_rules = [one for one in cases if isinstance(one, Case)]
    judged = [one for one in cases if isinstance(one, JudgementCase)]
    for id_ in pack.rules:
        yield from _case_checks(pack, id_, of_rules, SIDES, check)
    for ladder in pack.ladders.values():
        yield check(
            "covered", _WRITE_TIERS, partial(_tiers_covered, ladder, of_rules), rule=ladder.id
        )
    for id_ in pack.judgements:
        yield from _case_checks(pack, id_, judged, JUDGED_SIDES, check)


def _same(pack: Pack, again: Callable[[], Pack]) -> None:
    """Tell whether a pack made again is the same policy."""
    other = again()
    mine, others = pack._parts(), other._parts()
    for name, part in mine.items():
        same = (
            schema_of(part) == schema_of(others[name]) if name == "model" else part == others[name]
        )
        if not same:
            raise UnkeptError(phrase("made again, its {name} is not the same", name=name))


def _nothing() -> None:
    raise UnkeptError(phrase("it has no rule, so nothing was asked of it"))


def _sources(pack: Pack) -> None:
    found: dict[str, Source] = {f"rule {one.id!r}": one.source for one in pack.rules.values()}
    for parameter in pack.parameters.values():
        for value in parameter.values:
            found[f"parameter {parameter.id!r} from {value.since}"] = value.source
    for ladder in pack.ladders.values():
        found[f"ladder {ladder.id!r}"] = ladder.source
    for judged in pack.judgements.values():
        found[f"judgement rule {judged.id!r}"] = judged.source
    for name, source in found.items():
        if not source.illustrative and source.grade is None:
            raise UnkeptError(
                phrase(
                    "{name} is said to be published, and no grade says how it was read", name=name
                )
            )


def _titles(pack: Pack) -> None:
    named: dict[str, Text] = {"the pack": pack.title}
    named |= {f"department {id_!r}": title for id_, title in pack.departments.items()}
    for what, listed in (
        ("rule", pack.rules),
        ("parameter", pack.parameters),
        ("record kind", pack.kinds),
        ("judgement rule", pack.judgements),
    ):
        named |= {f"{what} {one.id!r}": one.title for one in listed.values()}
    for ladder in pack.ladders.values():
        named |= words_of(ladder)
    for name, title in named.items():
        _bilingual(f"the title of {name}", title.zh, title.en)


def _bilingual(what: str, chinese: str, english: str) -> None:
    if not any(_is_chinese(letter) for letter in chinese):
        raise UnkeptError(phrase("{what} has no Chinese in its Chinese text", what=what))
    if not english.strip() or any(_is_chinese(letter) for letter in english):
        raise UnkeptError(phrase("{what} has no English text, or Chinese in it", what=what))


def _is_chinese(letter: str) -> bool:
    return "\u4e00" <= letter <= "\u9fff"


def _text(rule: Rule, pack: Pack) -> None:
    text = str(rule.when)
    if parse(text, pack.schema).key != rule.when.key:
        raise UnkeptError(phrase("its text {text!r} is read back as another condition", text=text))


_WRITTEN = "make it with the language, not by hand"


def _prose(rule: Rule, pack: Pack) -> None:
    if rule.amount is not None:
        said = [rule.amount.in_words(one, pack.titles(one)) for one in LANGUAGES]
        _bilingual("its amount in words", *said)
    chinese, english = (in_words(rule.when, one, pack.titles(one)) for one in ("zh", "en"))
    _bilingual("its condition in words", chinese, english)


def _bases(rule: Rule) -> None:
    """Refuse a share of an income that may be a loss: there the comparison turns round."""
    for one in unguarded_shares(rule.when):
        raise UnkeptError(
            phrase("`{one}` turns round where what it takes a share of is negative", one=one)
        )


def _can_be_asked(rule: Rule, pack: Pack) -> bool:
    try:
        first_day(rule, pack)
    except AntipovertyError:
        return False
    return True


def _laws_of(rule: Rule, pack: Pack) -> tuple[Callable[..., None], ...]:
    """The laws of answering that a rule gives something to try."""
    windows = windows_of(about_rule(rule, pack, None))
    return (assert_order_free, assert_window_safe) if windows else (assert_order_free,)


def _laws(laws: Sequence[Callable[..., None]], rule: Rule, pack: Pack, examples: int) -> None:
    """Laws that hold of every rule, whatever its policy is."""
    for law in laws:
        try:
            law(rule, pack, max_examples=examples)
        except AssertionError as broken:
            raise UnkeptError(str(broken)) from None


# --- drawn households -----------------------------------------------------------------


def drawn_for(pack: Pack) -> st.SearchStrategy[Drawn]:
    """The pack, a few households on the thresholds of its rules, and a day."""
    days = sorted({first_day(rule, pack) for rule in pack.rules.values()})

    def on(day: date) -> st.SearchStrategy[Drawn]:
        near = households(pack, as_of=day)
        few = st.lists(
            near, min_size=1, max_size=8, unique_by=lambda household: household.household_id
        )
        return st.tuples(st.just(pack), few, st.just(day))

    return st.sampled_from(days).flatmap(on)


def edges_of(pack: Pack) -> Iterator[Drawn]:
    """The households that pin each rule down, on the first day it can be asked."""
    by_day: dict[date, list[Household]] = {}
    for rule in pack.rules.values():
        found = boundary_cases(rule, pack)
        by_day.setdefault(found.as_of, []).extend(case.household for case in found)
    for day, homes in by_day.items():
        yield (
            pack,
            [
                household.model_copy(update={"household_id": f"h{n}"})
                for n, household in enumerate(homes)
            ],
            day,
        )


_ENGINES = {"closure": closure, "polars": frames("polars")}


def _engines(drawn: Drawn) -> None:
    try:
        agreed(_ENGINES, drawn)
    except OverflowRiskError as refused:
        raise UnkeptError(phrase("frames refuse it: {refused}", refused=refused.message)) from None


# --- cases ----------------------------------------------------------------------------

_MEND = "change the rule or the case, whichever the policy office says is wrong"


def _case_checks(
    pack: Pack,
    rule: str,
    cases: Iterable[Case | JudgementCase],
    sides: Sequence[str],
    check: Callable[..., Check],
) -> Iterator[Check]:
    mine = [case for case in cases if case.rule == rule]
    folder = "cases/judgements" if sides is JUDGED_SIDES else "cases"
    write = f"write cases for every rule, and ship them as {folder}/*.toml beside the pack"
    yield check("covered", write, partial(_covered, mine, sides), rule=rule)
    if mine:
        yield check("cases", _MEND, partial(_answered, pack, mine), rule=rule)


_WRITE_TIERS = (
    "write cases with tiers = { LADDER = ... } for every tier and for none, in cases/*.toml"
)


def _tiers_covered(ladder: Ladder, cases: Iterable[Case]) -> None:
    seen = {one for case in cases for one in case.tiers.get(ladder.id, ())[:1]}
    lacking = [one for one in (*(tier.id for tier in ladder.tiers), NO_TIER) if one not in seen]
    if lacking:
        raise UnkeptError(phrase("no case states the tier {lacking}", lacking=", ".join(lacking)))


def _covered(cases: Iterable[Case | JudgementCase], sides: Sequence[str]) -> None:
    seen = {case.side for case in cases if not isinstance(case, Case) or case.expect is not None}
    lacking = [side for side in sides if side not in seen]
    if lacking:
        raise UnkeptError(
            phrase("it has no case on the side {lacking}", lacking=", ".join(lacking))
        )


def _answered(pack: Pack, cases: Iterable[Case | JudgementCase]) -> None:
    wrong = [f"{one.name!r}: {fault}" for one in cases if (fault := one.fault(pack))]
    if wrong:
        raise UnkeptError("; ".join(wrong))


__all__ = ["checks_of", "drawn_for", "edges_of"]
