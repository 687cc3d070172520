"""Nobody is commended for silence, or criticised in another's place."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from antipoverty.errors import InvalidPolicyError, InvalidStatisticsError, UnknownUnitError
from antipoverty.model import Area, AreaTree
from antipoverty.periods import Period
from antipoverty.rules import Text
from antipoverty.scoring import (
    AssessmentPolicy,
    Draft,
    Indicator,
    Notice,
    NoticePolicy,
    NoticeVerdict,
    RunRule,
    Statistic,
    assess,
    draft_notices,
)

MONTHS = [Period.parse(f"2022-{month:02d}") for month in (11, 12)] + [Period.parse("2023-01")]
NAMES = ("coverage", "in-time")


def tree(cities: int, counties: int, townships: int) -> AreaTree:
    """A province of that shape."""
    codes = ["61"]
    for city in range(1, cities + 1):
        codes.append(f"61{city:02d}")
        for county in range(1, counties + 1):
            codes.append(f"61{city:02d}{county:02d}")
            codes += [f"61{city:02d}{county:02d}{t:03d}" for t in range(1, townships + 1)]
    return AreaTree(Area(code=code, name=code) for code in codes)


def indicators(draw: st.DrawFn) -> tuple[Indicator, ...]:
    """One or two, either way round, with or without a minimum."""
    made = []
    for name in NAMES[: draw(st.integers(1, 2))]:
        unit = draw(st.sampled_from(["share", "day"]))
        ends = (Fraction(1), Fraction(draw(st.integers(0, 1)), 2))
        higher = draw(st.booleans())
        made.append(
            Indicator(
                id=name, title=Text(name, name), unit=unit,
                direction="higher" if higher else "lower",
                weight=draw(st.integers(1, 3)),
                best=ends[0] if higher else ends[1],
                worst=ends[1] if higher else ends[0],
                minimum=draw(st.sampled_from([1, 5])),
                nothing="allowed",
            )
        )  # fmt: skip
    return tuple(made)


@st.composite
def policies(draw: st.DrawFn) -> NoticePolicy:
    """Every way to choose, every way to part ties."""
    made = indicators(draw)
    few = st.integers(0, 3)
    choose, good, bad = draw(
        st.one_of(
            st.tuples(st.just("rank"), few, few),
            st.tuples(st.just("share"), *[st.sampled_from([0, "1/4", "1/2", 1])] * 2),
            st.tuples(st.just("threshold"), st.just(">= 60"), st.sampled_from(["< 60", "< 30"])),
            st.tuples(st.just("list"), *[st.sampled_from([(), ("610101",)])] * 2),
            st.tuples(st.just("outside-limits"), *[st.sampled_from([0, "1/20", "1/3"])] * 2),
        )
    )
    return NoticePolicy(
        indicators=made,
        choose=choose,
        commended=good,
        criticised=bad,
        ties=draw(st.sampled_from(["included", "excluded"])),
        tie_break=draw(st.sampled_from([(), (made[0].id,)])),
        incomplete=draw(st.sampled_from(["worst", "criticised"])),
        multiplicity=draw(st.sampled_from(["false-discovery-rate", "each"])),
        estimates=draw(st.sampled_from(["observed", "shrunken"])),
    )


@st.composite
def worlds(draw: st.DrawFn) -> tuple[AreaTree, NoticePolicy, str, list[Statistic]]:
    """A tree, a policy, and the figures of three months, by county or by township."""
    how = draw(policies())
    areas = tree(draw(st.integers(1, 2)), draw(st.integers(1, 3)), draw(st.integers(1, 2)))
    level = draw(st.sampled_from(["county", "township"]))
    figures = []
    for area in areas.descendants(None, level):
        for month in MONTHS:
            for one in how.indicators:
                size = draw(st.sampled_from([0, 1, 4, 5, 6, 40]))
                count = draw(st.integers(0, size))
                figures.append(
                    Statistic(
                        unit=area.code, period=month, indicator=one.id,
                        numerator=count, denominator=size, nothing=size == 0,
                    )
                )  # fmt: skip
    return areas, how, level, figures


def drafted(
    areas: AreaTree, how: NoticePolicy, figures: list[Statistic], **changed: Any
) -> list[Draft]:
    """The three months' drafts; of two units listed at both ends, or unrated, a refusal."""
    return [
        draft_notices(
            figures, how, period=month, issuer="61", level="county",
            issued_on=month.last, areas=areas, **({"partial": True} | changed),
        )
        for month in MONTHS
    ]  # fmt: skip


