"""What an official who holds a draw may try: refused, or named by `verify` in its first lines.

The seed searched before a commitment; sizes, take, stages, exclusions or history changed
once the seed is known; one public result in several spellings, with characters that are
not seen, or made up; two receipts a week; a seed used again; inspectors chosen, or sent
home because their county was renamed. And what came to mind since: a policy that cannot be
kept, names that share a seed, replacements known or picked. Notices prepared by the
hundred, and two years with one receipt tampered with, are in ``test_sampling_audit.py``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date
from typing import Any

import attrs
import pytest

from antipoverty.errors import (
    ImpossibleCoverageError,
    InvalidDrawError,
    InvalidHistoryError,
    InvalidPlanError,
    NotCanonicalError,
    ReusedSeedError,
    SeedOrderError,
    UnannouncedDrawError,
)
from antipoverty.model import AreaTree
from antipoverty.sampling import (
    DOUBLE_COLOUR,
    ClosingIndex,
    Design,
    DrandRound,
    Drawing,
    Inspector,
    NistPulse,
    Notice,
    Numbers,
    Plan,
    Receipt,
    Shared,
    Staffing,
    Stage,
    WeeklyVillagePlan,
    announce,
    audit,
    draw,
    draw_teams,
    request,
    supplement,
    verify,
    verify_teams,
)
from sampling_areas import SEED, province

AREAS = province([5, 3, 4])
PLAN = WeeklyVillagePlan(AREAS, coverage="cycle")
LOTTERY = Drawing("双色球 2022018", date(2022, 2, 20), DOUBLE_COLOUR)
RESULT = "05 11 17 22 28 33+09"
OTHER = "05 11 17 22 28 33+10"
ON = date(2022, 2, 14)


def notice(plan: Plan = PLAN, **more: Any) -> Notice:
    """The notice of a week."""
    return announce([plan], **{"period": "2022-W08", "on": ON, "events": [LOTTERY], **more})


def first_lines(found: Any) -> str:
    """What is read at a glance."""
    return "\n".join(found.explain("en").splitlines()[:3])


def test_an_honest_round_holds() -> None:
    """Villages drawn under a notice; each plan of it has a seed of its own, computed as stated."""
    made = notice()
    receipt = draw(PLAN, period="2022-W08", seed=made.open([RESULT]))
    text = f"antipoverty-notice/1|{made.digest}|weekly-village|{RESULT}"
    assert receipt.seed == hashlib.sha256(text.encode()).hexdigest()
    assert not receipt.self_chosen
    assert Notice.from_json(made.to_json()) == made
    assert Receipt.from_json(receipt.to_json()) == receipt
    assert verify(receipt.to_json(), AREAS, notice=made, results=[RESULT])
    assert verify(receipt, AREAS, notice=made).answer == "unchecked"
    assert verify(receipt, AREAS, results=[RESULT]).answer == "unchecked"


def test_a_seed_searched_before_a_commitment_is_called_chosen() -> None:
    """A secret alone, and a seed alone: in the very first line, in both languages."""
    secret = SEED + "a"
    alone = notice(events=[], secret=secret)
    receipt = draw(PLAN, period="2022-W08", seed=alone.open([], secret=secret))
    for one in (receipt, draw(PLAN, period="2022-W08", seed=SEED)):
        held = verify(one, AREAS, notice=alone if one is receipt else None)
        assert "the seed was chosen by the one who drew" in held.explain("en").splitlines()[0]
        assert "种子由抽取人自选" in held.explain("zh").splitlines()[0]
        assert "self-chosen seed" in repr(one)
    with pytest.raises(SeedOrderError, match="not the one"):
        alone.open([], secret=SEED)
    with pytest.raises(InvalidDrawError, match="name the public events"):
        notice(events=[])


BY_SIZE = Design("by-size", "county", (Stage("village", 1, "size", "cycle"),), rural=True)
SIZES = {area.code: int(area.code[-2:]) + 5 for area in AREAS.descendants(None, "village")}


def changed_design(**change: Any) -> Design:
    """The design by size, with a change."""
    return attrs.evolve(BY_SIZE, **change)


CHANGES: Mapping[str, tuple[Plan, str]] = {
    "sizes": (Plan(BY_SIZE, AREAS, dict.fromkeys(SIZES, 9)), "the sizes"),
    "take": (
        Plan(changed_design(stages=(Stage("village", 2, "size", "cycle"),)), AREAS, SIZES),
        "the design",
    ),
    "stages": (
        Plan(changed_design(stages=(Stage("township"), *BY_SIZE.stages)), AREAS, SIZES),
        "the design",
    ),
    "exclusions": (Plan(changed_design(excluded={"610101100200": "road"}), AREAS, SIZES), "the de"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_what_is_changed_once_the_seed_is_known(what: str) -> None:
    """The draw is refused; a receipt forged all the same is held to the notice."""
    honest = Plan(BY_SIZE, AREAS, SIZES)
    made = notice(honest)
    plan, words = CHANGES[what]
    with pytest.raises(UnannouncedDrawError, match=words):
        draw(plan, period="2022-W08", seed=made.open([RESULT]))
    forged = resealed(
        draw(plan, period="2022-W08", seed=made.open([RESULT]).seed("by-size")),
        origin=made.open([RESULT]).origin,
    )
    found = verify(forged, AREAS, sizes=plan.sizes, notice=made, results=[RESULT])
    assert words in "\n".join(found.explain("en").splitlines()[:4])
    assert found.answer == "differs"


def resealed(receipt: Receipt, **change: Any) -> Receipt:
    """A forged receipt whose digest fits."""
    fields = attrs.asdict(receipt, recurse=False) | change
    del fields["digest"]
    return Receipt(**fields)


def week(number: int, areas: AreaTree = AREAS, history: list[Receipt] | None = None) -> Receipt:
    """A rehearsal."""
    plan = WeeklyVillagePlan(areas, coverage="cycle")
    return draw(plan, period=f"2022-W{number:02d}", seed=f"{SEED}{number}", history=history or [])


def test_a_history_trimmed_once_the_seed_is_known() -> None:
    """The notice fixed which earlier receipts count; and the series itself shows it."""
    history = [week(5)]
    history.append(week(6, history=history))
    made = notice(history=history)
    opened = made.open([RESULT])
    assert draw(PLAN, period="2022-W08", seed=opened, history=history)
    with pytest.raises(UnannouncedDrawError, match="the earlier receipts"):
        draw(PLAN, period="2022-W08", seed=opened, history=history[:1])
    trimmed = draw(PLAN, period="2022-W08", seed=SEED, history=history[1:])
    found = verify(trimmed, AREAS, history=history)
    assert "all there were" in first_lines(found)


@pytest.mark.parametrize(
    ("event", "right", "wrong"),
    [
        (
            LOTTERY,
            RESULT,
            [
                "05 11 17 22 28 33 + 09",
                "5 11 17 22 28 33+09",
                "11 05 17 22 28 33+09",
                "05 11 17 22 28 34+09",
                "05 11 17 22 28 33+9",
                "05  11 17 22 28 33+09",
                "05 11 17 22 28 33+09\n",
                "\u200b05 11 17 22 28 33+09",
                "０5 11 17 22 28 33+09",
                "٠5 11 17 22 28 33+09",
                "05 05 17 22 28 33+09",
                "05\u00a011 17 22 28 33+09",
            ],
        ),
        (
            ClosingIndex("SSE", date(2022, 2, 21)),
            "3429.58",
            ["3,429.58", "03429.58", "3429.580", "3429.5", "3429", "3429.58 ", "٣429.58"],
        ),
        (
            Drawing("dice", date(2022, 2, 21), (Numbers(3, 0, 9, ordered=True),)),
            "9 0 9",
            ["909", "9 0", "9 0 10", "9 0 09"],
        ),
        (
            DrandRound("quicknet", 9),
            "a" * 64,
            ["A" * 64, "a" * 63, "0x" + "a" * 62, "a" * 64 + "\n"],
        ),
        (NistPulse(date(2022, 2, 21), 2, 9), "A" * 128, ["a" * 128, "A" * 127]),
    ],
)
def test_one_public_result_has_one_spelling(event: Any, right: str, wrong: list[str]) -> None:
    """Blanks, zeros, orders, invisible characters, other digits: all refused."""
    late = attrs.evolve(LOTTERY, on=date(2030, 1, 1))
    made = notice(events=[event, late], on=date(2020, 1, 1))
    assert made.open([right, RESULT])
    for text in wrong:
        with pytest.raises(NotCanonicalError):
            made.open([text, RESULT])


@pytest.mark.parametrize(
    "seed",
    [
        "5820974944592307816\u200b4",
        "５8209749445923078164",
        "58209749\u00a0445923078164",
        "5820974944592307816٤",
        "5820974944592307\u202e8164",
    ],
)
def test_invisible_characters_in_a_chosen_seed(seed: str) -> None:
    """Two seeds that look the same are not."""
    with pytest.raises(InvalidDrawError):
        draw(PLAN, period="2022-W08", seed=seed)


def test_a_made_up_result_or_event() -> None:
    """Whoever looks the result up sees it; without that the answer is not that it holds."""
    made = notice()
    receipt = draw(PLAN, period="2022-W08", seed=made.open([OTHER]))
    found = verify(receipt, AREAS, notice=made, results=[RESULT])
    assert "origin.results" in first_lines(found)
    unchecked = verify(receipt, AREAS, notice=made)
    assert unchecked.answer == "unchecked"
    assert "双色球 2022018" in first_lines(unchecked)
    other = notice(events=[attrs.evolve(LOTTERY, name="双色球 2022019")])
    assert "origin.notice" in first_lines(verify(receipt, AREAS, notice=other))


def test_a_notice_that_comes_too_late_or_has_too_few_outcomes() -> None:
    """It is not made; one written by hand is named."""
    with pytest.raises(SeedOrderError, match="too late"):
        notice(on=date(2022, 2, 20))
    with pytest.raises(InvalidDrawError, match="20 bits"):
        notice(events=[ClosingIndex("SSE", date(2022, 2, 21))])
    fields = attrs.asdict(notice(), recurse=False) | {"published_on": date(2022, 2, 20)}
    del fields["digest"]
    late = Notice(**fields)
    with pytest.raises(SeedOrderError):
        late.open([RESULT])
    forged = draw(PLAN, period="2022-W08", seed=notice().open([RESULT]))
    origin = attrs.evolve(forged.origin, notice=late.digest)
    found = verify(resealed(forged, origin=origin), AREAS, notice=late, results=[RESULT])
    assert "was published on 2022-02-20, not before" in first_lines(found)


def test_two_receipts_for_one_week() -> None:
    """A second is refused while the first is known; published beside it both are named."""
    first = week(6)
    with pytest.raises(InvalidHistoryError, match="is not from before"):
        draw(PLAN, period="2022-W06", seed=SEED + "again", history=[first])
    second = draw(PLAN, period="2022-W06", seed=SEED + "again")
    found = audit([first, second], areas=AREAS)
    assert found.answer == "differs"
    assert "2022-W06: there are 2 receipts" in first_lines(found)
    assert "有 2 份回执" in found.explain("zh").splitlines()[1]


def test_a_notice_whose_policy_cannot_be_kept_is_refused_before_its_events() -> None:
    """Found out afterwards, it would be a reason for another draw, when the result is known."""
    bound = WeeklyVillagePlan(AREAS, coverage="within(4)")
    with pytest.raises(ImpossibleCoverageError, match="within\\(5\\)"):
        notice(bound)


def test_surveys_that_would_share_the_seed_of_something_else() -> None:
    """The name of shared numbers is no plan's id, and no name is that of the teams."""
    stage = (Stage("village"),)
    shared = Design("survey", "county", stage, rural=True, shared=Shared("weekly-village"))
    event = {"period": "2022-W08", "on": ON, "events": [LOTTERY]}
    with pytest.raises(InvalidDrawError, match="the id of a plan"):
        announce([PLAN, Plan(shared, AREAS)], **event)
    for name in ("weekly-village-inspectors", "a-further"):
        with pytest.raises(InvalidPlanError, match="ends in"):
            Design(name, "county", stage)
        with pytest.raises(InvalidPlanError, match="ends in"):
            Design("survey", "county", stage, shared=Shared(name))


