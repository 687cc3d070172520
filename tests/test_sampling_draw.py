"""Draws and receipts: what is drawn, what is stated, and that any change is noticed."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from antipoverty._base.documents import (  # private: a receipt is sealed again after a change
    digest_of,
)
from antipoverty.codes import AreaCode, Level
from antipoverty.errors import (
    EmptyFrameError,
    InvalidAreasError,
    InvalidDocumentError,
    InvalidDrawError,
    InvalidHistoryError,
    InvalidPeriodError,
    InvalidPlanError,
    ReusedSeedError,
    UnknownAreaError,
    WeakSeedError,
)
from antipoverty.model import Area, AreaTree, shaanxi_areas
from antipoverty.periods import Period
from antipoverty.sampling import (
    Design,
    HouseholdPlan,
    OnSitePlan,
    Plan,
    Receipt,
    Stage,
    WeeklyVillagePlan,
    draw,
    ticket,
    verify,
)
from forged import changed, leaves
from sampling_areas import SEED, chi_square, critical, province

GOLDEN = Path(__file__).parent / "golden"
SMALL = province([5, 3, 1, 0])


def weekly(areas: AreaTree = SMALL, period: str = "2022-W06", seed: str = SEED) -> Receipt:
    """One weekly draw."""
    return draw(WeeklyVillagePlan(areas), period=period, seed=seed)


# --- what is drawn -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "plan", "period"),
    [
        ("weekly-village-2022-W06", WeeklyVillagePlan, "2022-W06"),
        ("onsite-2022-Q1", OnSitePlan, "2022-Q1"),
    ],
)
def test_the_published_receipts_are_drawn_again_to_the_byte(
    name: str, plan: Any, period: str
) -> None:
    """No release may change a draw that was made."""
    text = (GOLDEN / f"{name}.json").read_text(encoding="utf-8")
    receipt = draw(plan(shaanxi_areas()), period=period, seed=SEED)
    assert receipt.to_json() == text
    assert verify(text, shaanxi_areas())


def test_the_smallest_ticket_of_each_county_is_drawn() -> None:
    """By a loop that shares no code with the library."""
    receipt = json.loads((GOLDEN / "weekly-village-2022-W06.json").read_text(encoding="utf-8"))
    counties: dict[str, list[tuple[str, str]]] = {}
    for area in shaanxi_areas():
        if area.level is Level.VILLAGE and "200" <= area.code[9:] <= "399":
            text = f"antipoverty-draw/1|{SEED}|weekly-village|2022-W06|{area.code[:6]}|{area.code}"
            hash_ = hashlib.sha256(text.encode()).hexdigest()
            counties.setdefault(area.code[:6], []).append((hash_, area.code))
    assert len(counties) == len(receipt["strata"]) == 104
    for stratum in receipt["strata"]:
        ranked = sorted(counties[stratum["stratum"]])
        drawn = [(pick["ticket"], pick["unit"]) for pick in stratum["picks"]]
        assert drawn == ranked[:1]
        assert stratum["others"] == str(Fraction(1, len(ranked)))


def test_on_site_draws_a_county_in_every_city_and_a_village_in_it() -> None:
    """The second stage's stratum is the county drawn; nothing is drawn in any other."""
    receipt = draw(OnSitePlan(shaanxi_areas()), period="2022-Q1", seed=SEED)
    counties, villages = receipt.picks(1), receipt.picks(2)
    assert [code[:4] for code in counties] == [
        a.code for a in shaanxi_areas().descendants("61", "city")
    ]
    assert sorted(code[:6] for code in villages) == sorted(counties)
    assert all(bool(one.picks) == (one.status == "drawn") for one in receipt.strata)
    for one in receipt.strata:
        for pick in one.picks:
            assert pick.ticket == ticket(SEED, "onsite", "2022-Q1", one.stratum, pick.unit)


def test_chances_multiply_over_the_stages() -> None:
    """A village's chance is its county's times its own; a city's chances add up to one."""
    receipt = draw(OnSitePlan(SMALL), period="2022", seed=SEED)
    villages = [a.code for a in SMALL.descendants(None, "village")]
    assert receipt.chance(villages[0]) == Fraction(1, 3) * Fraction(1, 5)
    assert sum(receipt.chance(code) for code in villages) == 1
    with pytest.raises(InvalidDrawError, match="no stratum"):
        receipt.chance("610104100200")


