"""A series is audited: what was removed, doubled or altered anywhere in two years is found."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import attrs
import pytest

from antipoverty.errors import InvalidHistoryError
from antipoverty.periods import Period
from antipoverty.sampling import (
    DOUBLE_COLOUR,
    Drawing,
    HouseholdPlan,
    Inspector,
    Notice,
    Receipt,
    Staffing,
    WeeklyVillagePlan,
    announce,
    audit,
    draw,
    draw_teams,
)
from sampling_areas import SEED, province

AREAS = province([3])
WEEKS = list(Period.parse("2022-W01").until(Period.parse("2023-W52")))


def two_years() -> list[Receipt]:
    """104 weeks of rehearsals in a cycle; the receipts before each are those that it looks at."""
    plan = WeeklyVillagePlan(AREAS)
    made: list[Receipt] = []
    for number, week in enumerate(WEEKS):
        made.append(draw(plan, period=week, seed=f"{SEED}{number}", history=made[-1:]))
    return made


SERIES = two_years()


def resealed(receipt: Receipt, **change: object) -> Receipt:
    """A forged receipt whose digest fits."""
    fields = attrs.asdict(receipt, recurse=False) | change
    del fields["digest"]
    return Receipt(**fields)


def kinds(*receipts: Receipt, **more: object) -> set[str]:
    """What an audit finds wrong."""
    found = audit(receipts, since="2022-W01", until="2023-W52", **more)  # type: ignore[arg-type]
    return {one.kind for one in found.findings if one.weight == "differs"}


def test_a_sound_series_holds() -> None:
    """All 104 weeks, drawn again one by one; that the seeds were chosen is in the first line."""
    found = audit(SERIES, areas=AREAS, since="2022-W01", until="2023-W52")
    assert found.answer == "holds"
    assert found
    assert "the seed was chosen by the one who drew: 104 times" in found.explain("en")
    assert "104 次种子由抽取人自选" in found.explain("zh").splitlines()[0]
    assert audit(reversed(SERIES), areas=AREAS) == audit(SERIES, areas=AREAS)
    assert audit(SERIES).answer == "unchecked"


@pytest.mark.slow
@pytest.mark.parametrize("how", ["removed", "doubled", "altered", "resealed", "drawn-twice"])
def test_one_receipt_tampered_with_at_every_position(how: str) -> None:
    """Found each time, wherever in the two years it is."""
    for place, one in enumerate(SERIES):
        before, after = SERIES[:place], SERIES[place + 1 :]
        if how == "removed":
            assert "gap" in kinds(*before, *after)
            assert after == [] or "broken-chain" in kinds(*before, *after)
        elif how == "doubled":
            assert kinds(*before, one, one, *after) == {"twice"}
        elif how == "altered":
            assert "altered" in kinds(*before, attrs.evolve(one, frame_units=9), *after)
        elif how == "resealed":
            forged = resealed(one, frame_units=9)
            more = {} if after else {"areas": AREAS}
            assert {"broken-chain", "not-redrawn"} & kinds(*before, forged, *after, **more)
        else:
            other = draw(
                WeeklyVillagePlan(AREAS),
                period=one.period,
                seed=f"{SEED}again{place}",
                history=before[-1:],
            )
            assert "twice" in kinds(*before, one, other, *after)


def test_a_seed_used_twice_is_named() -> None:
    """By whatever plans, in whatever weeks."""
    again = draw(WeeklyVillagePlan(AREAS), period="2024-W02", seed=SERIES[3].seed)
    assert "reused-seed" in {one.kind for one in audit([*SERIES, again]).findings}


def test_a_history_left_out_is_named() -> None:
    """A cycle that forgot a receipt that lies in the folder."""
    plan = WeeklyVillagePlan(AREAS, coverage="cycle")
    made: list[Receipt] = []
    for number in range(3):
        made.append(draw(plan, period=WEEKS[number], seed=f"{SEED}{number}", history=made))
    assert audit(made, areas=AREAS)
    trimmed = draw(plan, period=WEEKS[3], seed=SEED + "x", history=made[2:])
    found = {one.kind for one in audit([*made, trimmed], areas=AREAS).findings}
    assert "trimmed-history" in found
    with pytest.raises(InvalidHistoryError):
        draw(plan, period=WEEKS[3], seed=SEED + "x", history=[*made, made[0]])


def round_of(number: int, history: list[Receipt]) -> tuple[Notice, list[Receipt], str]:
    """One whole week under a notice: villages and households, with what came of its lottery."""
    week = WEEKS[number]
    event = Drawing(f"双色球 {number}", week.first, DOUBLE_COLOUR)
    villages = WeeklyVillagePlan(AREAS)
    homes = HouseholdPlan(
        {f"61010110020{v}": [f"h{v}{n}" for n in range(4)] for v in range(3)}, take=2
    )
    staff = tuple(Inspector(f"i{n}") for n in range(4))
    made = announce(
        [villages, homes],
        period=week,
        on=week.first - timedelta(days=5),
        events=[event],
        teams=[Staffing("weekly-village", staff)],
        history=history,
    )
    result = f"05 11 17 22 28 33+{number + 1:02d}"
    opened = made.open([result])
    first = draw(villages, period=week, seed=opened, history=history)
    second = draw(homes, period=week, seed=opened, history=history, places=first)
    draw_teams(first, staff, areas=AREAS, seed=opened)
    return made, [first, second], result


def test_a_year_under_notices() -> None:
    """It holds with the results looked up; each notice has its receipts, and each of them it."""
    lists = {f"61010110020{v}": [f"h{v}{n}" for n in range(4)] for v in range(3)}
    notices: list[Notice] = []
    receipts: list[Receipt] = []
    results: dict[str, list[str]] = {}
    for number in range(5):
        notice, drawn, result = round_of(number, receipts)
        notices.append(notice)
        receipts += drawn
        results[str(WEEKS[number])] = [result]
    whole = [*notices, *receipts]
    given = {"areas": AREAS, "lists": lists, "results": results}
    assert audit(whole, **given)  # type: ignore[arg-type]
    assert "looked up" in audit(whole, areas=AREAS, lists=lists).explain("en")
    assert audit(receipts, **given).answer == "unchecked"  # type: ignore[arg-type]

    def found(*documents: Notice | Receipt, **more: object) -> set[str]:
        report = audit(documents, **{**given, **more})  # type: ignore[arg-type]
        return {one.kind for one in report.findings if one.weight == "differs"}

    last = [one for one in whole if one is not receipts[-1]]
    assert "undrawn-notice" in found(*last)  # without being told until when there should be any
    wrong = {**results, str(WEEKS[2]): ["05 11 17 22 28 33+16"]}
    assert found(*whole, results=wrong) == {"notice"}
    second = attrs.asdict(notices[4], recurse=False) | {"published_on": date(2022, 1, 2)}
    del second["digest"]
    assert found(*whole, Notice(**second)) == {"twice", "undrawn-notice"}
    fields = attrs.asdict(notices[0], recurse=False) | {"published_on": WEEKS[0].first}
    del fields["digest"]
    late = Notice(**fields)
    forged = resealed(receipts[0], origin=attrs.evolve(receipts[0].origin, notice=late.digest))
    assert "notice" in found(late, *notices[1:], forged, *receipts[1:])


def test_many_notices_prepared_for_one_event_are_told_by_who_had_them() -> None:
    """Three hundred, and one is shown that suits: the documents alone hold, those who watch see it.

    An honest notice that somebody had in time holds; had on the day of the event, it does not.
    """
    event = Drawing("双色球 1", date(2022, 1, 9), DOUBLE_COLOUR)
    result = "05 11 17 22 28 33+09"
    wanted = "610101100202"
    for number in range(300):
        plan = WeeklyVillagePlan(AREAS, source=f"the bureau's document number {number}")
        notice = announce([plan], period=WEEKS[1], on=date(2022, 1, 3), events=[event])
        receipt = draw(plan, period=WEEKS[1], seed=notice.open([result]))
        if receipt.picks() == (wanted,):
            break
    assert receipt.picks() == (wanted,)
    given = {"areas": AREAS, "results": {str(WEEKS[1]): [result]}}
    alone = audit([notice, receipt], **given)  # type: ignore[arg-type]
    assert alone.answer == "holds"
    assert "only by those who had them then" in alone.explain("en")
    for seen, answer in (
        ({}, "differs"),
        ({notice.digest: date(2022, 1, 9)}, "differs"),
        ({notice.digest: date(2022, 1, 8)}, "holds"),
    ):
        found = audit([notice, receipt], seen=seen, **given)  # type: ignore[arg-type]
        assert found.answer == answer
        kinds_ = {one.kind for one in found.findings if one.weight == "differs"}
        assert kinds_ == ({"unseen-notice"} if answer == "differs" else set())
        assert ("事件之前无人见过" in found.explain("zh")) is (answer == "differs")


def test_a_notice_that_somebody_had_and_that_is_not_here_is_named() -> None:
    """Of two that were published the one that did not suit was left out of the folder."""
    event = Drawing("双色球 1", date(2022, 1, 9), DOUBLE_COLOUR)
    plans = [WeeklyVillagePlan(AREAS, source=source) for source in ("one", "another")]
    shown, hidden = (
        announce([plan], period=WEEKS[1], on=date(2022, 1, 3), events=[event]) for plan in plans
    )
    result = ["05 11 17 22 28 33+09"]
    receipt = draw(plans[0], period=WEEKS[1], seed=shown.open(result))
    seen = dict.fromkeys((shown.digest, hidden.digest), date(2022, 1, 4))
    found = audit([shown, receipt], areas=AREAS, results={str(WEEKS[1]): result}, seen=seen)
    assert {one.kind for one in found.findings if one.weight == "differs"} == {"hidden-notice"}


def test_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder is audited: exit code 0, 1 or 3, in both languages."""
    pytest.importorskip("typer", reason="the command line needs the extra 'cli'")
    from antipoverty.cli import main

    areas = tmp_path / "areas.csv"
    rows = [f"{a.level.value},{a.code},{a.name},{a.code.parent or ''}\n" for a in AREAS]
    areas.write_text("level,code,name,parent\n" + "".join(rows), encoding="utf-8")
    folder = tmp_path / "series"
    folder.mkdir()
    for one in SERIES[:4]:
        (folder / f"{one.period}.json").write_text(one.to_json(), encoding="utf-8")
    command = ["verify", str(folder), "--areas", str(areas)]
    assert main(command) == 0
    assert "the whole series was verified; the seed was chosen by" in capsys.readouterr().out
    assert main([*command, "--until", "2022-W05", "--json"]) == 1
    assert '"gap"' in capsys.readouterr().out
    (folder / f"{SERIES[1].period}.json").unlink()
    assert main(command) == 1
    out = capsys.readouterr().out
    assert "2022-W02: there is no receipt" in out
    assert "2022-W02: 没有回执" in out
    (folder / "x.json").write_text("{}", encoding="utf-8")
    assert main(command) == 2
    assert "x.json" in capsys.readouterr().err