def test_a_replacement_known_beforehand_or_picked_afterwards() -> None:
    """No document has it before; a request dated back to a known event is named."""
    made = notice()
    receipt = draw(PLAN, period="2022-W08", seed=made.open([RESULT]))
    lost = receipt.picks()[0]
    published = made.to_json() + receipt.to_json()
    others = [a.code for a in AREAS.descendants(lost[:6], "village") if a.code != lost]
    assert not any(code in published for code in others)
    wanted = others[0]
    for number in range(200):
        asked = request(
            receipt, on=ON, events=[LOTTERY], instead_of={lost: f"road closed, notice {number}"}
        )
        extra = supplement(PLAN, asked, receipt, seed=asked.open([RESULT]))
        if extra.strata[0].picks[0].unit == wanted:
            break
    assert extra.strata[0].picks[0].unit == wanted
    looked_up = {"2022-W08": [RESULT], asked.digest: [RESULT]}
    found = audit([made, receipt, asked, extra], areas=AREAS, results=looked_up)
    assert "before the draw on 2022-02-20" in first_lines(found)
    later = attrs.evolve(LOTTERY, on=date(2022, 2, 22))
    honest = request(receipt, on=LOTTERY.on, events=[later], instead_of={lost: "road closed"})
    drawn = supplement(PLAN, honest, receipt, seed=honest.open([OTHER]))
    looked_up = {"2022-W08": [RESULT], honest.digest: [OTHER]}
    assert audit([made, receipt, honest, drawn], areas=AREAS, results=looked_up).answer == "holds"


