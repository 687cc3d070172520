"""The search for boundary cases: what it looks for in each part of a rule, in which order."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, TypeAlias

import attrs

from antipoverty.conditions import Condition, Node, Rows, in_words
from antipoverty.conditions import tree as nodes
from antipoverty.conditions.evidence import fields_by_path
from antipoverty.errors import phrase
from antipoverty.model import Field, Household, Kind, Money
from antipoverty.rules import Pack
from antipoverty.testing._mutation.paths import Path, paths, replaced
from antipoverty.testing._search.drafts import Draft, Scope, words
from antipoverty.testing._search.edges import deciding, turned
from antipoverty.testing._search.solver import BudgetSpentError, Solver, first, is_atom
from antipoverty.testing._search.subject import Subject

BUDGET = 8_000
"""How many households the search may ask about for one part of a rule."""

_LONGEST_NAME = 60
_READS = nodes.Read | nodes.Flag


@attrs.frozen
class Unpinned:
    """A part of a rule for which no case was found.

    Attributes:
        part: The part.
        reason: What was looked for.
    """

    part: str
    reason: str

    def __str__(self) -> str:
        return f"{self.part}: {self.reason}"


@attrs.frozen
class Found:
    """A household with what it shows."""

    shows: str
    draft: Draft
    on: bool = False


Apart: TypeAlias = Callable[[Condition], Household | bool]
"""Finds a household that another version of a rule answers otherwise; true where it is proved
that there is none, false where neither was found."""


class Search:
    """Goes through the parts of a rule and collects households."""

    def __init__(self, asked: Subject, start: Draft, apart: Apart | None = None) -> None:
        self.asked = asked
        self.apart = apart
        self.whole = asked.rule.when
        self.start = start
        self.solver = Solver(asked.setting, BUDGET)
        self.found: list[Found] = []
        self.unpinned: list[Unpinned] = []

    def run(self) -> None:
        """Look at every part, then at the whole, then at what can be missing."""
        for path, part in paths(self.whole, past_known=False):
            if isinstance(part, Rows) and part.window is not None:
                self._try(f"{part.table.name} {part.window}", self._window, path, part)
            elif isinstance(part, Condition) and is_atom(part):
                self._try(str(part), self._atom, path, part)
            elif isinstance(part, nodes.Exists | nodes.ForAll):
                self._try(f"several {part.rows.table.name}", self._several, path, part)
            elif isinstance(part, nodes.Score):
                self._try(str(part), self._score, part)
        for want in (True, False):
            said = "整条规则成立 the rule holds" if want else "整条规则不成立 it does not hold"
            self._try(said, self._whole, want, said)
        for fact, field in fields_by_path(self.whole).items():
            if not (field.required or field.inputs or field.name == "area"):
                self._try(fact, self._missing, field)

    def _try(self, part: str, look: Callable[..., str | None], *given: Any) -> None:
        """Look for one thing within the budget; say what was not found."""
        self.solver.left = BUDGET
        before = len(self.found)
        try:
            reason = look(*given)
        except BudgetSpentError:
            reason = phrase("the search gave up after {count:,} households", count=BUDGET)
        if reason is not None and len(self.found) == before:
            self.unpinned.append(Unpinned(part, reason))

    def _add(self, shows: str, draft: Draft, *, on: bool = False) -> None:
        self.found.append(Found(shows, draft, on))

    def _exposed(self, path: Path, *turned: Condition) -> Iterator[tuple[Draft, Scope]]:
        return deciding(self.solver, self.whole, path, self.start, *turned)

    # --- the whole

    def _whole(self, want: bool, said: str) -> str | None:  # noqa: FBT001 - called by `_try` alone
        for draft in first(self.solver.solve(self.whole, self.start, want=want), 1):
            self._add(said, draft)
            return None
        return phrase("no household was found for which this is so")

    # --- one part decides

    def _atom(self, path: Path, part: Condition) -> str | None:
        """Find a pair in which a part alone decides; thresholds at their edge."""
        for draft, scope in self._exposed(path, part):
            pair = self._pair(path, part, draft, scope)
            if pair is None:
                continue
            said = _said(part, self.asked.pack)
            if isinstance(part, nodes.Compare) and not _of_text(part):
                self._edges(said, part, draft, scope)
            if isinstance(part, nodes.Among) and isinstance(part.value, nodes.Read):
                for word in words(part.value.field):
                    self._add(f"{said}: {word}", draft.set(part.value.field, word, scope))
            self._add(f"{said}: 成立 holds", pair[0])
            self._add(f"{said}: 不成立 does not hold", pair[1])
            return None
        return self._redundant(path, part)

    def _redundant(self, path: Path, part: Condition) -> str | None:
        """Prove that a part decides for nobody, or take two households for which it does."""
        known, pair = nodes.Known(part), {}
        always, never = nodes.Or((known, nodes.Not(known))), nodes.And((known, nodes.Not(known)))
        opposite = replaced(self.whole, path, nodes.Not(part))
        for held, other in ((True, always), (False, never)):
            apart = self.apart and self.apart(replaced(self.whole, path, other))
            if apart is True:
                if held:
                    return phrase(
                        "it is redundant: the rule is proved to answer all as if it always held"
                    )
                return phrase(
                    "it is redundant: the rule is proved to answer all as if it always did not hold"
                )
            if isinstance(apart, Household):
                draft = Draft.of(apart, self.asked.schema)
                if self._turned(opposite, draft):
                    pair[self.solver.truth(self.whole, draft)] = draft
        if len(pair) < len((True, False)):
            return phrase("no two households were found that it alone tells apart")
        for holds, draft in pair.items():
            said = "成立 holds" if holds else "不成立 does not hold"
            self._add(f"{_said(part, self.asked.pack)}: 使整条规则 makes the rule {said}", draft)
        return None

    def _pair(
        self, path: Path, part: Condition, draft: Draft, scope: Scope
    ) -> tuple[Draft, Draft] | None:
        """Two households that differ in the part, and have the answers they have for its sake."""
        opposite = replaced(self.whole, path, nodes.Not(part))
        sides = [
            [
                (one, self._turned(opposite, one))
                for one in first(self.solver.solve(part, draft, scope, want=want), 6)
            ]
            for want in (True, False)
        ]
        for (one, sure), (other, surely) in itertools.product(*sides):
            answers = {self.solver.truth(self.whole, household) for household in (one, other)}
            if answers == {True, False} and (
                (sure and surely) or (scope and self._alone(path, one, other, scope))
            ):
                return one, other
        return None

    def _alone(self, path: Path, one: Draft, other: Draft, scope: Scope) -> bool:
        """Whether two households differ in no other atom, of themselves or of a row."""
        for there, part in paths(self.whole):
            above = path[: len(there)] == there
            if above or not (isinstance(part, Condition) and is_atom(part)):
                continue
            tables = {node.field.table for node in part.walk() if isinstance(node, _READS)}
            where = scope if scope is not None and scope[0] in tables else None
            if where is None and tables - {None}:
                continue
            if len({self.solver.truth(part, household, where) for household in (one, other)}) > 1:
                return False
        return True

    def _turned(self, opposite: Condition, draft: Draft) -> bool:
        """Whether a household is decided by the whole and decided the other way by another."""
        held = self.solver.truth(self.whole, draft)
        return held is not None and self.solver.truth(opposite, draft) is (not held)

    def _edges(self, said: str, part: nodes.Compare, draft: Draft, scope: Scope) -> None:
        """Both sides of a threshold and on it, for each fact that can turn the whole there."""
        equal = nodes.Compare("==", part.left, part.right)
        for rows in (one.rows for one in part.walk() if isinstance(one, nodes.Count)):
            counted = self.solver.counted(part, rows, draft, scope)
            for pair in itertools.pairwise(counted):
                if {True, False} == {self.solver.truth(self.whole, one) for one in pair}:
                    for one in pair:
                        shown = f"{_rows(rows)} {len(one.tables[str(rows.table.name)])}"
                        on = self.solver.truth(equal, one) is True
                        self._add(f"{said}: {shown}", one, on=on)
        for field, where, edge in turned(self.solver, self.whole, part, draft, scope):
            for one in edge:
                on = self.solver.truth(equal, one, where) is True
                shown = _shown(one.get(field, where), field)
                self._add(f"{said}: {field.name} = {shown}", one, on=on)

    # --- rows and scores

    def _several(self, path: Path, part: nodes.Exists | nodes.ForAll) -> str | None:
        """Two rows of which one fits: enough for *any*, too few for *all*."""
        fits = part.condition if isinstance(part, nodes.ForAll) else part.rows.filter
        assert fits is not None  # noqa: S101 - an *any* without a filter is an atom
        some = isinstance(part, nodes.Exists)
        rows = attrs.evolve(part.rows, filter=None) if some else part.rows
        opposite = replaced(self.whole, path, nodes.Not(part))
        for draft, _ in self._exposed(path):
            for mixed in _mixed(self.solver, rows, fits, draft):
                if self._turned(opposite, mixed):
                    self._add(f"{_rows(rows)}: 一符一不符 one fits, one does not", mixed)
                    return None
        return phrase("no household was found with a row that fits and one that does not")

    def _score(self, part: nodes.Score) -> str | None:
        """Each condition of a score by itself."""
        conditions = [condition for _, condition in part.items]
        if _of_a_row(part):
            return phrase("its conditions are of rows, and are not tried one by one")
        for condition in conditions:
            others = [(one, one is condition) for one in conditions]
            for draft in first(self.solver.solve_all(others, self.start), 1):
                self._add(f"只有 only: {_said(condition, self.asked.pack)}", draft)
        return phrase("no household was found for which one of its conditions holds by itself")

    # --- windows

    def _window(self, path: Path, rows: Rows) -> str | None:
        """The first and last day of a window, and the days beside them."""
        assert rows.window is not None  # noqa: S101 - asked by the caller
        field = rows.table.fields[str(rows.table.day)]
        as_of = self.asked.as_of
        begins, end = rows.window.first(as_of), rows.window.end(as_of)
        after = (
            "次日 the day after" if rows.window.back else "当日 the day of the answer, not in it"
        )
        days = {
            begins - timedelta(days=1): "前一日 the day before",
            begins: "首日 its first day",
            end - timedelta(days=1): "末日 its last day",
            end: after,
        }
        for draft, scope in self._exposed(path):
            drafts = {word: draft.set(field, day, scope) for day, word in days.items()}
            if {True, False} <= {self.solver.truth(self.whole, one) for one in drafts.values()}:
                for word, one in drafts.items():
                    on = word.startswith(("首", "末"))
                    self._add(f"{_rows(rows)} {rows.window}: {word}", one, on=on)
                return None
        return phrase("no household was found in which the day of a row decides")

    # --- facts that are missing

    def _missing(self, field: Field) -> str | None:
        """A household found so far that is undecided without a fact, or else decided anew."""
        others: list[Draft] = []
        for found in list(self.found):
            held = self.solver.truth(self.whole, found.draft)
            for scope in found.draft.scopes(field):
                lacking = found.draft.set(field, None, scope)
                turned = self.solver.truth(self.whole, lacking)
                if turned is not held:
                    others.insert(0 if turned is None else len(others), lacking)
            if others and self.solver.truth(self.whole, others[0]) is None:
                break
        for lacking in others[:1]:
            self._add(f"{field.about.zh}未知 {field.path} is not known", lacking)
            return None
        return phrase("no household was found whose answer changes because it is not known")


def _mixed(solver: Solver, rows: Rows, fits: Condition, draft: Draft) -> Iterator[Draft]:
    """Drafts with two rows: one for which a condition holds, one for which it does not."""
    for one, at in solver.one_more(rows, solver.cleared(rows, draft)):
        for fitting in first(solver.solve(fits, one, at, want=True), 1):
            for two, other in solver.one_more(rows, fitting):
                yield from first(solver.solve(fits, two, other, want=False), 1)


def _of_a_row(part: Node) -> bool:
    """Whether a part reads a fact of the row it is asked of, and not of rows it asks for."""
    asked = {id(one) for some in part.walk() if hasattr(some, "rows") for one in some.walk()}
    reads = (one for one in part.walk() if isinstance(one, nodes.Read) and id(one) not in asked)
    return any(one.field.table for one in reads)


def _rows(rows: Rows) -> str:
    """What the rows are called; a third party may have given no Chinese."""
    return rows.table.zh or str(rows.table.name)


def _of_text(part: nodes.Compare) -> bool:
    return part.left.type is not None and part.left.type.kind is Kind.TEXT


def _said(part: Condition, pack: Pack) -> str:
    text = in_words(part, "zh", pack.titles("zh"))
    return text if len(text) <= _LONGEST_NAME else f"{text[: _LONGEST_NAME - 1]}…"


def _shown(value: Any, field: Field) -> str:
    return str(Money(value)) if field.about.unit.money and value is not None else str(value)
