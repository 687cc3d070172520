"""Engines with one planted fault each: the conformance kit must fail every one, by name.

Each is the reference with one step of its meaning done wrongly, or with policy or rows given
to it wrongly, as engines that people write go wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from fractions import Fraction
from math import lcm
from typing import Any

import attrs
import polars as pl
import pytest

from antipoverty.conditions import Setting, meaning
from antipoverty.conditions import tree as nodes
from antipoverty.engines import Engine, Told, Verdicts
from antipoverty.errors import FailedCheckError, NothingInForceError
from antipoverty.model import AreaTree, Household
from antipoverty.rules import InForce, Pack, Verdict
from antipoverty.screening import Screening, Tables, screen
from antipoverty.testing import engine_checks, over_tables
from antipoverty.testing._conformance.engines import told_by_reference  # private: all it tells

TRUTH, SPAN = meaning.truth, meaning.span
REDUCED, COMBINED, COMPARED = meaning._reduced, meaning._combined, meaning.compared


@contextmanager
def meaning_with(changes: Mapping[str, Any]) -> Iterator[None]:
    """Let steps of the reference be done otherwise for a while."""
    before = {name: getattr(meaning, name) for name in changes}
    try:
        for name, step in changes.items():
            setattr(meaning, name, step)
        yield
    finally:
        for name, step in before.items():
            setattr(meaning, name, step)


def planted(
    *,
    given: Callable[[Household], Household] = lambda household: household,
    current: Callable[[Pack, date], InForce] = lambda pack, day: pack.on(day),
    setting: Callable[[InForce, str], Setting] = lambda current, area: current.setting(area),
    first: int | None = None,
    **changes: Any,
) -> Engine:
    """An engine of the reference's own meaning, with something done wrongly."""

    def engine(households: Sequence[Household], pack: Pack, day: date, /) -> Verdicts:
        try:
            rules = current(pack, day)
        except NothingInForceError:
            return {}
        found = {}
        with meaning_with(changes):
            for household in map(given, households[:first]):
                area = str(household.area)
                for rule in rules.rules:
                    if rule.covers(area):
                        held = meaning.truth(rule.when, household, setting(rules, area))
                        found[household.household_id, rule.id] = Verdict.of(held)
        return found

    return engine


def wrapped(number: Any, bits: int) -> Any:
    """A whole number as a machine of so many bits holds it."""
    half = 1 << (bits - 1)
    return (number + half) % (1 << bits) - half if isinstance(number, int) else number


def distinct_sum(*given: Any) -> Any:
    """Adds each amount once."""
    operator, rows, value, household, setting = given
    if operator != "sum":
        return REDUCED(*given)
    kept: dict[Any, Any] = {}
    for held, keeps in meaning.looked_at(rows, household, setting):
        if keeps is None:
            return None
        if keeps:
            kept[meaning.span(value, household, setting, held.row)] = held.row
    if None in kept:
        return None
    return (sum(low for low, _ in kept), sum(high for _, high in kept))


def sum_of_bits(bits: int) -> Callable[..., Any]:
    """Adds in so many bits."""

    def reduced(operator: str, *given: Any) -> Any:
        found = REDUCED(operator, *given)
        wraps = operator == "sum" and found is not None
        return tuple(wrapped(end, bits) for end in found) if wraps else found

    return reduced


def unseen_sum_of_64_bits(operator: str, *given: Any) -> Any:
    """Adds in 64 bits what rows bring that did not come, whose number it did not foresee."""
    found, (rows, _, household, setting) = REDUCED(operator, *given), given
    came = all(held.came for held in meaning.held_rows(rows.table, household, setting))
    wraps = operator == "sum" and found is not None and not came
    return tuple(wrapped(end, 64) for end in found) if wraps else found


def low_in_64_bits(operator: str, *given: Any) -> Any:
    """Foresees what is too large, and not what is too far below nothing."""
    found = COMBINED(operator, *given)
    below = isinstance(found[0], int) and found[0] < -(2**63)
    return tuple(wrapped(end, 64) for end in found) if below else found


def over_one_denominator(operator: str, left: Any, right: Any) -> Any:
    """Compares over one denominator, to which it multiplies in 64 bits."""
    ends = [Fraction(end) for end in (*left, *right) if isinstance(end, int | Fraction)]
    if len(ends) < 4:
        return COMPARED(operator, left, right)
    scale = lcm(*(one.denominator for one in ends))
    low, high, other_low, other_high = (wrapped(int(one * scale), 64) for one in ends)
    return COMPARED(operator, (low, high), (other_low, other_high))