def test_a_reused_seed() -> None:
    """By the same plan, or for the teams."""
    first = week(6)
    with pytest.raises(ReusedSeedError):
        draw(PLAN, period="2022-W07", seed=first.seed, history=[first])
    staff = [Inspector(f"i{n}") for n in range(6)]
    with pytest.raises(ReusedSeedError):
        draw_teams(first, staff, areas=AREAS, seed=first.seed)
    teams = draw_teams(first, staff, areas=AREAS, seed=SEED + "teams")
    second = week(7, history=[first])
    with pytest.raises(ReusedSeedError):
        draw_teams(second, staff, areas=AREAS, seed=SEED + "teams", history=[teams])


def test_chosen_inspectors() -> None:
    """Added or left out once the villages are known: refused, and named where forged."""
    staff = tuple(Inspector(f"i{n}") for n in range(6))
    made = notice(teams=[Staffing("weekly-village", staff)])
    opened = made.open([RESULT])
    receipt = draw(PLAN, period="2022-W08", seed=opened)
    teams = draw_teams(receipt, staff, areas=AREAS, seed=opened)
    assert teams.seed != receipt.seed
    held = {"areas": AREAS, "notice": made, "results": [RESULT]}
    assert verify_teams(teams.to_json(), receipt, staff, **held)
    assert verify_teams(teams, receipt, None, **held).answer == "unchecked"
    with pytest.raises(UnannouncedDrawError, match="the list of inspectors"):
        draw_teams(receipt, staff[1:], areas=AREAS, seed=opened)
    with pytest.raises(UnannouncedDrawError, match="the size of a team"):
        draw_teams(receipt, staff, areas=AREAS, seed=opened, size=3)
    other = notice(teams=[Staffing("weekly-village", staff[1:])])
    forged = draw_teams(receipt, staff[1:], areas=AREAS, seed=other.open([RESULT]))
    found = verify_teams(forged, receipt, staff[1:], **held)
    assert found.answer == "differs"


