"""What is asked of each person, or each loan, of a household: groups of rows."""

from __future__ import annotations

import itertools
import random
from collections import defaultdict
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antipoverty.conditions import Setting, in_words, parse, records, truth, unsettled, yuan
from antipoverty.conditions.evidence import evidence
from antipoverty.engines.closure import compile_pack
from antipoverty.errors import AntipovertyError
from antipoverty.model import Delivery, Household, Money, Record
from antipoverty.rules import (
    Pack,
    Rule,
    Source,
    Text,
    Verdict,
    judge,
)
from antipoverty.screening import Tables, screen
from antipoverty.testing import proofs
from engines import ALL, EAGER, rows, tables_as
from packs import a_pack_on_records, a_parameter

AS_OF, DAY = date(2021, 12, 1), date(2021, 11, 1)
HANZHONG, XIAN = "610702100200", "610111001200"
SOURCE = Source("made for the test")
RULES = {
    "one-over": 'any(by(records, member_id), sum(records, amount, where=kind == "medical", '
    'months=12) > param("line"))',
    "each-under": "all(by(records, member_id), sum(records, amount) <= yuan(12))",
    "persons": "count(by(records, member_id)) >= 2",
    "ill-persons": 'count(by(records, member_id), any(records, kind == "medical")) >= 2',
    "worst": "max(by(records, member_id), sum(records, amount)) > rigid_spending_12m",
    "least": "min(by(records, member_id), count(records)) <= 1",
    "usual": "any(by(records, member_id), median(records, amount) > rigid_spending_12m "
    "and not monitored)",
    "little": 'any(by(records, member_id), sum(records, amount, where=kind == "medical") '
    "< yuan(5))",
    "silent": "any(by(records, member_id), gap(records, day) > 60)",
}


def pack(names: tuple[str, ...] = tuple(RULES)) -> Pack:
    """The rules above, with a line that differs by prefecture."""
    line = a_parameter("line", "yuan", {"61": 1000, "6107": 600}, date(2021, 1, 1))
    return a_pack_on_records(
        {name: RULES[name] for name in names}, parameters=[line] if "one-over" in names else []
    )


PACK = pack()


def drawn(seed: int, number: int, lost: float) -> list[Household]:
    """Households of up to six records of up to three persons, some facts of which are lost."""
    rnd = random.Random(seed)

    def known(value: Any, share: float = lost) -> Any:
        return None if rnd.random() < share else value

    return [
        Household(
            household_id=f"h{n}",
            area=rnd.choice([HANZHONG, XIAN]),
            members=(),
            monitored=rnd.random() < 0.3,
            rigid_spending_12m=known(Money(rnd.choice([500, 600]))),
            records=tuple(
                Record(
                    record_id=f"{n}-{k}",
                    member_id=known(f"m{n}-{rnd.randrange(3)}"),
                    kind=rnd.choice(["medical", "accident"]),
                    day=known(
                        date.fromordinal(AS_OF.toordinal() - rnd.randrange(1, 500)), lost / 2
                    ),
                    amount=known(Money(rnd.choice([100, 500, 600, 1000])), lost / 2),
                )
                for k in range(rnd.randrange(7))
            ),
        )
        for n in range(number)
    ]