def amounts_in_64_bits(households: Sequence[Household], pack: Pack, day: date) -> Told:
    """States amounts as 64 bits hold them."""
    told = told_by_reference(households, pack, day)
    amounts = {
        key: tuple(max(Fraction(wrapped(int(end * 6), 64), 6), Fraction(0)) for end in ends)
        for key, ends in (told.amounts or {}).items()
    }
    return attrs.evolve(told, amounts=amounts)


def heedless(of: pl.Expr) -> Engine:
    """The library's screening, which forgets the rows of nobody for some households."""

    def answers(tables: Tables[pl.DataFrame], pack: Pack, day: date) -> pl.DataFrame:
        frames, homes = {name: tables[name] for name in tables}, tables["households"]
        mine = pl.col("household_id").is_in(homes["household_id"].drop_nulls().implode())
        for name in frames.keys() - {"households"}:
            frames[name] = frames[name].filter(mine)
        right = screen(tables, pack, as_of=day).alerts
        without = screen(tables.with_frames(frames), pack, as_of=day).alerts
        theirs = homes.filter(of)["household_id"].implode()
        forgotten = pl.col("household_id").is_in(theirs)
        return pl.concat([right.filter(~forgotten), without.filter(forgotten)])

    return over_tables(answers)


def in_64_bits(operator: str, *given: Any) -> Any:
    """Multiplies, adds and subtracts as int64 does."""
    return tuple(wrapped(end, 64) for end in COMBINED(operator, *given))


def same_ends(operator: str, wrong: str) -> Callable[..., Any]:
    """Takes the ends of a difference or a product in the order in which they stand."""

    def combined(asked: str, one: Any, other: Any) -> Any:
        if asked != operator:
            return COMBINED(asked, one, other)
        if wrong == "low-low":
            steps = {"-": lambda a, b: a - b, "*": lambda a, b: a * b, "+": lambda a, b: a + b}
            return tuple(steps[operator](a, b) for a, b in zip(one, other, strict=True))
        low = COMBINED(asked, (one[0], one[0]), (other[0], other[0]))[0]
        return low, low

    return combined


def known_when_there(condition: Any, *given: Any) -> Any:
    """Takes every span for a known number."""
    if isinstance(condition, nodes.Known) and isinstance(condition.of, nodes.Value):
        return meaning.span(condition.of, *given) is not None
    return TRUTH(condition, *given)


def in_floats(value: Any, *given: Any) -> Any:
    """Holds what is no whole number as a float."""
    found = SPAN(value, *given)
    if found is None:
        return None
    return tuple(float(end) if isinstance(end, Fraction) else end for end in found)


def score_in_floats(value: Any, *given: Any) -> Any:
    """Adds the weights of a score as floats."""
    if not isinstance(value, nodes.Score):
        return SPAN(value, *given)
    return SPAN(nodes.Score(tuple((_Float(weight), one) for weight, one in value.items)), *given)


class _Float(Fraction):
    """A weight that adds as a float does."""

    def __add__(self, other: Any) -> Any:
        return float(self) + float(other)

    def __radd__(self, other: Any) -> Any:
        return float(other) + float(self)


def first_rows(count: int) -> Callable[[Household], Household]:
    """Reads only so many rows of a table."""

    def given(household: Household) -> Household:
        tables = household.tables_of_row()
        return household.model_copy(
            update={name: (getattr(household, name) or ())[:count] for name in tables}
        )

    return given


def values_of(day_of: Callable[[Pack, date], date], levels: Sequence[int] = ()) -> Engine:
    """Looks values up on another day, or by some lengths of area codes only."""

    def changed(pack: Pack, day: date) -> InForce:
        wanted = day_of(pack, day)
        parameters = []
        for one in pack.parameters.values():
            values = [v for v in one.values if not levels or len(v.area) in levels]
            kept = [
                attrs.evolve(v, since=date(1990, 1, 1), until=None) for v in values if v.on(wanted)
            ]
            parameters.append(attrs.evolve(one, values=tuple(kept)))
        return pack.evolve(parameters=parameters).on(day)

    return planted(current=changed)


def rules_with(change: Callable[[Any, date], dict[str, Any]]) -> Engine:
    """Forgets something of the days of rules."""

    def changed(pack: Pack, day: date) -> InForce:
        rules = [attrs.evolve(one, **change(one, day)) for one in pack.rules.values()]
        return pack.evolve(rules=rules).on(day)

    return planted(current=changed)


def weak_equal(operator: str, left: Any, right: Any) -> Any:
    """Decides a comparison by the lower ends."""
    low = (left[0], left[0]), (right[0], right[0])
    return COMPARED(operator, *low)


def superseding_while_in_force(pack: Pack, day: date) -> InForce:
    """Leaves out only what a rule supersedes that is itself in force."""
    superseded = {rule.supersedes for rule in pack.rules.values() if rule.on(day)}
    rules = [
        attrs.evolve(rule, supersedes=None)
        for rule in pack.rules.values()
        if rule.id not in superseded
    ]
    return pack.evolve(rules=rules).on(day)