SIGN = {None: 0, NoticeVerdict.COMMENDED: 1, NoticeVerdict.CRITICISED: -1, NoticeVerdict.NEITHER: 0}
RULES = AssessmentPolicy(
    rules=(
        RunRule(id="points", cadence="month", effect="routine-points", cap=2, floor=-2),
        RunRule(id="year-end", cadence="month", effect="grade-step", length=1),
        RunRule(id="veto", cadence="month", effect="veto", length=3, belongs_to="first"),
    )
)


@pytest.mark.slow
@given(worlds(), st.data())
def test_withholding_never_pays(
    world: tuple[AreaTree, NoticePolicy, str, list[Statistic]], data: st.DataObject
) -> None:
    """Without some of its own figures no unit has a better place, notice, points or year end."""
    areas, how, _, figures = world
    unit = data.draw(st.sampled_from(areas.descendants(None, "county"))).code
    own = [one for one in figures if unit.covers(one.unit)]
    gone = data.draw(st.sets(st.sampled_from(range(len(own))), min_size=1))
    kept = [one for one in figures if one not in [own[n] for n in gone]]
    try:
        before = drafted(areas, how, figures)
    except InvalidStatisticsError:  # the list names a unit that is not rated
        return
    try:
        after = drafted(areas, how, kept)
    except InvalidStatisticsError:  # nobody is better off by a refusal of the whole draft
        return
    for first, second in zip(before, after, strict=True):
        old, new = (
            next(score for score in one.scores if score.unit == unit) for one in (first, second)
        )
        assert SIGN[new.verdict] <= SIGN[old.verdict]
        if old.rank is not None and new.rank is not None:
            assert new.rank >= old.rank
        if new.missing:
            assert new.verdict is NoticeVerdict.CRITICISED
    boards = [
        assess([n for one in made for n in one.notices], RULES, as_of=date(2023, 12, 31))
        for made in (before, after)
    ]
    for year in (2022, 2023):
        assert boards[1].notices(unit)
        had = boards[0].routine(unit, year) if unit in boards[0].units else 0
        assert boards[1].routine(unit, year) <= had
        if unit in boards[0].units:
            ends = [board.year_end(unit, year) for board in boards]
            assert ends[1].grade_steps <= ends[0].grade_steps
            assert ends[1].vetoed >= ends[0].vetoed


@given(worlds())
def test_relabelled_codes_change_nothing_but_the_codes(
    world: tuple[AreaTree, NoticePolicy, str, list[Statistic]],
) -> None:
    """Every county has ended under its code of the figures, and goes on under another."""
    areas, how, level, figures = world
    if level != "county" or how.choose == "list":
        return
    new = {area.code: f"{area.code[:4]}{99 - int(area.code[4:]):02d}" for area in areas
           if area.level.value == "county"}  # fmt: skip
    moved = AreaTree(
        [area for area in areas if len(area.code) < 6]
        + [
            Area(code=old, name=old, until=date(2022, 11, 1), successors=(code,))
            for old, code in new.items()
        ]
        + [Area(code=code, name=code, since=date(2022, 11, 1)) for code in new.values()]
    )
    before, after = (drafted(tree_, how, figures) for tree_ in (areas, moved))
    for first, second in zip(before, after, strict=True):
        places = [
            {(label(one.unit), one.rank, one.total, one.verdict) for one in made.scores}
            for made, label in ((first, new.__getitem__), (second, str))
        ]
        assert places[0] == places[1]


KIT = {
    "rank": {"choose": "rank", "commended": 2, "criticised": 2},
    "threshold": {"choose": "threshold", "commended": ">= 90", "criticised": "< 40"},
    "outside-limits": {"choose": "outside-limits", "commended": "1/20", "criticised": "1/20"},
}
TWO = tuple(
    Indicator(
        id=name,
        title=Text(name, name),
        unit="share",
        direction="higher",
        best=1,
        worst=0,
        minimum=5,
    )
    for name in NAMES
)