def by_hand(one: Household) -> set[str]:
    """Which rules warn of a household of which everything is known, in plain Python."""
    persons: dict[Any, list[Record]] = defaultdict(list)
    for row in one.records or ():
        persons[row.member_id].append(row)
    spent = one.rigid_spending_12m
    line = 600 if one.area == HANZHONG else 1000
    year = date(2020, 12, 1)

    def total(mine: list[Record]) -> int:
        return sum(row.amount for row in mine)

    def longest(mine: list[Record]) -> int:
        days = sorted(row.day for row in mine)
        return max(((b - a).days for a, b in itertools.pairwise(days)), default=0)

    ill = {who: [row for row in mine if row.kind == "medical"] for who, mine in persons.items()}
    found = set()
    if any(total([row for row in mine if row.day >= year]) > line for mine in ill.values()):
        found.add("one-over")
    if all(total(mine) <= 1200 for mine in persons.values()):
        found.add("each-under")
    if len(persons) >= 2:
        found.add("persons")
    if sum(bool(mine) for mine in ill.values()) >= 2:
        found.add("ill-persons")
    if persons and max(map(total, persons.values())) > spent:
        found.add("worst")
    if persons and min(map(len, persons.values())) <= 1:
        found.add("least")
    if any(
        sorted(row.amount for row in mine)[(len(mine) - 1) // 2] > spent and not one.monitored
        for mine in persons.values()
    ):
        found.add("usual")
    if any(total(mine) < 500 for mine in ill.values()):
        found.add("little")
    if any(longest(mine) > 60 for mine in persons.values()):
        found.add("silent")
    return found


def warned(homes: list[Household]) -> set[tuple[str, str]]:
    """What the plain program says of some households."""
    return {(one.household_id, rule) for one in homes for rule in by_hand(one)}


@pytest.mark.parametrize("kind", ALL)
def test_every_engine_answers_what_a_plain_program_does(kind: str) -> None:
    """Of households of which everything is known."""
    homes = drawn(7, 200, 0)
    found = screen(tables_as(Tables.of(homes), kind), PACK, as_of=AS_OF)
    assert {(row[0], row[2]) for row in rows(found.alerts) if row[3] == "warn"} == warned(homes)


def test_the_reference_and_the_closure_answer_what_a_plain_program_does() -> None:
    """Every rule warns of some and is clear of others."""
    homes = drawn(11, 200, 0)
    compiled = compile_pack(PACK, as_of=AS_OF)
    seen = set()
    for one in homes:
        expected = by_hand(one)
        by_rule = dict(zip(compiled.rules, compiled(one), strict=True))
        verdicts = judge(one, PACK, as_of=AS_OF).verdicts
        for rule in RULES:
            assert (verdicts.get(rule, Verdict.CLEAR) is Verdict.WARN) is (rule in expected) or (
                verdicts[rule] is Verdict.UNDECIDED and rule in ("silent", "worst", "least")
            )
            assert by_rule[rule] is verdicts.get(rule, Verdict.CLEAR)
            seen.add((rule, rule in expected))
    assert seen == {(rule, held) for rule in RULES for held in (True, False)}


@pytest.mark.slow
@pytest.mark.parametrize("lost", [0.1, 0.4])
@pytest.mark.parametrize("kind", ALL)
def test_every_engine_leaves_open_what_the_reference_does(kind: str, lost: float) -> None:
    """Verdicts and missing facts, where keys, days and amounts are not known."""
    homes = drawn(5, 120, lost)
    found = screen(tables_as(Tables.of(homes), kind), PACK, as_of=AS_OF)
    expected, facts = set(), set()
    for one in homes:
        for alert in judge(one, PACK, as_of=AS_OF):
            expected.add((one.household_id, one.area, alert.rule_id, alert.verdict.value))
            if alert.verdict is Verdict.UNDECIDED:
                facts |= {(one.household_id, one.area, alert.rule_id, f) for f in alert.missing}
    assert rows(found.alerts) == expected
    assert rows(found.undecided()) == facts


# --- rows of which the group is not known ---------------------------------------------


def home(*listed: tuple[str | None, int | None], **facts: Any) -> Household:
    """A household with records of some persons and fen."""
    return Household(
        **{
            "household_id": "h",
            "area": XIAN,
            "members": (),
            "records": tuple(
                Record(
                    record_id=f"r{n}",
                    member_id=who,
                    kind="medical",
                    day=DAY,
                    amount=None if fen is None else Money(fen),
                )
                for n, (who, fen) in enumerate(listed)
            ),
            **facts,
        }
    )


TODAY = Setting(AS_OF, kinds={"records": ("medical", "accident")})
OVER = "any(by(records, member_id), sum(records, amount) > yuan(10))"


def test_a_row_of_nobody_known_may_be_any_persons_or_anothers() -> None:
    """It leaves open what it could turn, and nothing else."""
    over = parse(OVER)
    assert truth(over, home(("a", 600), ("b", 600)), TODAY) is False
    assert truth(over, home(("a", 600), ("a", 600)), TODAY) is True
    assert truth(over, home(("a", 600), (None, 600)), TODAY) is None
    assert unsettled(over, home(("a", 600), (None, 600)), TODAY) == {"records.member_id"}
    assert truth(over, home(("a", 600), (None, 300)), TODAY) is False
    assert truth(over, home(("a", 1001), (None, 300)), TODAY) is True
    persons = parse("count(by(records, member_id)) >= 2")
    assert truth(persons, home(("a", 1), (None, 1)), TODAY) is None
    assert truth(persons, home(("a", 1), ("b", 1), (None, 1)), TODAY) is True
    most = parse("max(by(records, member_id), sum(records, amount)) > yuan(10)")
    assert truth(most, home(("a", 600), (None, 300)), TODAY) is False
    assert truth(most, home(), TODAY) is None
    assert unsettled(most, home(), TODAY) == {str(most.parts[0])}


CONDITIONS = [
    OVER,
    "all(by(records, member_id), sum(records, amount) <= yuan(10))",
    "count(by(records, member_id)) >= 2",
    "count(by(records, member_id), sum(records, amount) >= yuan(6)) == 1",
    "max(by(records, member_id), sum(records, amount)) >= yuan(11)",
    "min(by(records, member_id), count(records)) >= 2",
    "count(by(records, member_id)) * 2 - count(records) > 0",
]


@given(
    st.lists(
        st.tuples(st.sampled_from(["a", "b", None]), st.sampled_from([500, 600, None])), max_size=4
    ),
    st.sampled_from(CONDITIONS),
)
def test_what_is_decided_stays_so_whatever_turns_out(
    listed: list[tuple[str | None, int | None]], text: str
) -> None:
    """Every person and amount that could be is tried; a decided answer never turns."""
    condition = parse(text)
    held = truth(condition, home(*listed, size=1), TODAY)
    if held is None:
        return
    who = [[name] if name else ["a", "b", "c", "d"] for name, _ in listed]
    fen = [[one] if one is not None else [0, 600, 1100] for _, one in listed]
    for names in itertools.product(*who):
        for amounts in itertools.product(*fen):
            other = home(*zip(names, amounts, strict=True), size=1)
            assert truth(condition, other, TODAY) is held


@pytest.mark.parametrize("kind", EAGER)
def test_what_nobody_handed_over_may_be_any_persons(kind: str) -> None:
    """An undelivered kind leaves open whether one person is over the line."""
    one, alone = home(("a", 600)), pack(("one-over",))
    handed = tuple(
        Delivery(department="d", kinds=(name,), area="61", first=None, last=AS_OF)
        for name in ("medical", "accident")
    )
    for deliveries, verdicts in ((handed, set()), (handed[1:], {"undecided"})):
        asked = one.model_copy(update={"deliveries": deliveries})
        held = {alert.verdict.value for alert in judge(asked, alone, as_of=AS_OF)}
        assert held == verdicts
        found = screen(tables_as(Tables.of([asked]), kind), alone, as_of=AS_OF)
        assert {row[3] for row in rows(found.alerts)} == verdicts


# --- text, words, evidence, proofs ------------------------------------------------------


def test_text_python_and_words_say_the_same() -> None:
    """Every person is told as no person who is not."""
    tree = records.by("member_id").any(records.within(months=12).sum("amount") > yuan(10))
    text = "any(by(records, member_id), sum(records, amount, months=12) > yuan(10))"
    assert parse(text) == tree
    assert str(tree) == text
    assert in_words(tree, "zh") == "有同一成员编号的近12个月部门数据金额合计超过10元"
    every = parse("all(by(records, member_id), sum(records, amount) <= yuan(10))")
    assert every == parse("not any(by(records, member_id), not sum(records, amount) <= yuan(10))")
    assert in_words(every, "en").startswith("for each member id of records: the total amount")


def test_a_group_is_asked_what_makes_sense() -> None:
    """With what to write instead."""
    for text, words in {
        "any(by(records, member_id), monitored)": "asks nothing of the rows",
        "any(by(records, member_id), count(members) > 2)": "only their own rows",
        "any(by(records, amount), count(records) > 2)": "takes a text",
        "any(by(records, member_ids), count(records) > 2)": "member_id",
        "any(by(record, member_id), count(records) > 2)": "records",
        "sum(by(records, member_id), count(records)) > 2": "any, all, count, max or min",
        "any(by(records, member_id), any(by(records, kind), count(records) > 1))": "no groups",
        "any(by(records, member_id, months=1), count(records) > 1)": "write any",
        "max(by(records, member_id), max(records, day)) > 1": "takes a number",
    }.items():
        with pytest.raises(AntipovertyError, match=words):
            parse(text)


def test_evidence_names_the_rows_of_the_person_who_is_over() -> None:
    """And not those of others."""
    (found,) = evidence(parse(OVER), home(("a", 600), ("b", 600), ("b", 500)), TODAY)
    assert found.rows == ("r1", "r2")


@pytest.mark.slow
def test_proofs_know_that_one_persons_total_is_part_of_the_households() -> None:
    """What can be told of every household is proved, and what cannot has a witness."""
    pytest.importorskip("z3")
    never = {
        f"{OVER} and sum(records, amount) <= yuan(10)": True,
        f"sum(records, amount) > yuan(10) and not {OVER}": False,
        "count(by(records, member_id)) > count(records)": True,
    }
    for when, proved in never.items():
        rule = Rule(
            id="r",
            title=Text("规则", "rule"),
            department="d",
            when=when,
            source=SOURCE,
            since=date(2021, 1, 1),
            until=date(2021, 1, 1),
        )
        answer = proofs.never_warns(rule)
        assert (answer.witness is None) is proved, when