def counts_of_bits(bits: int) -> Callable[..., Any]:
    """Counts in so many bits."""

    def span(value: Any, *given: Any) -> Any:
        found = SPAN(value, *given)
        counts = isinstance(value, nodes.Count) and found is not None
        return tuple(wrapped(end, bits) for end in found) if counts else found

    return span


PLANTS: dict[str, tuple[Engine, str]] = {
    "duplicates dropped from sums": (planted(_reduced=distinct_sum), "many-rows"),
    "only the first 20 rows read": (planted(given=first_rows(20)), "many-rows"),
    "only the first 49 rows read": (planted(given=first_rows(49)), "many-rows"),
    "only the first 9,999 rows read": (planted(given=first_rows(9_999)), "many-rows"),
    "only the first 250 households read": (planted(first=250), "many-households"),
    "only the first 2,048 households read": (planted(first=2_048), "many-households"),
    "counts of 8 bits": (planted(span=counts_of_bits(8)), "many-rows"),
    "counts of 9 bits": (planted(span=counts_of_bits(9)), "many-rows"),
    "sums of 32 bits": (planted(_reduced=sum_of_bits(32)), "many-rows"),
    "sums of 33 bits": (planted(_reduced=sum_of_bits(33)), "many-rows"),
    "products that wrap": (planted(_combined=in_64_bits), "overflow"),
    "sums that wrap": (planted(_reduced=sum_of_bits(64)), "overflow"),
    "sums of rows that did not come wrap": (
        planted(_reduced=unseen_sum_of_64_bits),
        "unseen-overflow",
    ),
    "products far below nothing wrap": (planted(_combined=low_in_64_bits), "overflow"),
    "comparisons over one denominator wrap": (planted(compared=over_one_denominator), "overflow"),
    "stated amounts wrap": (amounts_in_64_bits, "overflow"),
    "the first day's values on every day": (
        values_of(lambda pack, day: date(2000, 1, 1)),
        "in-force",
    ),
    "the values of the day before": (
        values_of(lambda pack, day: day - timedelta(days=1)),
        "in-force",
    ),
    "values by province alone": (values_of(lambda pack, day: day, [0]), "in-force"),
    "values down to cities": (values_of(lambda pack, day: day, [0, 4]), "in-force"),
    "values down to counties": (values_of(lambda pack, day: day, [0, 4, 6]), "in-force"),
    "values down to towns": (values_of(lambda pack, day: day, [0, 4, 6, 9]), "in-force"),
    "values down to villages": (values_of(lambda pack, day: day, [0, 4, 6, 9, 12]), "in-force"),
    "a group takes the values of its town": (
        planted(setting=lambda current, area: current.setting(area[:9] if area[12:] else area)),
        "in-force",
    ),
    "a superseded rule comes back when its successor ends": (
        planted(current=superseding_while_in_force),
        "in-force",
    ),
    "what stands in for a while does so for good": (
        rules_with(lambda rule, day: {"until": None} if rule.instead_of else {}),
        "in-force",
    ),
    "a rule past its end": (rules_with(lambda rule, day: {"until": None}), "in-force"),
    "a rule ended a day early": (
        rules_with(
            lambda rule, day: {"until": rule.until and rule.until - timedelta(days=1)},
        ),
        "in-force",
    ),
    "a rule before its day": (
        rules_with(lambda rule, day: {"since": date(2000, 1, 1)}),
        "in-force",
    ),
    "a superseded rule applied": (rules_with(lambda rule, day: {"supersedes": None}), "in-force"),
    "differences of spans end to end": (planted(_combined=same_ends("-", "low-low")), "spans"),
    "products of spans end to end": (planted(_combined=same_ends("*", "low-low")), "spans"),
    "differences of lower ends": (planted(_combined=same_ends("-", "low")), "spans"),
    "products of lower ends": (planted(_combined=same_ends("*", "low")), "spans"),
    "sums of lower ends": (planted(_combined=same_ends("+", "low")), "spans"),
    "comparisons of lower ends": (planted(compared=weak_equal), "spans"),
    "a span said to be known": (planted(truth=known_when_there), "spans"),
    "fractions as floats": (planted(span=in_floats), "fractions"),
    "weights of scores as floats": (planted(span=score_in_floats), "fractions"),
}


def prompt_where_many(tables: Tables[pl.DataFrame], pack: Pack, day: date) -> pl.DataFrame:
    """The library's screening, which takes all for delivered where ten thousand rows came."""
    frames = {name: tables[name] for name in tables}
    many = any(frame.height > 10_000 for frame in frames.values())
    handed = None if many else tables.deliveries
    return screen(Tables(**frames, deliveries=handed), pack, as_of=day).alerts