def test_a_stratum_without_a_unit_is_skipped_with_its_reason() -> None:
    """Three districts of Xi'an have no villagers' committee."""
    receipt = weekly(shaanxi_areas())
    assert [one.stratum for one in receipt.skipped] == ["610102", "610103", "610104"]
    assert all("no rural village" in one.reason for one in receipt.skipped)


def test_exclusions_keep_their_reason() -> None:
    """A whole county or a single village is left out, and the receipt says why."""
    excluded = {"610101": "flood", "610102100200": "moved"}
    receipt = draw(WeeklyVillagePlan(SMALL, excluded=excluded), period="2022-W06", seed=SEED)
    assert receipt.frame_units == 3
    assert [one.reason for one in receipt.skipped if one.stratum == "610101"] == [
        "已排除 excluded: flood"
    ]
    assert receipt.as_dict()["design"]["excluded"] == excluded
    with pytest.raises(UnknownAreaError):
        draw(WeeklyVillagePlan(SMALL, excluded={"6199": "typo"}), period="2022-W06", seed=SEED)


def test_fewer_units_than_asked_are_all_taken_and_that_is_said() -> None:
    """Their chance is one."""
    design = Design("three", "county", (Stage("village", take=3),), rural=True)
    receipt = draw(Plan(design, SMALL), period="2022", seed=SEED)
    found = {one.stratum: (len(one.picks), one.short, one.others) for one in receipt.strata}
    assert found == {
        "610101": (3, False, Fraction(3, 5)),
        "610102": (3, False, Fraction(1)),
        "610103": (1, True, Fraction(1)),
    }


@given(st.data())
def test_removing_a_loser_changes_nothing(data: st.DataObject) -> None:
    """Only the winner's leaving changes a stratum, and then the next smallest ticket wins."""
    before = weekly()
    winners = {
        one.stratum: sorted(
            (a.code for a in SMALL.descendants(one.stratum, "village")),
            key=lambda code: ticket(SEED, "weekly-village", "2022-W06", code[:6], code),
        )
        for one in before.strata
    }
    villages = [a for a in SMALL.descendants(None, "village") if a.code[:6] != "610103"]
    gone = data.draw(st.sampled_from(villages)).code
    after = weekly(AreaTree(area for area in SMALL if area.code != gone))
    for one in after.strata:
        row = winners[one.stratum]
        assert one.picks[0].unit == (row[1] if gone == row[0] else row[0])


@given(order=st.permutations(list(SMALL)))
@settings(max_examples=20)
def test_the_order_of_the_areas_does_not_matter(order: list[Area]) -> None:
    """The same receipt, to the byte."""
    assert weekly(AreaTree(order)).to_json() == weekly().to_json()


def test_every_village_is_drawn_as_often_as_any_other() -> None:
    """Chi-square over 8 villages and 4,000 draws, at a significance of 1 in 1,000.

    The villages stand in the order of their codes, so an effect of the code would show.
    """
    areas = province([8])
    plan = WeeklyVillagePlan(areas)
    found = Counter(
        draw(plan, period="2022-W06", seed=f"{SEED}{number}").picks()[0] for number in range(4000)
    )
    codes = [area.code for area in areas.descendants(None, "village")]
    assert chi_square([found[c] for c in codes], [500.0] * 8) < critical(7, 0.001)


def test_rounds_are_independent_of_each_other() -> None:
    """Chi-square over pairs of successive weeks of 4 villages, at 1 in 1,000."""
    plan = WeeklyVillagePlan(province([4]))
    weeks = Period.parse("2000-W01").until(Period.parse("2050-W52"))
    drawn = [draw(plan, period=week, seed=SEED).picks()[0] for week in weeks]
    pairs = Counter(zip(drawn[::2], drawn[1::2], strict=False))
    rows, columns = Counter(drawn[::2]), Counter(drawn[1::2])
    total = sum(pairs.values())
    cells = [(a, b) for a in sorted(rows) for b in sorted(columns)]
    expected = [rows[a] * columns[b] / total for a, b in cells]
    assert chi_square([pairs[cell] for cell in cells], expected) < critical(9, 0.001)


