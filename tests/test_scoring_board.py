"""The board: what must hold for every history, and what it tells of one."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antipoverty._scoring.notices import standing  # private: standing notices by another way
from antipoverty._scoring.runs import (  # private: runs of one series by itself
    Run,
    series_of,
    stretches,
    walk,
)
from antipoverty.codes import Level
from antipoverty.errors import UnknownUnitError
from antipoverty.periods import Cadence, Period, consecutive
from antipoverty.scoring import AssessmentPolicy, Notice, NoticeVerdict, RunRule, assess
from scoring_histories import AREAS, days, histories, policies, rules

POLICY = AssessmentPolicy()


def notice(name: str, period: str, verdict: str = "commended", **changed: object) -> Notice:
    """A notice on 610703 by the province, on the last day of its period."""
    usual = {
        "notice_id": name,
        "unit": "610703",
        "period": period,
        "verdict": verdict,
        "level": "province",
        "issued_on": Period.parse(period).last,
    }
    return Notice.model_validate(usual | changed)


# --- what holds for every history -----------------------------------------------------


@given(st.data())
def test_the_order_of_notices_does_not_matter(data: st.DataObject) -> None:
    """Two people who type the same notices in different orders get one board."""
    notices = data.draw(histories())
    policy, as_of = data.draw(policies(notices)), data.draw(days(notices))
    shuffled = data.draw(st.permutations(notices))
    board = assess(notices, policy, as_of=as_of, areas=AREAS)
    assert assess(shuffled, policy, as_of=as_of, areas=AREAS) == board


@given(st.data())
def test_a_history_may_be_split_at_any_day_and_continued(data: st.DataObject) -> None:
    """Assessing to a day and going on from there gives the board of the whole history."""
    notices = data.draw(histories())
    policy, split = data.draw(policies(notices)), data.draw(days(notices))
    as_of = split + timedelta(days=data.draw(st.integers(0, 800)))
    early = [one for one in notices if one.issued_on <= split]
    late = [one for one in notices if one.issued_on > split]
    begun = assess(early, policy, as_of=split, areas=AREAS)
    assert begun.ledger == assess(notices, policy, as_of=split, areas=AREAS).ledger
    whole = assess(notices, policy, as_of=as_of, areas=AREAS)
    assert begun.then(late, as_of=as_of) == whole


@given(st.data())
def test_every_change_is_told_and_leads_from_one_board_to_the_other(data: st.DataObject) -> None:
    """The changes turn the earlier ledger into the later one, and each has its reason."""
    notices = data.draw(histories())
    policy, first, second = (
        data.draw(s) for s in (policies(notices), days(notices), days(notices))
    )
    earlier = assess(notices, policy, as_of=first, areas=AREAS)
    later = assess(notices, policy, as_of=second, areas=AREAS)
    changes = later.changes_since(earlier)
    lines = {entry.key: entry for entry in earlier.ledger}
    for change in changes:
        assert change.why["zh"]
        assert change.why["en"]
        if change.before is not None:
            assert lines.pop(change.before.key) == change.before
        if change.after is not None:
            lines[change.after.key] = change.after
    assert lines == {entry.key: entry for entry in later.ledger}


def lengths(
    notices: tuple[Notice, ...], rule: RunRule, as_of: date
) -> dict[tuple[str, Level | None, Period], int]:
    """How long the run is at each period that counts."""
    of_unit = defaultdict(list)
    for one in standing(notices, as_of):
        of_unit[one.unit].append(one)
    return {
        (unit, level, step.marks[-1].period): step.length
        for unit, found in of_unit.items()
        for level, series in series_of(found, rule).items()
        for stretch in stretches(series, rule)
        for step in walk(stretch, rule, as_of)
        if isinstance(step, Run)
    }


@given(st.data())
def test_a_neutral_notice_that_breaks_can_only_lower_runs(data: st.DataObject) -> None:
    """Adding it where there was no notice makes no run longer at any period."""
    notices = data.draw(histories(starts=("2023-10",)).filter(bool))
    rule = data.draw(rules(cadences=(Cadence.MONTH,), missing=("breaks", "holds")))
    rule = rule.model_copy(update={"neither": "breaks", "issuers": "apart"})
    seat = data.draw(st.sampled_from(notices))
    period = Period.parse("2023-10").shift(data.draw(st.integers(0, 9)))
    if any(one.matter == (seat.unit, period, seat.level) for one in notices):
        return
    neutral = notice("neutral", str(period), "neither", unit=seat.unit, level=seat.level)
    before = lengths(notices, rule, date(2040, 1, 1))
    after = lengths((*notices, neutral), rule, date(2040, 1, 1))
    assert before.keys() == after.keys()
    assert all(after[at] <= before[at] for at in before)


MIRROR = {
    NoticeVerdict.COMMENDED: NoticeVerdict.CRITICISED,
    NoticeVerdict.CRITICISED: NoticeVerdict.COMMENDED,
}


@given(st.data())
def test_swapping_praise_and_blame_mirrors_the_board(data: st.DataObject) -> None:
    """Under a policy that treats both alike, every amount changes its sign and nothing else."""
    notices = data.draw(histories())
    policy, as_of = data.draw(policies(notices, symmetric=True)), data.draw(days(notices))
    swapped = [
        one.model_copy(update={"verdict": MIRROR.get(one.verdict, one.verdict)}) for one in notices
    ]
    board = assess(notices, policy, as_of=as_of, areas=AREAS)
    mirror = assess(swapped, policy, as_of=as_of, areas=AREAS)
    assert [(e.key, e.year, e.periods, e.notices, -e.amount) for e in board.ledger] == [
        (e.key, e.year, e.periods, e.notices, e.amount) for e in mirror.ledger
    ]
    assert [-one.total for one in board.accounts] == [one.total for one in mirror.accounts]
    assert board.waiting == mirror.waiting


@given(st.data())
def test_totals_stay_within_cap_and_floor_and_are_sums_of_the_ledger(data: st.DataObject) -> None:
    """Whatever is in the ledger, a year's total is bounded; what was added is still told."""
    notices = data.draw(histories())
    policy, as_of = data.draw(policies(notices)), data.draw(days(notices))
    board = assess(notices, policy, as_of=as_of, areas=AREAS)
    named = {rule.id: rule for rule in policy.rules}
    for account in board.accounts:
        rule = named[account.rule]
        assert rule.cap is None or account.total <= rule.cap
        assert rule.floor is None or account.total >= rule.floor
        lines = [
            entry.amount
            for entry in board.ledger
            if (entry.unit, entry.rule, entry.year) == (account.unit, account.rule, account.year)
        ]
        assert lines
        assert account.added + account.deducted == sum(lines)


