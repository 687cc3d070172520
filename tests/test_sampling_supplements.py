"""More of a round: nobody knows a replacement before it is asked for, and samples grow."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from fractions import Fraction
from typing import Any

import attrs
import pytest

from antipoverty._base.documents import digest_of  # private: a document is sealed again
from antipoverty.errors import (
    InvalidDocumentError,
    InvalidRequestError,
    NotCanonicalError,
    ReusedSeedError,
    SeedOrderError,
)
from antipoverty.sampling import (
    DOUBLE_COLOUR,
    Design,
    Drawing,
    HouseholdPlan,
    OnSitePlan,
    Plan,
    Request,
    Stage,
    Supplement,
    WeeklyVillagePlan,
    audit,
    draw,
    inclusion,
    request,
    supplement,
    verify_supplement,
)
from forged import changed, leaves
from sampling_areas import SEED, chi_square, critical, province

AREAS = province([5, 3, 4])
PLAN = WeeklyVillagePlan(AREAS, coverage="cycle")
RECEIPT = draw(PLAN, period="2022-W08", seed=SEED)
EVENT = Drawing("双色球 2022021", date(2022, 2, 27), DOUBLE_COLOUR)
RESULT = ["05 11 17 22 28 33+09"]
LOST = RECEIPT.picks()[0]
ON = date(2022, 2, 24)


def asked(**more: Any) -> Request:
    """A request to replace the village of the first county."""
    given = {"on": ON, "events": [EVENT], "instead_of": {LOST: "flood, road closed"}, **more}
    return request(RECEIPT, **given)


def replaced(results: list[str] = RESULT, **more: Any) -> Supplement:
    """What was drawn by it."""
    made = asked(**more)
    return supplement(PLAN, made, RECEIPT, seed=made.open(results))


def test_a_replacement_is_drawn_by_events_after_the_request() -> None:
    """Another village of the county; another result, another village; both read as JSON."""
    one = replaced()
    (stratum,) = one.strata
    assert stratum.stratum == LOST[:6]
    assert stratum.picks[0].unit != LOST
    assert stratum.others == Fraction(1, 4)
    assert stratum.chance(stratum.picks[0].unit) == Fraction(1, 4)
    assert Supplement.from_json(one.to_json()) == one
    assert Request.from_json(asked().to_json()) == asked()
    others = {
        replaced([f"01 02 03 04 05 {n:02d}+09"]).strata[0].picks[0].unit for n in range(6, 33)
    }
    assert others == {a.code for a in AREAS.descendants(LOST[:6], "village")} - {LOST}


def test_nothing_that_is_published_before_tells_the_replacement() -> None:
    """Not the receipt, and not the request: the seed needs the results of its events."""
    text = RECEIPT.to_json() + asked().to_json()
    assert replaced().seed not in text
    assert "replacement" not in RECEIPT.to_json()
    with pytest.raises(SeedOrderError, match="too late"):
        asked(on=EVENT.on)
    with pytest.raises(NotCanonicalError):
        asked().open(["5 11 17 22 28 33+09"])
    with pytest.raises(SeedOrderError, match="no secret"):
        asked().open(RESULT, secret=SEED)
    with pytest.raises(ReusedSeedError):
        supplement(PLAN, asked(), RECEIPT, seed=RECEIPT.seed)


def test_a_chosen_seed_of_a_replacement_is_called_so() -> None:
    """In the first line, as for a receipt."""
    made = request(RECEIPT, on=ON, instead_of={LOST: "flood"})
    one = supplement(PLAN, made, RECEIPT, seed=SEED + "x")
    found = verify_supplement(one, RECEIPT, AREAS, asked=made)
    assert "the seed was chosen by the one who drew" in found.explain("en").splitlines()[0]
    assert "self-chosen" in repr(one)


def test_a_supplement_is_verified_with_what_it_rests_on() -> None:
    """It holds, does not, or could not be checked for want of something."""
    one, made = replaced(), asked()
    assert verify_supplement(one.to_json(), RECEIPT, AREAS, asked=made, results=RESULT)
    assert verify_supplement(one, RECEIPT, AREAS, asked=made).answer == "unchecked"
    assert verify_supplement(one, RECEIPT, AREAS).answer == "unchecked"
    assert verify_supplement(one, RECEIPT, None, asked=made, results=RESULT).answer == "unchecked"
    other = attrs.evolve(one.strata[0].picks[0], unit="610101100299")
    forged = resealed(one, strata=(attrs.evolve(one.strata[0], picks=(other,)),))
    found = verify_supplement(forged, RECEIPT, AREAS, asked=made, results=RESULT)
    assert found.answer == "differs"
    assert "strata[0].picks[0].unit" in found.explain("en")
    wrong = ["05 11 17 22 28 33+10"]
    made_up = verify_supplement(replaced(wrong), RECEIPT, AREAS, asked=made, results=RESULT)
    assert "origin.results" in made_up.explain("en")


def resealed(document: Any, **change: object) -> Any:
    """A forged document whose digest fits."""
    fields = attrs.asdict(document, recurse=False) | change
    del fields["digest"]
    return type(document)(**fields)


def test_what_cannot_be_asked_for() -> None:
    """Every problem at once: who was not drawn, whose reason names somebody or is missing."""
    for wrong, words in (
        ({"instead_of": {"610101100299": "flood"}}, "was not drawn"),
        ({"instead_of": {LOST: "call 13812345678"}}, "telephone"),
        ({"instead_of": {LOST: ""}}, "the reason is empty"),
        ({"instead_of": {}}, "asks for nothing"),
        ({"instead_of": {}, "more": {"610199": 1}, "why": "more"}, "no stratum"),
        ({"more": {LOST[:6]: 1}, "why": "more"}, "replace first"),
    ):
        with pytest.raises(InvalidRequestError, match=words):
            asked(**wrong)
    one = replaced()
    with pytest.raises(InvalidRequestError, match="replaced already"):
        asked(earlier=[one])
    made = asked()
    for other in (
        draw(PLAN, period="2022-W08", seed=SEED + "2"),
        draw(WeeklyVillagePlan(AREAS), period="2022-W08", seed=SEED),
    ):
        with pytest.raises(InvalidRequestError):
            supplement(PLAN, made, other, seed=made.open(RESULT))
    smaller = WeeklyVillagePlan(province([4, 3, 4]), coverage="cycle")
    with pytest.raises(InvalidRequestError, match="the frame"):
        supplement(smaller, made, RECEIPT, seed=made.open(RESULT))


def test_replacements_of_replacements_until_nobody_is_left() -> None:
    """Each is somebody new; when all were drawn the supplement says so."""
    drawn, made = [LOST], list[Supplement]()
    for step in range(5):
        one = request(RECEIPT, on=ON, instead_of={drawn[-1]: "flood"}, events=[EVENT], earlier=made)
        made.append(supplement(PLAN, one, RECEIPT, seed=one.open(RESULT), earlier=made))
        if step < 4:
            drawn.append(made[-1].strata[0].picks[0].unit)
    assert len(set(drawn)) == len(drawn) == 5
    assert made[-1].strata == ()
    assert "all were drawn" in made[-1].skipped[0].reason


def test_a_county_on_site_is_replaced_with_a_village_in_the_new_one() -> None:
    """By one seed; its own village goes with it, and cannot be replaced by itself."""
    plan = OnSitePlan(AREAS)
    receipt = draw(plan, period="2022-Q1", seed=SEED)
    county, village = receipt.picks(1)[0], receipt.picks(2)[0]
    made = request(receipt, on=ON, instead_of={county: "flood"}, events=[EVENT])
    one = supplement(plan, made, receipt, seed=made.open(RESULT))
    new = one.strata[0].picks[0].unit
    assert [stratum.stage for stratum in one.strata] == [1, 2]
    assert one.strata[1].stratum == new != county
    assert one.strata[1].picks[0].unit.startswith(new)
    assert verify_supplement(one, receipt, AREAS, asked=made, results=RESULT)
    with pytest.raises(InvalidRequestError, match="replaced already"):
        request(receipt, on=ON, instead_of={village: "flood"}, events=[EVENT], earlier=[one])


def test_a_replacement_by_size_is_drawn_by_size() -> None:
    """Twice as large, twice as likely, among those left; who has no size never."""
    areas = province([4])
    codes = [a.code for a in areas.descendants(None, "village")]
    sizes = dict(zip(codes, [10, 20, 30, 0], strict=True))
    design = Design("by-size", "county", (Stage("village", 1, "size"),), rural=True)
    plan = Plan(design, areas, sizes)
    receipt = draw(plan, period="2022", seed=SEED)
    (lost,) = receipt.picks()
    made = request(receipt, on=ON, instead_of={lost: "flood"})
    found = Counter(
        supplement(plan, made, receipt, seed=f"{SEED}{n}").strata[0].picks[0].unit
        for n in range(1000)
    )
    left = [code for code in codes[:3] if code != lost]
    total = sum(sizes[code] for code in left)
    expected = [1000 * sizes[code] / total for code in left]
    assert chi_square([found[code] for code in left], expected) < critical(1, 0.001)
    assert found.keys() == set(left)


# --- growing ---------------------------------------------------------------------------


def test_a_sample_grows_without_being_drawn_again() -> None:
    """Households: four of nine, then three more; nobody who was drawn is drawn again."""
    lists = {"610702100200": [f"h{n}" for n in range(9)]}
    plan = HouseholdPlan(lists, take=4)
    receipt = draw(plan, period="2022-W08", seed=SEED)
    made = request(receipt, on=ON, more={"610702100200": 3}, why="a wider margin", events=[EVENT])
    one = supplement(plan, made, receipt, seed=made.open(RESULT))
    assert len(one.strata[0].picks) == 3
    assert not {pick.unit for pick in one.strata[0].picks} & {*receipt.picks()}
    assert one.strata[0].others == Fraction(3, 5)
    assert inclusion(receipt, [one], "h3", "610702100200") == Fraction(7, 9)
    assert verify_supplement(one, receipt, lists, asked=made, results=RESULT)


def test_the_chance_of_a_grown_sample_is_that_of_all_draws() -> None:
    """By size, two of five and one more: every draw and every growth is gone through."""
    areas = province([5])
    codes = [a.code for a in areas.descendants(None, "village")]
    sizes = dict(zip(codes, [1, 2, 3, 4, 40], strict=True))
    design = Design("by-size", "county", (Stage("village", 2, "size"),), rural=True)
    plan = Plan(design, areas, sizes)
    receipt = draw(plan, period="2022", seed=SEED)
    made = request(receipt, on=ON, more={codes[0][:6]: 2}, why="more")
    grown = supplement(plan, made, receipt, seed=SEED + "x")
    # The largest is certain; of the others one is drawn, with its size over ten; two of
    # the three left join it, so that exactly one of the four stays out.
    for code, size in zip(codes[:4], (1, 2, 3, 4), strict=True):
        first = Fraction(size, 10)
        assert receipt.chance(code) == first
        assert inclusion(receipt, [grown], code) == first + (1 - first) * Fraction(2, 3)
    assert inclusion(receipt, [grown], codes[4]) == 1
    assert sum(inclusion(receipt, [grown], code) for code in codes) == 4


@pytest.mark.parametrize(("take", "more"), [(1, (1,)), (2, (1,)), (1, (2, 1)), (2, (1, 1))])
def test_growth_in_steps_has_the_chances_of_one_larger_draw(
    take: int, more: tuple[int, ...]
) -> None:
    """Of five villages with even chances: take and growth over five, and all draws agree."""
    areas = province([5])
    codes = [a.code for a in areas.descendants(None, "village")]
    plan = Plan(Design("d", "county", (Stage("village", take),), rural=True), areas)
    receipt = draw(plan, period="2022", seed=SEED)
    grown: list[Supplement] = []
    for number, count in enumerate(more):
        made = request(receipt, on=ON, more={codes[0][:6]: count}, why="more", earlier=grown)
        grown.append(supplement(plan, made, receipt, seed=f"{SEED}x{number}", earlier=grown))
    share = Fraction(take + sum(more), 5)
    assert {inclusion(receipt, grown, code) for code in codes} == {share}
    drawn = [*receipt.picks(), *(p.unit for one in grown for s in one.strata for p in s.picks)]
    assert len(set(drawn)) == len(drawn) == take + sum(more)


# --- the audit -------------------------------------------------------------------------


def kinds(*documents: Any, **more: Any) -> set[str]:
    """What does not hold of a folder."""
    given = {"areas": AREAS, "results": {asked().digest: RESULT}, **more}
    found = audit([RECEIPT, *documents], **given).findings
    return {one.kind for one in found if one.weight == "differs"}


HONEST = {"supplement": replaced(), "request": asked()}


@pytest.mark.parametrize(
    ("which", "place"),
    [(which, place) for which, one in HONEST.items() for place in leaves(one.as_dict())],
    ids=str,
)
@pytest.mark.parametrize("sealed", [False, True])
def test_any_change_of_one_field_is_named(
    which: str, place: tuple[Any, ...], *, sealed: bool
) -> None:
    """Of the supplement or of its request, and even with a digest made to fit."""
    fields = json.loads(HONEST[which].to_json())
    inner = fields
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = changed(inner[place[-1]])
    if sealed and place != ("digest",):
        fields["digest"] = digest_of(fields)
    text = json.dumps(fields)
    given = dict(HONEST)
    try:
        given[which] = type(HONEST[which]).from_json(text)
    except InvalidDocumentError:
        return
    extra, made = given["supplement"], given["request"]
    assert isinstance(extra, Supplement)
    assert isinstance(made, Request)
    found = verify_supplement(extra, RECEIPT, AREAS, asked=made, results=RESULT)
    assert found.answer == "differs"


def test_supplements_drawn_side_by_side_are_named() -> None:
    """Two that grow the same sample, as if the other were not there; one with a known seed."""
    counts = {"more": {LOST[:6]: 1}, "why": "a wider margin", "instead_of": {}}
    two = [asked(**counts), asked(**{**counts, "why": "wider"})]
    drawn = [supplement(PLAN, one, RECEIPT, seed=one.open(RESULT)) for one in two]
    assert kinds(*two, *drawn, results={one.digest: RESULT for one in two}) == {"broken-chain"}
    bare = request(RECEIPT, on=ON, instead_of={LOST: "flood"})
    known = resealed(supplement(PLAN, bare, RECEIPT, seed=SEED + "x"), seed=RECEIPT.seed)
    assert "reused-seed" in kinds(bare, known)


def test_the_audit_of_a_folder_finds_what_was_tried_with_replacements() -> None:
    """An honest one holds; one dropped, doubled, forged or with a made-up result does not."""
    one, made = replaced(), asked()
    assert kinds(one, made) == set()
    assert kinds(made) == {"undrawn-request"}
    other = asked(instead_of={LOST: "landslide"})
    again = supplement(PLAN, other, RECEIPT, seed=other.open(RESULT))
    assert kinds(one, made, again, other) == {"twice", "broken-chain"}
    real = one.strata[0].picks[0]
    other_unit = next(a.code for a in AREAS.descendants(LOST[:6], "village") if a.code != real.unit)
    pick = attrs.evolve(real, unit=str(other_unit))
    forged = resealed(one, strata=(attrs.evolve(one.strata[0], picks=(pick,)),))
    assert kinds(forged, made) == {"not-redrawn"}
    assert kinds(attrs.evolve(one, seed="0" * 64), made) == {"not-redrawn"}
    assert kinds(replaced(["05 11 17 22 28 33+10"]), made) == {"not-redrawn"}
    found = audit([RECEIPT, one, made], areas=AREAS)
    assert found.answer == "unchecked"
    assert "looked up" in found.explain("en")
    assert {f.kind for f in audit([one, made], areas=AREAS).findings} >= {"broken-chain"}