def test_codes_that_ended_are_not_drawn_from() -> None:
    """The frame is that of the period's first day."""
    old, new = AreaCode("610101100200"), AreaCode("610101100290")
    areas = AreaTree(
        area.model_copy(update={"until": date(2022, 5, 31), "successors": (new,)})
        if area.code == old
        else area
        for area in [*SMALL, Area(code=new, name="新", since=date(2022, 6, 1))]
    )
    seeds = [f"{SEED}{number}" for number in range(60)]
    assert new not in {p for s in seeds for p in weekly(areas, "2022-W06", s).picks()}
    assert old not in {p for s in seeds for p in weekly(areas, "2022-W30", s).picks()}


def test_households_of_a_village_are_drawn_from_lists() -> None:
    """Strata are the villages; an empty list is skipped."""
    lists = {"610702100200": [f"h{n}" for n in range(9)], "610702100201": []}
    receipt = draw(HouseholdPlan(lists, take=4), period="2022-W06", seed=SEED)
    assert len(receipt.picks()) == 4
    assert receipt.chance("h3", "610702100200") == Fraction(4, 9)
    assert [one.stratum for one in receipt.skipped] == ["610702100201"]
    assert verify(receipt, lists)
    assert not verify(receipt, {"610702100200": lists["610702100200"][:-1]})


# --- bad input -------------------------------------------------------------------------


def test_bad_input_is_refused_clearly() -> None:
    """Each kind by its own error."""
    with pytest.raises(EmptyFrameError, match="no village is left"):
        weekly(province([0]))
    with pytest.raises(EmptyFrameError):
        weekly(AreaTree([]))
    with pytest.raises(InvalidPeriodError):
        weekly(period="2022-W60")
    with pytest.raises(InvalidDrawError, match="every week"):
        weekly(period="2022-02")
    with pytest.raises(InvalidAreasError, match="orphan"):
        AreaTree(area for area in SMALL if area.code != "610101100")
    with pytest.raises(InvalidPlanError, match="is there already"):
        draw(HouseholdPlan({"v": ["a", "b", "a"]}, take=1), period="2022-W06", seed=SEED)
    with pytest.raises(InvalidDrawError, match="lists of units"):
        draw(Plan(HouseholdPlan({}, take=1).design, SMALL), period="2022-W06", seed=SEED)


@pytest.mark.parametrize(
    ("design", "words"),
    [
        ({"stages": ()}, "at least one stage"),
        ({"strata": "parish"}, "levels are"),
        ({"stages": (Stage("city"),)}, "lies below"),
        ({"stages": (Stage("township"),), "rural": True}, "known to be rural"),
        ({"stages": (Stage("village", take=0),)}, "at least 1"),
        ({"stages": (Stage("village", coverage="often"),)}, "'often'"),
        ({"stages": (Stage("village", 2, "size", "within(3)"),)}, "one unit at a time"),
        ({"stages": (Stage("township"), Stage("village", coverage="within(9)"))}, "first stage"),
        ({"id": "a|b"}, "'|'"),
        ({"cadence": "fortnight"}, "the cadence"),
    ],
)
def test_a_design_that_does_not_fit_together_is_refused(design: dict[str, Any], words: str) -> None:
    """Before anything is drawn."""
    with pytest.raises(InvalidPlanError) as caught:
        Design(**({"id": "d", "strata": "county", "stages": (Stage("village"),)} | design))
    assert words in str(caught.value)


@pytest.mark.parametrize("seed", ["1234567890123456789", "1" * 40, "121" * 20])
def test_a_seed_that_can_be_guessed_is_refused(seed: str) -> None:
    """Too short, or too few different characters."""
    with pytest.raises(WeakSeedError):
        weekly(seed=seed)


def test_a_seed_with_blanks_at_its_ends_is_refused() -> None:
    """They are lost when it is copied from a notice."""
    with pytest.raises(InvalidDrawError, match="blank"):
        weekly(seed=SEED + " ")