@given(st.data())
def test_the_periods_of_a_score_are_consecutive_and_of_its_notices(data: st.DataObject) -> None:
    """Where nothing is passed over, the periods follow each other in the calendar, year by year."""
    notices = data.draw(histories())
    policy, as_of = data.draw(policies(notices)), data.draw(days(notices))
    board = assess(notices, policy, as_of=as_of, areas=AREAS)
    by_id = {one.notice_id: one for one in notices}
    for entry in board.ledger:
        rule = next(one for one in policy.rules if one.id == entry.rule)
        assert len(entry.periods) == rule.length
        assert {by_id[name].period for name in entry.notices} == set(entry.periods)
        assert all(by_id[name].issued_on <= as_of for name in entry.notices)
        if rule.across_years == "breaks":
            assert len({period.year for period in entry.periods}) == 1
        if "holds" not in (rule.without_notice, rule.neither):
            assert consecutive(entry.periods)


@pytest.mark.slow
@given(st.data())
def test_every_unit_can_be_explained_in_both_languages(data: st.DataObject) -> None:
    """No board is without words, and none without the mark of an illustration."""
    notices = data.draw(histories())
    policy, as_of = data.draw(policies(notices)), data.draw(days(notices))
    board = assess(notices, policy, as_of=as_of, areas=AREAS)
    for unit in board.units:
        assert "示例" in board.explain(unit, "zh")
        assert "Illustrative" in board.explain(unit, "en")
        assert board.year_end(unit).illustrative
    assert json.loads(json.dumps(board.as_dict()))["status"] == "illustrative"


# --- one board -------------------------------------------------------------------------

NOTICES = (
    notice("n11", "2022-11"),
    notice("n12", "2022-12"),
    notice("q3", "2022-Q3", "criticised", reason="走访不到位"),
    notice("q4", "2022-Q4", "criticised"),
)
YEAR_END = AssessmentPolicy.from_toml("""
id = "example"

[[rules]]
id = "two-months"
cadence = "month"
effect = "routine-points"
commended = 0.5

[[rules]]
id = "points"
cadence = "quarter"
effect = "year-end-points"
criticised = -2

[[rules]]
id = "steps"
cadence = "quarter"
effect = "grade-step"

[[rules]]
id = "veto"
cadence = "quarter"
effect = "veto"
""")
BOARD = assess(NOTICES, YEAR_END, as_of=date(2022, 12, 31), areas=AREAS)


def test_a_score_names_what_earned_it() -> None:
    """Unit, rule, the periods of the run, the notices, and exact points."""
    entry = BOARD.ledger[0]
    assert (entry.unit, entry.rule, entry.year) == ("610703", "two-months", 2022)
    assert entry.periods == (Period.parse("2022-11"), Period.parse("2022-12"))
    assert entry.notices == ("n11", "n12")
    assert entry.amount == Decimal("0.50")
    assert BOARD.routine("610703") == Decimal("0.50")
    assert BOARD.routine("610703", 2021) == 0


