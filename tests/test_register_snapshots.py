"""Long chains are read from their last snapshot on, and a snapshot is proved against its fold."""

from __future__ import annotations

import random
from datetime import date, timedelta
from pathlib import Path

import attrs
import pytest

pytest.importorskip("sqlalchemy", reason="the database needs the extra 'store'")

import sqlalchemy as sa

from antipoverty._casework import snapshots  # private: snapshots are damaged and left out
from antipoverty.casework import (
    Book,
    Casebook,
    Event,
    Taken,
    acknowledge,
    advance,
    advance_problem,
    answer_appeal,
    appeal,
    correct,
    extend,
    list_problem,
    log_read,
    move,
    open_cases,
    record_help,
    report,
    urge,
    withdraw,
)
from antipoverty.errors import AntipovertyError, BrokenChainError
from antipoverty.model import Household
from casework_books import VILLAGE, alerts, empty

DAY = date(2021, 3, 1)
RULES = ["traffic-accident", "disaster", "medical-burden-general"]


def long_chains(count: int, seed: int) -> tuple[Book, list[Event]]:
    """A book with one case and one problem of many events, whatever comes."""
    chance = random.Random(seed)
    book, events = empty(), []
    flow, day = book.workflow, DAY

    def write(verb: object, *given: object, **more: object) -> None:
        nonlocal book
        try:
            book, new, *_ = verb(book, *given, **more)  # type: ignore[operator]
        except AntipovertyError:
            return
        events.extend(new)

    area = {"area": "610702", "origin": "audit"}
    write(list_problem, "p1", by="county-1", on=day, condition="not water_safe", **area)
    while len(events) < count:
        day += timedelta(days=chance.randrange(3))
        step = chance.choice(flow.steps)
        finding = {word: chance.choice([True, "file-7", "move"]) for word in step.needs}
        rules = chance.sample(RULES, 2)
        write(open_cases, alerts(*(("h1", rule) for rule in rules)), as_of=day)
        write(advance, "h1", step.id, by=f"{step.by[0]}-1", on=day, finding=finding)
        risk = chance.choice(["illness", "accident", "schooling"])
        write(record_help, "h1", flow.risk(risk).measures[0], risk=risk, by="county-1", on=day)
        write(acknowledge, ["h1"], department="traffic-police", on=day, by="county-1")
        write(move, "h1", chance.choice([VILLAGE, "610703100200"]), on=day, by="county-1")
        write(withdraw, "h1", by=f"{step.by[0]}-1", on=day, why="mistake-1")
        token = f"t{len(events)}"
        write(report, "h1", area=VILLAGE, on=day, by="platform", token=token, consent=True)
        write(extend, "p1", [f"h{len(events)}"], on=day, by="county-1")
        write(
            advance_problem, "p1", "assign", by="county-1", on=day, finding={"department": "water"}
        )
        write(urge, as_of=day)
        write(appeal, "h1", "water_safe", token=token, by="household-1", on=day)
        write(log_read, ["h1"], role="county", by="county-3", on=day)
        answer = {"answer": chance.choice(["upheld", "rejected"]), "by": "county-9", "why": "bg-1"}
        write(answer_appeal, "h1", chance.choice([token, "t5"]), on=day, **answer)
        home = Household(household_id="h1", area=VILLAGE, members=(), records=())
        write(correct, home, "size", by="county-9", as_of=day, why="bg-1")
    return book, events


@pytest.mark.parametrize("seed", range(3))
def test_an_item_read_from_a_snapshot_is_the_fold_of_all_events(seed: int) -> None:
    """In every field, and in the order of what it reached."""
    _, events = long_chains(160, seed)
    book, said = empty(), 0
    for event in events:
        found = snapshots.resumed(event)
        if found is not None:
            said += 1
            register = book.cases if event.stream.startswith("case/") else book.problems
            wanted = register[found.id]
            assert found == wanted
            assert [*found.reached.items()] == [*wanted.reached.items()]
        book = book.apply([event])
    assert said > 3
    assert [event.number % snapshots.EVERY for event in events if "stands" in event.data] == [
        0
    ] * said