def test_a_seed_serves_one_period_only() -> None:
    """It is known once the first receipt is out, in whatever plan; the same week may share it."""
    first = weekly()
    with pytest.raises(ReusedSeedError):
        draw(WeeklyVillagePlan(SMALL), period="2022-W07", seed=SEED, history=[first])
    with pytest.raises(ReusedSeedError):
        draw(OnSitePlan(SMALL), period="2022-Q2", seed=SEED, history=[first])


def test_history_from_the_future_or_altered_is_refused() -> None:
    """All that is wrong with it, at once."""
    seeds = iter([f"{SEED}{n}" for n in range(9)])
    later = weekly(period="2022-W08", seed=next(seeds))
    same = weekly(period="2022-W07", seed=next(seeds))
    altered = attrs.evolve(weekly(period="2022-W05", seed=next(seeds)), frame_units=3)
    twice = weekly(period="2022-W04", seed=next(seeds))
    again = weekly(period="2022-W04", seed=next(seeds))
    with pytest.raises(InvalidHistoryError) as caught:
        draw(
            WeeklyVillagePlan(SMALL),
            period="2022-W07",
            seed=SEED,
            history=[later, same, altered, twice, again],
        )
    assert [problem.message.split(" for ")[1] for problem in caught.value.problems] == [
        "2022-W08 is not from before 2022-W07",
        "2022-W07 is not from before 2022-W07",
        "2022-W05 was altered: its digest does not fit",
        "2022-W04 stands twice in the history",
    ]


# --- receipts ------------------------------------------------------------------------------


@given(
    villages=st.lists(st.integers(0, 6), min_size=1, max_size=4).filter(any),
    take=st.integers(1, 3),
    by=st.sampled_from(["equal", "size"]),
    coverage=st.sampled_from(["independent", "cycle"]),
)
def test_receipts_survive_json(villages: list[int], take: int, by: Any, coverage: str) -> None:
    """Read and written again they are the same, to the byte, and verify."""
    areas = province(villages)
    sizes = {a.code: int(a.code[-2:]) * 7 + 1 for a in areas.descendants(None, "village")}
    design = Design("d", "county", (Stage("village", take, by, coverage),), rural=True)
    receipt = draw(Plan(design, areas, sizes), period="2022", seed=SEED)
    text = receipt.to_json()
    read = Receipt.from_json(text)
    assert read == receipt
    assert read.to_json() == text
    assert read.intact
    assert verify(text, areas, sizes=sizes)
    listed = [one.chance(unit) for one in receipt.strata for unit in _units(areas, one.stratum)]
    assert sum(listed) == len(receipt.picks())


def _units(areas: AreaTree, county: str) -> list[str]:
    return [area.code for area in areas.descendants(county, "village")]


RECEIPT = json.loads(draw(OnSitePlan(SMALL), period="2022-Q1", seed=SEED).to_json())


@given(place=st.sampled_from(list(leaves(RECEIPT))), resealed=st.booleans())
@settings(max_examples=300)
def test_any_change_of_one_field_is_caught(place: tuple[Any, ...], resealed: bool) -> None:
    """Even with a digest made to fit; only of the plan itself may another draw the same."""
    document = json.loads(json.dumps(RECEIPT))
    inner = document
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = changed(inner[place[-1]])
    if resealed and place != ("digest",):
        if place[0] == "design":
            return
        document["digest"] = digest_of(document)
    try:
        found = verify(json.dumps(document), SMALL)
    except (InvalidDocumentError, InvalidDrawError):
        return
    assert not found.ok
    if place[0] in ("previous", "places", "history", "origin") and not found.differences:
        # It names a document that nobody gave.
        assert found.answer == "unchecked"
        assert "for want of" in found.explain("en")
        return
    assert found.differences
    assert "fields differ" in found.explain("en")
    assert "不符" in found.explain("zh")