def test_the_year_end_has_points_a_step_and_a_veto() -> None:
    """Two consecutive criticised quarters, by each effect that a policy may choose."""
    result = BOARD.year_end("610703")
    assert (result.points, result.grade_steps, result.vetoed) == (Decimal("-2.00"), -1, True)
    assert {entry.notices for entry in result.entries} == {("q3", "q4")}
    assert result.as_dict()["points"] == "-2.00"


@pytest.mark.parametrize(
    ("earned", "moved"), [("优秀", "良好"), ("良好", "一般"), ("较差", "较差"), ("一般", "较差")]
)
def test_a_grade_moves_by_its_steps(earned: str, moved: str) -> None:
    """One step down, and never off the ladder."""
    ladder = ("优秀", "良好", "一般", "较差")
    assert BOARD.year_end("610703").grade(earned, ladder) == moved


def test_a_veto_closes_the_top_grade_only() -> None:
    """A unit that would be at the top is one below it; others stay where they are."""
    policy = AssessmentPolicy(rules=(YEAR_END.rules[3],))
    result = assess(NOTICES, policy, as_of=date(2022, 12, 31)).year_end("610703")
    assert result.grade("A", ("A", "B", "C")) == "B"
    assert result.grade("C", ("A", "B", "C")) == "C"
    assert result.grade("A", ("A",)) == "A"
    with pytest.raises(ValueError, match="'D' is not one of A, B"):
        result.grade("D", ("A", "B"))


def test_the_explanation_tells_everything_in_both_languages() -> None:
    """Notices with reasons, scores, totals and the year end."""
    zh, en = BOARD.explain("610703", "zh"), BOARD.explain("610703", "en")
    for words in (
        "省市丙县",
        "示例",
        "走访不到位",
        "连续受到通报批评",
        "n11、n12",
        "不得评为最高等次",
        "年终等次下调1档",
    ):
        assert words in zh
    for words in (
        "Illustrative",
        "criticised in 2022-Q3 and 2022-Q4 in a row",
        "grade goes down 1",
        "no top grade",
        "-2.00",
    ):
        assert words in en
    with pytest.raises(ValueError, match="give one of zh, en"):
        BOARD.explain("610703", "fr")  # type: ignore[arg-type]


def test_the_explanation_reads_as_an_official_writes() -> None:
    """Line by line, in both languages: no sign before nothing, no hundredths of a step."""
    policy = AssessmentPolicy(rules=(*YEAR_END.rules, YEAR_END.rules[0].model_copy(
        update={"id": "capped", "cap": Decimal(0)})))  # fmt: skip
    board = assess(NOTICES, policy, as_of=date(2022, 12, 31), areas=AREAS)
    zh, en = (board.explain("610703", one).split("\n") for one in ("zh", "en"))
    assert zh[zh.index("计分：") :] == [
        "计分：",
        "  2022年11月、2022年12月连续受到通报表扬（省级通报 n11、n12；规则 two-months）："
        "平时考核+0.50分，计入2022年",
        "  2022年第3季度、2022年第4季度连续受到通报批评（省级通报 q3、q4；规则 points）："
        "年终考核-2.00分，计入2022年",
        "  2022年第3季度、2022年第4季度连续受到通报批评（省级通报 q3、q4；规则 steps）："
        "年终等次下调1档，计入2022年",
        "  2022年第3季度、2022年第4季度连续受到通报批评（省级通报 q3、q4；规则 veto）："
        "年终不得评为最高等次，计入2022年",
        "  2022年11月、2022年12月连续受到通报表扬（省级通报 n11、n12；规则 capped）："
        "平时考核+0.50分，计入2022年",
        "年度合计：",
        "  2022年 two-months：加0.5分，减0分；平时考核+0.50分",
        "  2022年 points：加0分，减2分；年终考核-2.00分",
        "  2022年 steps：加0档，减1档；年终等次下调1档",
        "  2022年 veto：年终不得评为最高等次",
        "  2022年 capped：加0.5分，减0分；平时考核0分（封顶、保底之前为 +0.50）",
        "尚待通报：",
        "  无",
        "年终结果：",
        "  2022年年终：-2.00分，等次下调1档，不得评为最高等次",
    ]
    assert en[-1] == "  year end 2022: -2.00 points, grade goes down 1, no top grade"
    capped = next(line for line in en if line.startswith("  2022 capped: "))
    assert capped.endswith("0 in the routine assessment (+0.50 before cap and floor)")
    nothing = assess(NOTICES[:1], policy, as_of=date(2022, 12, 31), areas=AREAS)
    assert nothing.explain("610703", "zh").endswith("2022年年终：无影响")
    assert nothing.explain("610703", "en").endswith("year end 2022: no effect")