@pytest.mark.slow
@pytest.mark.parametrize("choice", KIT)
def test_the_kit_has_the_law_and_finds_each_planted_fault_in_every_seed(choice: str) -> None:
    """``unrated`` and ``reweighed`` reward silence: ten seeds of ten say so, with the figures."""
    from antipoverty.testing.laws import assert_silence_never_pays

    for seed in range(10):
        for incomplete in ("worst", "criticised"):
            policy = NoticePolicy.model_validate(
                {"indicators": TWO, "incomplete": incomplete} | KIT[choice]
            )
            assert_silence_never_pays(policy, examples=3, seed=seed)
        for incomplete in ("unrated", "reweighed"):
            policy = NoticePolicy.model_validate(
                {"indicators": TWO, "incomplete": incomplete} | KIT[choice]
            )
            with pytest.raises(
                AssertionError, match=r"withholding .* takes a unit from(?s:.*)不报 .*一个单位由（"
            ):
                assert_silence_never_pays(policy, seed=seed)


def test_the_law_of_the_kit_says_when_it_saw_nobody() -> None:
    """Without a unit that has a place or a notice it has held for nothing."""
    from antipoverty.errors import VacuousLawError
    from antipoverty.testing.laws import assert_silence_never_pays

    how = next(iter(KIT.values()))
    policy = NoticePolicy.model_validate({"indicators": TWO, "incomplete": "worst"} | how)
    with pytest.raises(VacuousLawError, match="says nothing"):
        assert_silence_never_pays(policy, examples=0)


# --- who must report ----------------------------------------------------------------


HOW = NoticePolicy.model_validate(
    {
        "indicators": [
            {"id": "coverage", "title": Text("走访覆盖率", "coverage"), "unit": "share",
             "direction": "higher", "best": 1, "worst": 0},
        ],
        "choose": "rank", "commended": 1, "criticised": 1,
    }
)  # fmt: skip
AREAS = tree(1, 3, 2)


def figure(unit: str, count: int = 9, period: str = "2022-11", **changed: Any) -> Statistic:
    """So many of ten."""
    usual: dict[str, Any] = {"indicator": "coverage", "numerator": count, "denominator": 10}
    return Statistic(unit=unit, period=period, **(usual | changed))


def november(figures: list[Statistic], **changed: Any) -> Draft:
    """The province notifies its counties for November."""
    usual = {"period": "2022-11", "issuer": "61", "level": "county", "areas": AREAS}
    usual["issued_on"] = date(2022, 12, 5)
    return draft_notices(figures, changed.pop("how", HOW), **(usual | changed))


def test_who_must_report_comes_from_the_tree() -> None:
    """Two of three report; the third is named, last, and criticised, and nobody in its place."""
    made = november([figure("610101"), figure("610102", 2)])
    (absent,) = made.missing
    assert (absent.unit, absent.whole) == ("610103", True)
    assert [(one.unit, one.rank) for one in made.scores] == [
        ("610101", 1), ("610102", 2), ("610103", 3)
    ]  # fmt: skip
    assert [one.verdict.value for one in made.notices] == ["commended", "neither", "criticised"]
    assert "未报送：coverage" in made.notices[2].reason
    assert "did not report: coverage (2022-11)" in made.explain("610103", "en")
    with pytest.raises(UnknownUnitError, match="610109 is not among the 3"):
        made.explain("610109")


def test_silence_is_taken_as_the_policy_says() -> None:
    """Criticised without a rank; or, by explicit choice, passed over."""
    figures = [figure("610101"), figure("610102", 2)]
    for incomplete, verdict in (("criticised", NoticeVerdict.CRITICISED), ("unrated", None)):
        how = HOW.model_copy(update={"incomplete": incomplete})
        last = november(figures, how=how).scores[-1]
        assert (last.rank, last.verdict) == (None, verdict)


def test_a_sum_that_lacks_a_part_is_refused_unless_partial() -> None:
    """By township: one is missing, and whose it is is said; partial counts as not reported."""
    codes = [area.code for area in AREAS.descendants(None, "township")]
    figures = [figure(code) for code in codes[:-1]]
    with pytest.raises(InvalidStatisticsError, match=r"unit 610103 lacks .* 2022-11 of 610103002"):
        november(figures)
    made = november(figures, partial=True)
    assert made.scores[-1].unit == "610103"
    assert not made.missing[0].whole
    assert november([*figures, figure(codes[-1])]).missing == ()


def test_nothing_to_count_is_the_policys_word_not_the_units() -> None:
    """It is refused, with the unit; where the policy allows it, the unit is named and unrated."""
    figures = [
        figure("610101", 2),
        figure("610102"),
        figure("610103", 0, denominator=0, nothing=True),
    ]
    with pytest.raises(InvalidStatisticsError, match=r"610103 for 2022-11: in all of 2022-11"):
        november(figures)
    allowed = HOW.indicators[0].model_copy(update={"nothing": "allowed"})
    made = november(figures, how=HOW.model_copy(update={"indicators": (allowed,)}))
    assert made.nothing == (("610103", "coverage"),)
    assert (made.scores[-1].unit, made.scores[-1].rank, made.rated) == ("610103", None, 2)
    assert "says there was nothing to count" in made.explain("610103", "en")
    assert "610103" not in {one.unit for one in made.notices}


