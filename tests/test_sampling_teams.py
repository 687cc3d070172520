"""Inspectors are drawn: recusal holds, loads are even, conflicts are named and minimal."""

from __future__ import annotations

import itertools
import json
from collections import Counter

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from antipoverty.codes import AreaCode
from antipoverty.errors import (
    InvalidDocumentError,
    InvalidPlanError,
    NoTeamsError,
    ReusedSeedError,
    WeakSeedError,
)
from antipoverty.model import shaanxi_areas
from antipoverty.periods import Period
from antipoverty.sampling import (
    Inspector,
    Recusal,
    Teams,
    Visit,
    WeeklyVillagePlan,
    draw,
    draw_teams,
    read_inspectors,
    verify_teams,
)
from sampling_areas import SEED, chi_square, critical, province

OTHER = SEED[::-1]
AREAS = province([3, 3, 3, 3])
FOUR = draw(WeeklyVillagePlan(AREAS), period="2022-W06", seed=SEED)
PLACES = [AreaCode(place) for place in FOUR.picks()]


def staff(count: int) -> list[Inspector]:
    """Inspectors without ties."""
    return [Inspector(f"i{number:02d}") for number in range(count)]


def test_every_place_gets_a_team_of_two() -> None:
    """Shaanxi's 104 villages by 60 inspectors, nobody in the county they come from."""
    receipt = draw(WeeklyVillagePlan(shaanxi_areas()), period="2022-W06", seed=SEED)
    homes = [AreaCode(code[:6]) for code in receipt.picks()]
    people = [Inspector(f"i{n:03d}", home=homes[n]) for n in range(60)]
    teams = draw_teams(receipt, people, areas=shaanxi_areas(), seed=OTHER)
    home = {one.id: one.home for one in people}
    assert [team.place for team in teams.teams] == [AreaCode(code) for code in receipt.picks()]
    for team in teams.teams:
        assert len(set(team.inspectors)) == 2
        assert all(not (home[one] or "").startswith(team.place[:6]) for one in team.inspectors)
    assert sum(teams.loads.values()) == 208
    assert max(teams.loads.values()) == teams.most == 4
    assert verify_teams(teams.to_json(), receipt, reversed(people), areas=shaanxi_areas())


@pytest.mark.parametrize(
    "tie",
    [
        {"home": PLACES[0].at("county")},
        {"home": AreaCode("6101")},
        {"works_in": (PLACES[0].at("township"),)},
        {"kin": (PLACES[0],)},
        {"visited": (Visit(PLACES[0], Period.parse("2021-W20")),)},
    ],
)
def test_whoever_has_a_tie_stays_away(tie: dict[str, object]) -> None:
    """From home, from where they work, from relatives, from where they just were."""
    tied = Inspector("tied", **tie)  # type: ignore[arg-type]
    people = [tied, *staff(8)]
    for number in range(20):
        teams = draw_teams(FOUR, people, areas=AREAS, seed=f"{OTHER}{number}")
        assert "tied" not in teams.teams[0].inspectors
        assert sum(teams.teams[0].recused.values()) == 1


def test_an_old_visit_is_forgotten() -> None:
    """After the months that the rules name."""
    visit = Visit(PLACES[0], Period.parse("2021-01"))
    people = [Inspector("a", visited=(visit,)), Inspector("b")]
    teams = draw_teams(FOUR, people, areas=AREAS, seed=OTHER)
    assert {*teams.teams[0].inspectors} == {"a", "b"}
    with pytest.raises(NoTeamsError):
        draw_teams(FOUR, people, areas=AREAS, seed=OTHER, recusal=Recusal(months=13))


@pytest.mark.parametrize(
    ("visit", "away"),
    [
        ("2021-W04", False),
        ("2021-W05", True),
        ("2021-01", False),
        ("2021-02", True),
        ("2020", False),
        ("2021", True),
        ("2022-W05", True),
        ("2022-W06", True),
    ],
)
def test_the_window_of_recent_visits_is_exact(visit: str, away: bool) -> None:
    """Twelve months before 7 February 2022: a visit that ended on 7 February 2021 counts."""
    one = Inspector("a", visited=(Visit(PLACES[0], Period.parse(visit)),))
    reason = Recusal(months=12).reason(one, PLACES[0], Period.parse("2022-W06"))
    assert (reason == "visited") is away
    assert Recusal(months=12).reason(one, PLACES[1], Period.parse("2022-W06")) is None


def test_a_record_with_a_key_less_is_told() -> None:
    """Though every field that is left can be read, and the rest has its default."""
    record = json.loads(draw_teams(FOUR, staff(6), areas=AREAS, seed=OTHER).to_json())
    assert record["recusal"].pop("source") == ""
    (found,) = verify_teams(json.dumps(record), FOUR, staff(6), areas=AREAS).differences
    assert found.field == "digest"


def test_nobody_is_sent_more_often_than_another() -> None:
    """Chi-square of who is in 1,500 teams of 6 equal inspectors, at 1 in 1,000."""
    found: Counter[str] = Counter()
    for number in range(375):
        found.update(draw_teams(FOUR, staff(6), areas=AREAS, seed=f"{OTHER}{number}").loads)
    assert chi_square([found[one.id] for one in staff(6)], [500.0] * 6) < critical(5, 0.001)