def test_a_snapshot_that_says_anything_else_breaks_the_chain() -> None:
    """Even if every hash after it was made anew."""
    _, events = long_chains(100, 7)
    mine = [event for event in events if event.stream == "case/h1"]
    place = next(at for at, event in enumerate(mine) if "stands" in event.data)
    for word, value in (("state", "monitored"), ("area", "610702100299"), ("urged", 3)):
        forged = mine[:place]
        for event in mine[place:]:
            data = dict(event.data)
            if event.number == mine[place].number:
                data["stands"] = {**data["stands"], word: value}
            one = attrs.evolve(event, data=data, earlier=forged[-1].hash)
            forged.append(attrs.evolve(one, hash=one.sealed()))
        with pytest.raises(BrokenChainError, match="another state"):
            empty().apply(forged)
        assert "case/h1" in empty().read(forged).damaged


def test_a_snapshot_that_none_can_have_sets_its_own_chain_aside(tmp_path: Path) -> None:
    """The steps of others, in the same file, are taken."""
    url = f"sqlite:///{tmp_path}/cases.db"
    book, events = long_chains(100, 7)
    with Casebook.open(url, empty()) as casebook:
        casebook.append(events, book)
        casebook.open_cases(alerts(("h2", "disaster")), as_of=DAY)
        with sa.create_engine(url).begin() as connection:
            connection.exec_driver_sql(
                'UPDATE event SET data = replace(data, \'"stands":{\', \'"stands":{"nobody":1,\') '
                "WHERE stream = 'case/h1'"
            )
        steps = [
            Taken(id_, "home_check", "keeper-1", DAY, {"visited": True}) for id_ in ("h1", "h2")
        ]
        written, refused = casebook.advance_each(steps)
        assert (written, [one.number for one in refused]) == (1, [1])
        assert casebook.case("h2").state == "checked"
        assert [one.stream for one in casebook.doctor()] == ["case/h1"]


def test_a_step_reads_the_end_of_a_long_chain_only(tmp_path: Path) -> None:
    """The same step for a case of 20 events and of 400, whatever became of the first ones."""
    url = f"sqlite:///{tmp_path}/cases.db"
    book, events = long_chains(400, 1)
    with Casebook.open(url, empty()) as casebook:
        casebook.append(events, book)
        assert casebook.case("h1") == book.case("h1")
        assert casebook.problem("p1") == book.problem("p1")
        with sa.create_engine(url).begin() as connection:
            connection.exec_driver_sql("UPDATE event SET why = 'x' WHERE number = 3")
        day = book.case("h1").latest + timedelta(days=1)
        casebook.report("h1", area=VILLAGE, on=day, by="platform", token="new", consent=True)
        assert casebook.case("h1").version == book.case("h1").version + 1
        assert {one.stream for one in casebook.doctor()} == {"case/h1", "problem/p1"}


def test_chains_of_before_go_on_without_a_snapshot(tmp_path: Path) -> None:
    """Events written by an earlier version have none; they are read whole until one comes."""
    book, events = long_chains(120, 2)
    old: list[Event] = []
    ends: dict[str, str] = {}
    for event in events:
        data = {key: value for key, value in event.data.items() if key != "stands"}
        earlier = ends.get(event.stream, event.earlier)
        one = attrs.evolve(event, data=data, earlier=earlier, hash="")
        old.append(attrs.evolve(one, hash=one.sealed()))
        ends[event.stream] = old[-1].hash
    with Casebook.open(f"sqlite:///{tmp_path}/cases.db", empty()) as casebook:
        casebook.append(old, empty().apply(old))
        found = casebook.case("h1")
        assert found.version == book.case("h1").version
        assert attrs.evolve(found, head="") == attrs.evolve(book.case("h1"), head="")
        for token in range(snapshots.EVERY):
            day = found.latest + timedelta(days=1 + token)
            given = {"area": VILLAGE, "on": day, "by": "platform", "consent": True}
            casebook.report("h1", token=f"new-{token}", **given)
        assert casebook.case("h1").version == found.version + snapshots.EVERY
        assert casebook.doctor() == ()
        assert casebook.case("h1") == casebook.book().case("h1")