def test_a_unit_outside_by_one_figure_is_named_whatever_the_other_is() -> None:
    """Too few cases, or none, of a second indicator do not hide what the first one shows."""
    second = HOW.indicators[0].model_copy(
        update={"id": "in-time", "minimum": 30, "nothing": "allowed"}
    )
    how = HOW.model_copy(
        update={"indicators": (HOW.indicators[0], second), "choose": "outside-limits"}
        | {"commended": Fraction(1, 20), "criticised": Fraction(1, 20)}
        | {"targets": {"coverage": Fraction(9, 10)}}
    )  # fmt: skip
    figures = [figure("610101", 88, denominator=100), figure("610102", 90, denominator=100)]
    figures += [figure("610103", 40, denominator=100)]
    figures += [figure(f"61010{n}", 27, denominator=30, indicator="in-time") for n in (1, 2)]
    for said in (
        {"numerator": 3, "denominator": 4},
        {"numerator": 0, "denominator": 0, "nothing": True},
    ):
        made = november([*figures, figure("610103", indicator="in-time", **said)], how=how)
        assert [(one.unit, one.verdict.value) for one in made.notices if one.verdict.sign] == [
            ("610103", "criticised")
        ]


def test_codes_go_with_the_tree() -> None:
    """An unknown one is refused, an ended one followed, a split one asked for by its parts."""
    with pytest.raises(InvalidStatisticsError, match="610199 for 2022-11 is not among the areas"):
        november([figure("610199")])
    ended = AreaTree(
        [
            *(one for one in tree(1, 1, 1) if len(one.code) < 6),
            Area(code="610101", name="甲", until=date(2022, 6, 1), successors=("610103",)),
            Area(code="610102", name="乙", until=date(2022, 6, 1), successors=("610103", "610104")),
            Area(code="610103", name="丙"),
            Area(code="610104", name="丁", since=date(2022, 6, 1)),
        ]
    )
    made = november([figure("610101", 3), figure("610103", 4), figure("610104")], areas=ended)
    assert {one.unit: one.figures["coverage"].numerator for one in made.scores} == {
        "610103": 7, "610104": 9
    }  # fmt: skip
    with pytest.raises(InvalidStatisticsError, match="2022-11 was split into 610103, 610104"):
        november([figure("610102")], areas=ended)


def test_a_total_is_the_sum_of_its_parts() -> None:
    """A city's own total beside its counties' figures."""
    figures = [figure(f"61010{n}") for n in (1, 2, 3)]
    november([*figures, figure("6101", 27, denominator=30)])
    with pytest.raises(InvalidStatisticsError, match="not the sum of the units in it, by county"):
        november([*figures, figure("6101", 28, denominator=30)])


def test_a_policy_that_commends_the_worst_is_refused() -> None:
    """Low scores commended, high ones criticised, or one score both."""
    text = {"indicators": HOW.indicators}
    for good, bad in (("< 60", ">= 80"), (">= 60", "< 80"), (">= 60", "<= 60"), ("< 60", "< 30")):
        policy = text | {"choose": "threshold", "commended": good, "criticised": bad}
        with pytest.raises(ValueError, match="commend low"):
            NoticePolicy.model_validate(policy)
    NoticePolicy.model_validate(
        text | {"choose": "threshold", "commended": ">= 60", "criticised": "< 60"}
    )
    with pytest.raises(InvalidPolicyError, match="best and worst of a share"):
        NoticePolicy.from_toml(
            'choose = "rank"\ncommended = 1\ncriticised = 1\n[[indicators]]\nid = "c"\n'
            'title = "c"\nunit = "share"\ndirection = "higher"\nbest = 100\nworst = 0\n'
        )


# --- luck ---------------------------------------------------------------------------


def wide(counts: list[int], size: int = 100, **changed: Any) -> Draft:
    """Counties of one city with these counts, chosen by limits."""
    areas = tree(1, len(counts), 1)
    how = HOW.model_copy(
        update={"choose": "outside-limits", "commended": Fraction(1, 20)}
        | {"criticised": Fraction(1, 20)} | changed
    )  # fmt: skip
    figures = [figure(f"6101{n:02d}", count, denominator=size) for n, count in enumerate(counts, 1)]
    return november(figures, how=how, areas=areas)