def test_pairs_meet_evenly() -> None:
    """Each of the 15 pairs of six is as likely in the first place's team, at 1 in 1,000."""
    pairs: Counter[tuple[str, ...]] = Counter()
    for number in range(900):
        team = draw_teams(FOUR, staff(6), areas=AREAS, seed=f"{OTHER}{number}").teams[0]
        pairs[tuple(sorted(team.inspectors))] += 1
    every = [pairs[p] for p in itertools.combinations([one.id for one in staff(6)], 2)]
    assert chi_square(every, [60.0] * 15) < critical(14, 0.001)


@given(
    barred=st.lists(st.sets(st.integers(0, 3), max_size=3), min_size=2, max_size=6),
    most=st.none() | st.integers(1, 4),
)
@settings(max_examples=150)
def test_a_team_is_found_wherever_there_is_one(barred: list[set[int]], most: int | None) -> None:
    """Checked against trying everything; a conflict is one, and vanishes without any member."""
    people = [
        Inspector(f"i{n}", kin=tuple(PLACES[place] for place in row))
        for n, row in enumerate(barred)
    ]
    free = {
        place: [n for n, row in enumerate(barred) if index not in row]
        for index, place in enumerate(PLACES)
    }
    try:
        teams = draw_teams(FOUR, people, areas=AREAS, seed=OTHER, most=most)
    except NoTeamsError as problem:
        conflict = [AreaCode(place) for place in problem.places]
        assert not possible({p: free[p] for p in conflict}, most or 4)
        for left_out in conflict:
            rest = {p: free[p] for p in conflict if p != left_out}
            assert possible(rest, most or 4)
    else:
        assert max(teams.loads.values()) <= teams.most
        assert most is not None or not possible(free, teams.most - 1)
        for team in teams.teams:
            assert {int(one[1:]) for one in team.inspectors} <= set(free[team.place])


def possible(free: dict[AreaCode, list[int]], most: int) -> bool:
    """Try every assignment of pairs."""
    options = [list(itertools.combinations(row, 2)) for row in free.values()]
    return any(
        max(Counter(itertools.chain(*choice)).values(), default=0) <= most
        for choice in itertools.product(*options)
    )


def test_a_conflict_is_told_without_names() -> None:
    """How many may go, how many may not and why."""
    people = [Inspector(f"i{n}", kin=(PLACES[2],)) for n in range(3)]
    with pytest.raises(NoTeamsError) as caught:
        draw_teams(FOUR, [*people, Inspector("free")], areas=AREAS, seed=OTHER)
    assert caught.value.places == (PLACES[2],)
    assert "1 inspectors may go there" in caught.value.message
    assert "3 by kin" in caught.value.message
    assert "no recusal is relaxed" in caught.value.message


def test_bad_input_is_listed() -> None:
    """All of it at once; weak and known seeds are refused."""
    with pytest.raises(InvalidPlanError) as caught:
        draw_teams(
            FOUR,
            [Inspector("a"), Inspector("a"), Inspector("b|c")],
            areas=AREAS,
            seed=OTHER,
            size=1,
            most=0,
            recusal=Recusal("parish"),
        )
    assert len(caught.value.problems) == 5
    with pytest.raises(ReusedSeedError):
        draw_teams(FOUR, staff(4), areas=AREAS, seed=SEED)
    with pytest.raises(WeakSeedError):
        draw_teams(FOUR, staff(4), areas=AREAS, seed="1")
    with pytest.raises(NoTeamsError):
        draw_teams(FOUR, [], areas=AREAS, seed=OTHER)


def test_teams_are_verified_to_the_field() -> None:
    """Another receipt, another list or a changed team shows."""
    teams = draw_teams(FOUR, staff(6), areas=AREAS, seed=OTHER)
    assert Teams.from_json(teams.to_json()) == teams
    assert verify_teams(teams, FOUR, staff(6), areas=AREAS)
    assert not verify_teams(teams, FOUR, staff(7), areas=AREAS)
    other = draw(WeeklyVillagePlan(province([3, 3, 3, 3])), period="2022-W07", seed=SEED)
    assert not verify_teams(teams, other, staff(6), areas=AREAS)
    swapped = attrs.evolve(teams.teams[0], inspectors=tuple(reversed(teams.teams[0].inspectors)))
    changed = attrs.evolve(teams, teams=(swapped, *teams.teams[1:]))
    fields = {one.field for one in verify_teams(changed, FOUR, staff(6), areas=AREAS).differences}
    assert {"digest", "teams[0].inspectors[0]"} <= fields


def test_inspectors_are_read_from_json() -> None:
    """Only the id must be there; what is wrong is named by its place."""
    rows = [{"id": "a"}, {"id": "b", "kin": ["610702"], "visited": []}]
    assert read_inspectors(json.dumps({"inspectors": rows}))[1].kin == (AreaCode("610702"),)
    with pytest.raises(InvalidDocumentError) as caught:
        read_inspectors(json.dumps({"inspectors": [{"home": "61070"}, {"id": "", "x": 1}]}))
    assert [problem.message.split(":")[0] for problem in caught.value.problems] == [
        "inspectors[0].id",
        "inspectors[0].home",
        "inspectors[1].id",
        "inspectors[1].x",
    ]