def inner(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The places of all objects and lists of a document, its own among them."""
    yield place
    for key, one in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(one, dict | list):
            yield from inner(one, (*place, key))


WHOLE = draw(
    OnSitePlan(SMALL, excluded={"610102100202": "flood"}),
    period="2022-Q2",
    seed=SEED + "2",
    history=[Receipt.from_json(json.dumps(RECEIPT))],
).as_dict()


@given(
    place=st.sampled_from(list(inner(WHOLE))),
    how=st.sampled_from(["more", "less", "twice", "turn"]),
)
@settings(max_examples=400)
def test_any_change_of_the_form_is_caught(place: tuple[Any, ...], how: str) -> None:
    """A key or entry more or less, one twice, or another order, with a digest made to fit."""
    document = json.loads(json.dumps(WHOLE))
    found = document
    for key in place:
        found = found[key]
    before = json.dumps(document)
    last = next(reversed(found if isinstance(found, dict) else range(len(found))), None)
    match found, how:
        case dict(), "more":
            found["more"] = "1/2"
        case list(), "more":
            found.append("0" * 64)
        case _, "less" if last is not None:
            del found[last]
        case list(), "twice" if found:
            found.append(found[-1])
        case list(), "turn":
            found.reverse()
    if place[:1] != ("design",):  # another plan, sealed anew, may be another valid receipt
        document["digest"] = digest_of(document)
    text = json.dumps(document)
    if text == before:
        return
    try:
        found = verify(text, SMALL, history=[Receipt.from_json(json.dumps(RECEIPT))])
    except (InvalidDocumentError, InvalidDrawError):
        return
    assert place
    assert not found.ok


@pytest.mark.parametrize(
    ("stated", "other"),
    [
        ('"units": 5', '"units": 5.0'),
        ('"units": 5', '"units": "5"'),
        ('"units": 5', '"units": true'),
        ('"units": 5', '"units": 5, "units": 5'),
        ('"units": 5', '"units": NaN'),
        ('"others": "1/3"', '"others": "2/6"'),
        ('"others": "1/3"', '"others": 1'),
        ('"short": false', '"short": 0'),
        ('"period": "2022-Q1"', '"period": "2022-Q1 "'),
    ],
)
def test_another_spelling_of_a_value_is_no_receipt(stated: str, other: str) -> None:
    """There is one way to write each field, so that nobody has to guess what was meant."""
    text = json.dumps(RECEIPT)
    assert stated in text
    with pytest.raises(InvalidDocumentError):
        Receipt.from_json(text.replace(stated, other, 1))


def test_text_after_a_receipt_is_refused() -> None:
    """Nothing can be smuggled in behind the closing brace, or before the first."""
    for text in (json.dumps(RECEIPT) + "{}", "\ufeff" + json.dumps(RECEIPT)):
        with pytest.raises(InvalidDocumentError, match="not JSON"):
            Receipt.from_json(text)


def test_a_difference_names_its_field() -> None:
    """The place in the file, what it says and what was computed."""
    document = json.loads(weekly().to_json())
    stated = document["strata"][1]["picks"][0]["unit"]
    document["strata"][1]["picks"][0]["unit"] = "610102100209"
    found = {
        one.field: (one.stated, one.found)
        for one in verify(json.dumps(document), SMALL).differences
    }
    assert found["strata[1].picks[0].unit"] == ("610102100209", stated)
    assert "digest" in found


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not JSON"),
        ("[]", "not an object"),
        ('{"seed": 1.5}', "not whole"),
        ('{"seed": "a", "seed": "b"}', "stands twice"),
        ("{}", "design: field required"),
        (json.dumps(RECEIPT | {"more": 1}), "more: extra inputs"),
        (json.dumps({k: v for k, v in RECEIPT.items() if k != "digest"}), "digest: field required"),
        (json.dumps(RECEIPT | {"period": "2022-Q5"}), "period: '2022-Q5' is not a period"),
        (json.dumps(RECEIPT | {"algorithm": "mine/1"}), "algorithm"),
        ("[" * 100_000, "cannot be read"),
    ],
)
def test_what_is_no_receipt_is_refused(text: str, words: str) -> None:
    """With the place of each problem."""
    with pytest.raises(InvalidDocumentError) as caught:
        Receipt.from_json(text)
    assert words in str(caught.value)


def test_the_digest_needs_no_library() -> None:
    """It is the hash of the compact, sorted JSON without the digest itself."""
    document = json.loads(weekly().to_json())
    stated = document.pop("digest")
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    assert hashlib.sha256(text.encode()).hexdigest() == stated


def test_receipts_have_a_schema() -> None:
    """For systems that check what they store."""
    schema = Receipt.json_schema()
    assert {"design", "period", "strata", "digest"} <= set(schema["required"])