def test_only_whom_luck_does_not_explain_is_named() -> None:
    """Equal but for luck: nobody. One far below: that one, with what would have sufficed."""
    usual = [88, 90, 92, 91, 89, 90, 93, 87, 90, 90, 91]
    assert {one.verdict for one in wide(usual).notices} == {NoticeVerdict.NEITHER}
    made = wide([*usual, 60])
    (last,) = [one for one in made.notices if one.verdict is not NoticeVerdict.NEITHER]
    assert (last.unit, last.verdict) == ("610112", NoticeVerdict.CRITICISED)
    low = made.scores[-1]
    assert low.outside == (("coverage", -1),)
    for language, words in (("en", "would have been inside"), ("zh", "则不越界")):
        assert words in made.explain("610112", language)
    assert "60/100" in last.reason


def test_units_that_vary_more_than_luck_have_wider_limits() -> None:
    """Half of them at 80, half at 100: without the allowance most are outside."""
    counts = [80, 99] * 10
    assert {one.verdict for one in wide(counts).notices} == {NoticeVerdict.NEITHER}
    named = wide(counts, overdispersion="none").notices
    assert {one.verdict for one in named} == {NoticeVerdict.COMMENDED, NoticeVerdict.CRITICISED}


def test_a_shrunken_estimate_is_scored_and_said() -> None:
    """The empirical Bayes rate lies between the unit's and that of all."""
    counts = [80, 99] * 10
    made = wide(counts, estimates="shrunken")
    last = made.scores[-1]
    assert 80 < last.total < 89.5
    assert "shrunken estimate" in made.explain(last.unit, "en")
    alike = wide([90] * 10, estimates="shrunken")
    assert {one.total for one in alike.scores} == {Fraction(90)}


def test_false_discoveries_are_those_of_benjamini_and_hochberg() -> None:
    """The same units as by their step-up rule on SciPy's tails."""
    stats = pytest.importorskip("scipy.stats", reason="an oracle of p-values")
    for seed in range(8):
        counts = [90 - (7 * seed * n * n) % 23 for n in range(15)]
        made = wide(counts, criticised=Fraction(1, 5), overdispersion="none")
        pooled = sum(counts) / (100 * len(counts))
        tails = sorted((stats.binom.cdf(c, 100, pooled), c) for c in counts)
        hits = [n for n, (p, _) in enumerate(tails, 1) if p <= 0.2 * n / len(counts)]
        expected = {c for _, c in tails[: max(hits, default=0)]}
        found = {
            one.figures["coverage"].numerator
            for one in made.scores
            if one.outside == (("coverage", -1),)
        }
        assert found == expected


# --- corrections --------------------------------------------------------------------


def test_a_correction_replaces_the_first_and_is_replaced_in_turn() -> None:
    """Ids follow the rule; nothing new where nothing has changed; a unit unrated is withdrawn."""
    figures = [figure(f"61010{n}", n) for n in (1, 2, 3)]
    first = list(november(figures).notices)
    assert november(figures, earlier=first).notices == ()
    better = [attrs_changed(figures[0], 10), *figures[1:]]
    second = november(better, earlier=first, correction="复核")
    assert {one.notice_id: one.replaces for one in second.notices} == {
        "61-610101-2022-11-2": "61-610101-2022-11",
        "61-610102-2022-11-2": "61-610102-2022-11",
        "61-610103-2022-11-2": "61-610103-2022-11",
    }
    assert "更正 61-610101-2022-11（复核）" in second.notices[0].reason
    history: list[Notice] = [*first, *second.notices]
    third = november(figures, earlier=history)
    assert {one.replaces for one in third.notices} == {one.notice_id for one in second.notices}
    assess([*history, *third.notices], AssessmentPolicy(), as_of=date(2023, 1, 1), areas=AREAS)
    few = HOW.model_copy(
        update={"indicators": (HOW.indicators[0].model_copy(update={"minimum": 11}),)}
    )
    gone = november(figures, earlier=first, how=few)
    assert {one.verdict for one in gone.notices} == {NoticeVerdict.WITHDRAWN}


def attrs_changed(one: Statistic, count: int) -> Statistic:
    """The same figure with another count."""
    return one.model_copy(update={"numerator": count})


def test_a_draft_is_frozen() -> None:
    """So that what was decided is what is shown."""
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        november([figure("610101")]).period = MONTHS[0]  # type: ignore[misc]
