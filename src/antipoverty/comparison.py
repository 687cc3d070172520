"""Two policies on the same households: who enters, who leaves, and why.

An official who moves a line asks one question before signing: whom does it touch? Both
policies are screened, and only what differs is kept: by household, by rule, by area, with
one household of each kind explained by both policies.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import date
from typing import Any, Generic, TypeVar

import narwhals as nw
import polars as pl

from antipoverty._base.days import days
from antipoverty._base.frames import materialize, to_native, to_polars
from antipoverty._comparison.answers import NONE, filled, in_force
from antipoverty._comparison.example import ABSENT, ANSWERS, Example
from antipoverty._comparison.groups import TITLES, groups_of, ways
from antipoverty._comparison.money import amounts_changed, money_lines, money_tables, winners_by
from antipoverty._comparison.report import Differences, Side, group_table, page_of
from antipoverty._comparison.sweep import sweep
from antipoverty._policy.combine import suppose
from antipoverty._screening.tables import HOUSEHOLDS, F
from antipoverty.codes import Level
from antipoverty.conditions import Language
from antipoverty.errors import one_of
from antipoverty.languages import current
from antipoverty.model import AreaTree
from antipoverty.report import Page, Table, Withholding
from antipoverty.rules import Alert, Pack, Rule, Text, Verdict, judge_rule
from antipoverty.screening import Screening, Tables, check, screen

_SAID = {name: Text(*said) for name, said in ANSWERS.items()}
_WARN = Verdict.WARN.value
# Sorted as words the answers stand in the order of their weight, so that the greatest word
# of a group is its weightiest answer, on every engine.
_NONE = NONE


@days
def compare(
    pack_a: Pack,
    pack_b: Pack,
    tables: Tables[F],
    *,
    as_of: date,
    as_of_b: date | None = None,
    areas: AreaTree | None = None,
    level: Level | str = "county",
) -> Comparison[F]:
    """Screen the same households by two policies and keep what differs.

    Args:
        pack_a: The policy there is.
        pack_b: The policy proposed. Rules are matched by their ids; a rule that only one
            of the two has is ``absent`` in the other.
        tables: The households, in any frames `screen` reads. When the packs have models
            of their own, the tables hold the columns of both.
        as_of: The day both answers are for.
        as_of_b: The day of the second policy, where it is another one.
        areas: The known areas; a household in another is set aside.
        level: The level of area that counts are shown by.

    Raises:
        InvalidArgumentError: The level is no level of area.
        AntipovertyError: Whatever `screen` raises for one of the two.

    Source:
        Agrees with the difference of two runs of `judge`, on every household.
    """
    name = level.value if isinstance(level, Level) else level
    shown = Level(one_of(name, [one.value for one in Level], "level"))
    tables = tables.converted()
    checked = check(tables, pack_a, as_of=as_of, areas=areas)
    first = screen(checked, pack_a, as_of=as_of, areas=areas)
    alike = (pack_a.schema, pack_a.area) == (pack_b.schema, pack_b.area)
    second = screen(checked if alike else tables, pack_b, as_of=as_of_b or as_of, areas=areas)
    return Comparison(first, second, tables, shown)


class Comparison(Generic[F]):
    """What differs between two policies on the same households.

    Attributes:
        a: The screening by the first policy.
        b: The screening by the second.
        level: The level of area that counts are shown by.
    """

    def __init__(self, a: Screening[F], b: Screening[F], tables: Tables[F], level: Level) -> None:
        self.a = a
        self.b = b
        self.level = level
        self._tables = tables
        self._kind = tables.kind

    def _native(self, frame: nw.LazyFrame[Any]) -> F:
        native: F = to_native(frame, self._kind)
        return native

    @functools.cached_property
    def changes(self) -> F:
        """One row per household and rule that the policies answer differently.

        Columns ``household_id, area, rule_id, before, after``, in the kind that came in;
        the answers are ``warn``, ``undecided``, ``clear`` and ``absent``. A rule that is
        clear in one policy and absent in the other is no change.
        """
        return self._native(self._changes)

    @functools.cached_property
    def households(self) -> F:
        """One row per household whose weightiest answer differs.

        Columns ``household_id, area, before, after``: ``warn`` when some rule warns, else
        ``undecided`` when some rule is, else ``clear``; in the kind that came in.
        """
        return self._native(self._households)

    @functools.cached_property
    def entering(self) -> F:
        """The households that some rule warns of only in the second policy."""
        warns = (nw.col("after") == _WARN) & (nw.col("before") != _WARN)
        return self._native(self._households.filter(warns))

    @functools.cached_property
    def leaving(self) -> F:
        """The households that some rule warns of only in the first policy."""
        warned = (nw.col("before") == _WARN) & (nw.col("after") != _WARN)
        return self._native(self._households.filter(warned))

    @functools.cached_property
    def _changes(self) -> nw.LazyFrame[Any]:
        keys = ("household_id", "area", "rule_id")
        found = self._beside(keys)
        sides = (("before", self.a, "_judged_a"), ("after", self.b, "_judged_b"))
        clear = {
            side: nw.when(in_force(one.current) & ~nw.col(judged).is_null())
            .then(nw.lit(Verdict.CLEAR.value))
            .otherwise(nw.lit(ABSENT))
            for side, one, judged in sides
        }
        return filled(found, keys, clear)

    @functools.cached_property
    def _households(self) -> nw.LazyFrame[Any]:
        keys = ("household_id", "area")
        found = self._beside(keys)
        clear = {
            side: nw.when(nw.col(judged).is_null())
            .then(nw.lit(ABSENT))
            .otherwise(nw.lit(Verdict.CLEAR.value))
            for side, judged in (("before", "_judged_a"), ("after", "_judged_b"))
        }
        return filled(found, keys, clear)

    def _beside(self, keys: tuple[str, ...]) -> nw.LazyFrame[Any]:
        """The answers that are not clear of both policies side by side, where they differ."""
        none, verdict = nw.lit(_NONE), nw.col("verdict")
        both = nw.concat(
            [
                self.a.lazy_alerts.select(*keys, verdict.alias("before"), none.alias("after")),
                self.b.lazy_alerts.select(*keys, none.alias("before"), verdict.alias("after")),
            ],
            how="vertical",
        )
        grouped = both.group_by(*keys).agg(nw.col("before").max(), nw.col("after").max())
        found = materialize(grouped.filter(nw.col("before") != nw.col("after")))
        for one, column in ((self.a, "_judged_a"), (self.b, "_judged_b")):
            judged = one.lazy_judged.select("household_id", nw.lit(1).alias(column))
            found = found.join(judged, on="household_id", how="left")
        return found

    def summary(self, level: Level | str | None = None, by: str | None = None) -> F:
        """Count the changes by area, by rule, or both.

        Args:
            level: The level of area; ``None`` for the whole population.
            by: ``"rule_id"`` counts changed answers of each rule; ``None`` counts
                households by their weightiest answer.

        Returns:
            ``area`` and ``rule_id`` where asked for, ``before``, ``after`` and
            ``households``, in the kind that came in, sorted.
        """
        return self._native(self._summary(level, by))

    def _summary(self, level: Level | str | None, by: str | None) -> nw.LazyFrame[Any]:
        keys = ["before", "after"]
        found = self._households
        if by is not None:
            one_of(by, ("rule_id",), "way to count")
            keys, found = ["rule_id", *keys], self._changes
        if level is not None:
            name = level.value if isinstance(level, Level) else level
            digits = Level(one_of(name, [one.value for one in Level], "level")).digits
            found = found.with_columns(nw.col("area").str.slice(0, digits))
            keys = ["area", *keys]
        counted = found.group_by(*keys).agg(nw.len().cast(nw.Int64).alias("households"))
        return counted.sort(*keys)

    def groups(self, by: str) -> pl.DataFrame:
        """Count whom the change touches, by group (受影响人群).

        Args:
            by: ``city``, ``size`` or ``disability`` for households; ``age`` or ``sex`` for
                their members.

        Returns:
            ``group, before, after, count``; the counts come to the rows of `households`, or
            to the rows of their members. The empty group is what is not known.

        Raises:
            InvalidArgumentError: There is no such way to group, or no table for it.
        """
        return groups_of(self._households, self._tables.lazy(), by)

    @functools.cached_property
    def amounts(self) -> pl.DataFrame:
        """What is owed otherwise: a row per household, rule, unit and period, judged by both.

        Columns ``household_id, area, rule_id, unit, period, before_low, before_high,
        after_low, after_high, scale, change``; numbers are whole over ``scale``, of fen where
        the unit has yuan. ``change`` is ``gains``, ``loses``, or ``open`` where missing facts
        leave it so.
        """
        return amounts_changed(self.a, self.b)

    def winners(self, by: str | None = None) -> pl.DataFrame:
        """Count who gains and who loses, and how much, by group (得失).

        Args:
            by: ``city``, ``size`` or ``disability``; ``None`` for all together.

        Returns:
            ``rule_id, unit, period, group, change, households, least, most, scale``; households
            and amounts come to the rows of `amounts`.

        Raises:
            InvalidArgumentError: There is no such way to group households, or no table for it.
        """
        return winners_by(self.amounts, self._tables.lazy(), by)

    def _group_tables(self, small: Withholding) -> list[tuple[Text, Table]]:
        counted = [
            (TITLES[by], group_table(self.groups(by).rows(), _SAID, small, self._place))
            for by in ways(self._tables.lazy())
        ]
        return counted + self.gains(small)

    def gains(self, small: Withholding | None = None) -> list[tuple[Text, Table]]:
        """Lay out who gains and loses for people to read, by each way to group.

        Args:
            small: Which counts are withheld, with their amounts; by default none.
        """
        shown = Withholding(0) if small is None else small
        return money_tables(self.winners, ways(self._tables.lazy()), shown, self)

    @functools.cached_property
    def _totals(self) -> dict[tuple[str, str], int]:
        return {(a, b): count for a, b, count in to_polars(self._summary(None, None)).rows()}

    @property
    def enter(self) -> int:
        """How many households enter."""
        return sum(n for (a, b), n in self._totals.items() if b == _WARN != a)

    @property
    def leave(self) -> int:
        """How many households leave."""
        return sum(n for (a, b), n in self._totals.items() if a == _WARN != b)

    @functools.cached_property
    def judged_by_one(self) -> int:
        """How many households only one of the two policies judged; the other set them aside."""
        a, b = self.a.lazy_judged, self.b.lazy_judged
        return sum(
            int(to_polars(one.join(other, on="household_id", how="anti").select(nw.len())).item())
            for one, other in ((a, b), (b, a))
        )

    @functools.cached_property
    def examples(self) -> tuple[Example, ...]:
        """One household of each kind of change, by rule and answers."""
        keys = ("rule_id", "before", "after")
        grouped = self._changes.group_by(*keys).agg(
            nw.len().cast(nw.Int64).alias("households"), nw.col("household_id").min()
        )
        kinds = to_polars(grouped.sort(*keys)).rows(named=True)
        if not kinds:
            return ()
        few = self._only({row["household_id"] for row in kinds})
        a, b = (
            screen(few, one.pack, as_of=one.as_of) if one.households else None
            for one in (self.a, self.b)
        )
        return tuple(
            Example(
                **row,
                answer_a=_answer(a, row["household_id"], row["rule_id"], row["before"]),
                answer_b=_answer(b, row["household_id"], row["rule_id"], row["after"]),
            )
            for row in kinds
        )

    def _only(self, ids: set[str]) -> Tables[Any]:
        """The tables of a few households, in memory."""
        mine = nw.col("household_id").cast(nw.String).is_in(sorted(ids))
        return self._tables.with_frames(
            {
                name: to_polars(frame.filter(mine))
                for name, frame in self._tables.lazy().items()
                if name == HOUSEHOLDS or "household_id" in frame.collect_schema().names()
            }
        )

    @property
    def illustrative(self) -> bool:
        """Whether one of the policies rests on what is not published."""
        return self.a.illustrative or self.b.illustrative

    @property
    def title(self) -> str:
        """The two policies and their days."""
        days = dict.fromkeys((self.a.as_of, self.b.as_of))
        names = " and ".join(f"{one.pack.id} {one.pack.version}" for one in (self.a, self.b))
        return f"{names} on {' and '.join(map(str, days))}"

    def __repr__(self) -> str:
        mark = " (illustrative)" if self.illustrative else ""
        other = sum(self._totals.values()) - self.enter - self.leave
        apart = f", {self.judged_by_one} judged by one only" if self.judged_by_one else ""
        return (
            f"<Comparison of {self.title}{mark}: {self.enter} households enter, "
            f"{self.leave} leave, {other} change otherwise, of {self.a.households}{apart}>"
        )

    def _rule(self, rule_id: str) -> Rule:
        return self.b.pack.rules.get(rule_id) or self.a.pack.rules[rule_id]

    def _place(self, code: str) -> str:
        areas = self.b.areas
        return areas.full_name(code) if areas is not None and code in areas else ""

    def report(self, *, withhold: int = 5, examples: bool = False) -> Page:
        """Lay the comparison out as a report that opens anywhere (政策比较报告).

        Args:
            withhold: The smallest count that is shown; 0 shows all.
            examples: Whether one household of each kind of change is explained; the
                explanations show amounts.
        """
        by_rule, by_area = self._summary(None, "rule_id"), self._summary(self.level, None)
        found = Differences(
            a=_side(self.a),
            b=_side(self.b),
            answers=_SAID,
            total=to_polars(self._summary(None, None)).rows(),
            by_rule=_grouped(by_rule, lambda id_: (self._rule(id_).title, id_)),
            by_area=_grouped(by_area, lambda code: (self._place(code), code)),
            groups=self._group_tables(Withholding(withhold)),
            illustrative=self.illustrative,
            examples=[one.told(self._rule(one.rule_id)) for one in self.examples]
            if examples
            else (),
        )
        return page_of(found, withhold)

    def to_dict(self, language: Language | None = None) -> dict[str, Any]:
        """Give the comparison as plain data, with its examples explained.

        The explanations show amounts of households. ``amounts`` says who gains and who loses,
        how many and how much, from the least to the most where facts are missing; of yuan in
        whole fen.
        """
        language = current(language)

        def rows(frame: nw.LazyFrame[Any]) -> list[dict[str, Any]]:
            return to_polars(frame).rows(named=True)

        return {
            "policies": [
                {
                    "pack": one.pack.id,
                    "version": one.pack.version,
                    "as_of": one.as_of.isoformat(),
                    "illustrative": one.illustrative,
                    "households": one.households,
                }
                for one in (self.a, self.b)
            ],
            "enter": self.enter,
            "leave": self.leave,
            "judged_by_one": self.judged_by_one,
            "total": rows(self._summary(None, None)),
            "by_area": rows(self._summary(self.level, None)),
            "by_rule": rows(self._summary(None, "rule_id")),
            "by_area_and_rule": rows(self._summary(self.level, "rule_id")),
            "amounts": money_lines(self.winners, ways(self._tables.lazy())),
            "examples": [
                {
                    "rule_id": one.rule_id,
                    "before": one.before,
                    "after": one.after,
                    "households": one.households,
                    "household_id": one.household_id,
                    "explanation": one.explain(language),
                }
                for one in self.examples
            ],
        }


def _side(screening: Screening[Any]) -> Side:
    pack, day = screening.pack, screening.as_of.isoformat()
    name = f"{pack.id} {pack.version}"
    return Side(title=pack.title, id=name, day=day, judged=screening.households)


_Key = TypeVar("_Key")


def _grouped(
    frame: nw.LazyFrame[Any], key: Callable[[str], _Key]
) -> dict[_Key, list[tuple[str, str, int]]]:
    """Changes by what the first column names."""
    found: dict[_Key, list[tuple[str, str, int]]] = {}
    for first, before, after, count in to_polars(frame).rows():
        found.setdefault(key(first), []).append((before, after, count))
    return found


def _answer(
    screening: Screening[Any] | None, household: str, rule_id: str, answer: str
) -> Alert | None:
    if screening is None or answer == ABSENT:
        return None
    return judge_rule(
        screening.household(household), screening.pack, rule_id, as_of=screening.as_of
    )


__all__ = ["ABSENT", "ANSWERS", "Comparison", "Example", "compare", "suppose", "sweep"]