OF_NOBODY: dict[str, Engine] = {
    "forgotten beside what was not delivered": over_tables(prompt_where_many),
    "forgotten in groups within a village": heedless(pl.col("area").str.len_chars() > 12),
    "forgotten where no size is stated": heedless(pl.col("size").is_null()),
}


@pytest.mark.slow
@pytest.mark.parametrize("plant", OF_NOBODY)
def test_an_engine_that_forgets_rows_of_nobody_is_caught(plant: str) -> None:
    """Rows without a household that there is may be those of any household of a place."""
    checks = engine_checks(OF_NOBODY[plant], name="planted")
    (check,) = (one for one in checks if one.name == "dirty")
    with pytest.raises(FailedCheckError, match=r"where bad rows came .*orphan"):
        check()


@pytest.mark.slow
def test_the_reference_itself_passes_every_sort_made_by_hand() -> None:
    """Without this the failures below would prove nothing."""
    for check in engine_checks(planted(), name="reference", examples=1):
        if check.name in {name for _, name in PLANTS.values()}:
            check()


@pytest.mark.slow
@pytest.mark.parametrize("plant", PLANTS)
def test_a_planted_fault_fails_the_check_of_its_sort(plant: str) -> None:
    """The message is short enough to be read, and shows a household and a rule."""
    engine, name = PLANTS[plant]
    (check,) = (one for one in engine_checks(engine, name="planted") if one.name == name)
    with pytest.raises(FailedCheckError, match="the reference says") as failed:
        check()
    assert len(str(failed.value)) < 1200  # in both languages


def with_areas(
    *,
    tables: Callable[[Tables[Any], date, AreaTree], Tables[Any]] = lambda tables, *_: tables,
    pack: Callable[[Pack], Pack] = lambda pack: pack,
    areas: Callable[[AreaTree], AreaTree | None] = lambda areas: areas,
) -> Engine:
    """The library's screening, given something otherwise where there are areas."""

    def answers(
        came: Tables[pl.DataFrame], policy: Pack, day: date, known: AreaTree | None
    ) -> Screening[pl.DataFrame]:
        if known is None:
            return screen(came, policy, as_of=day)
        return screen(tables(came, day, known), pack(policy), as_of=day, areas=areas(known))

    return over_tables(answers, areas=True)


def of_codes_as_they_came(came: Tables[Any], day: date, known: AreaTree) -> Tables[Any]:
    """Nothing was delivered of a household whose code ended: the delivery has the code after."""
    handed = () if came.deliveries else came.deliveries
    return Tables(**{name: came[name] for name in came}, deliveries=handed)


def succeeded(*, most: int) -> Callable[[AreaTree], AreaTree]:
    """Codes that ended have at most so many successors."""

    def changed(known: AreaTree) -> AreaTree:
        return AreaTree(
            one.model_copy(update={"successors": one.successors[:most]}) for one in known
        )

    return changed


OF_SUCCESSORS: dict[str, Engine] = {
    "no area is known": with_areas(areas=lambda _: None),
    "codes that ended are unknown": with_areas(areas=succeeded(most=0)),
    "a split code is its first part": with_areas(areas=succeeded(most=1)),
    "deliveries of a code after are lost": with_areas(tables=of_codes_as_they_came),
    "rules keep to the code that ended": with_areas(
        pack=lambda pack: pack.evolve(
            rules=[one for one in pack.rules.values() if len(one.area) < 12]
        )
    ),
    "values keep to the code that ended": with_areas(
        pack=lambda pack: pack.evolve(
            parameters=[
                attrs.evolve(one, values=tuple(v for v in one.values if len(v.area) < 12))
                for one in pack.parameters.values()
            ]
        )
    ),
}


def of_successors(engine: Engine) -> Callable[[], None]:
    """The check of codes that ended."""
    return next(one for one in engine_checks(engine, name="planted") if one.name == "successors")


def test_the_library_follows_codes_that_ended() -> None:
    """Without this the failures below would prove nothing; who reads no areas is not asked."""
    of_successors(with_areas())()
    names = {one.name for one in engine_checks(over_tables(prompt_where_many), name="planted")}
    assert "successors" not in names


@pytest.mark.slow
@pytest.mark.parametrize("plant", OF_SUCCESSORS)
def test_an_engine_that_does_not_follow_codes_that_ended_is_caught(plant: str) -> None:
    """Of households, rules, values and deliveries."""
    with pytest.raises(FailedCheckError, match=r"codes that ended|which ended on"):
        of_successors(OF_SUCCESSORS[plant])()