def test_an_inspector_of_a_renamed_county_stays_away() -> None:
    """The home's old code is followed; a code that does not exist is refused, all at once."""
    day = date(2022, 1, 1)
    old, new = "610101", "610199"
    areas = []
    for area in AREAS:
        if area.code.startswith(old):
            moved = type(area.code)(new + area.code[6:])
            areas.append(area.model_copy(update={"until": day, "successors": (moved,)}))
            areas.append(area.model_copy(update={"code": moved, "since": day}))
        else:
            areas.append(area)
    tree = AreaTree(areas)
    receipt = draw(WeeklyVillagePlan(tree), period="2022-W08", seed=SEED)
    place = next(code for code in receipt.picks() if code.startswith(new))
    staff = [Inspector("local", home=old), *(Inspector(f"i{n}") for n in range(6))]
    teams = draw_teams(receipt, staff, areas=tree, seed=SEED + "t")
    there = next(team for team in teams.teams if team.place == place)
    assert "local" not in there.inspectors
    assert there.recused == {"home": 1}
    unknown = [Inspector("a", home="610155"), Inspector("b", kin=["610166"])]
    with pytest.raises(InvalidPlanError) as caught:
        draw_teams(receipt, [*staff, *unknown], areas=tree, seed=SEED + "t")
    assert len(caught.value.problems) == 2