def test_a_published_policy_names_its_source_in_every_output() -> None:
    """What an authority has published is not called an illustration."""
    policy = AssessmentPolicy(status="published", source="某办发〔2030〕1号")
    board = assess(NOTICES, policy, as_of=date(2022, 12, 31))
    assert not board.illustrative
    assert "某办发〔2030〕1号" in board.explain("610703", "en")
    assert "illustrative" not in repr(board)


def test_a_unit_without_notices_has_a_year_of_nothing() -> None:
    """It is among the areas, so it may be asked for; another may not."""
    assert BOARD.year_end("610704").points == 0
    assert BOARD.explain("610704", "en").count("none") == 4
    with pytest.raises(UnknownUnitError, match="610799"):
        BOARD.year_end("610799")
    with pytest.raises(LookupError, match="no rule 'rule'"):
        BOARD.account("610703", "rule")


def test_a_code_that_ended_says_where_its_series_went() -> None:
    """The series of a unit that was merged is found under its successor."""
    notices = (notice("a", "2023-11", unit="610701"), notice("b", "2023-12", unit="610701"))
    board = assess(notices, POLICY, as_of=date(2024, 2, 1), areas=AREAS)
    assert board.routine("610703", 2023) == 1
    with pytest.raises(UnknownUnitError, match="continues under 610703"):
        board.routine("610701")


def test_a_withdrawn_unit_may_still_be_asked_for() -> None:
    """Without areas, a unit whose only notice was withdrawn is known all the same."""
    gone = notice("w", "2022-11", "withdrawn", replaces="n11", issued_on=date(2022, 12, 9))
    board = assess((NOTICES[0], gone), POLICY, as_of=date(2022, 12, 31))
    assert board.units == ()
    assert board.notices("610703") == ()


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"verdict": "criticised"}, "n12 (commended for 2022-12) was replaced by x on 2023-01-09"),
        ({"verdict": "withdrawn"}, "n12 (commended for 2022-12) was withdrawn by x on 2023-01-09"),
    ],
)
def test_a_correction_tells_what_it_changed(changed: dict[str, str], told: str) -> None:
    """The line that is gone, the notice that went, and by which other one."""
    correction = notice("x", "2022-12", replaces="n12", issued_on=date(2023, 1, 9), **changed)
    later = BOARD.then([correction], as_of=date(2023, 1, 9))
    (change,) = later.changes_since(BOARD)
    assert change.before == BOARD.ledger[0]
    assert change.after is None
    assert told in change.why["en"]
    assert "n12" in change.notices


def test_a_change_without_notices_has_its_reason_too() -> None:
    """Another policy, a day, a list that lacks a notice, a change of codes."""
    other = assess(NOTICES, POLICY, as_of=date(2022, 12, 31), areas=AREAS)
    assert "policy is another" in other.changes_since(BOARD)[0].why["en"]
    fewer = assess(NOTICES[1:], YEAR_END, as_of=date(2022, 12, 31), areas=AREAS)
    assert "not among the later" in fewer.changes_since(BOARD)[0].why["en"]
    ageing = YEAR_END.rules[0].model_copy(
        update={"decay": "by-age", "decay_factor": Decimal("0.5")}
    )
    aged = AssessmentPolicy(rules=(ageing,))
    months = (notice("a", "2022-03"), notice("b", "2022-04"))
    first, second = (assess(months, aged, as_of=date(2022, m, 30)) for m in (4, 6))
    assert "decayed" in second.changes_since(first)[0].why["en"]
    old = (notice("a", "2023-11", unit="610701"), notice("b", "2023-12", unit="610701"))
    before, after = (
        assess(old, POLICY, as_of=day, areas=AREAS)
        for day in (date(2023, 12, 31), date(2024, 1, 1))
    )
    changes = after.changes_since(before)
    assert [(c.before is None, c.after is None) for c in changes] == [(False, True), (True, False)]
    assert all("change of codes" in change.why["en"] for change in changes)


def test_a_wait_is_told() -> None:
    """A series that stands still says for which period, and until when."""
    rule = RunRule.model_validate(
        {
            "id": "patient",
            "cadence": "month",
            "effect": "routine-points",
            "without_notice": "pending",
            "pending_days": 90,
        }
    )
    notices = (notice("a", "2022-09"), notice("b", "2022-11"), notice("c", "2022-12"))
    board = assess(notices, AssessmentPolicy(rules=(rule,)), as_of=date(2023, 1, 1))
    assert not board.ledger
    assert "no notice yet for 2022-10 (rule patient): awaited until 2023-01-29" in board.explain(
        "610703", "en"
    )
    assert "2022年10月尚无通报" in board.explain("610703", "zh")
    assert board.as_dict()["waiting"][0]["until"] == "2023-01-29"
