"""Workflows are data: what is wrong in one is found when it is read."""

from __future__ import annotations

import importlib.util
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antipoverty.casework import ChineseHolidays, Weekdays, Workflow
from antipoverty.errors import InvalidWorkflowError, WorkflowError
from antipoverty.packs import shaanxi_rectification, shaanxi_workflow

RUNG = '[[rungs]]\ndays = {}\nto = "county"\nsource = "none"'
SMALL = """
id = "small"
title.zh = "小"
title.en = "small"
alerted = "new"
[sources.none]
title = "made up"
status = "illustrative"
[[states]]
id = "new"
title.zh = "新"
title.en = "new"
limit = { days = 5, calendar = "working", source = "none" }
[[states]]
id = "done"
title.zh = "完"
title.en = "done"
closed = true
[[steps]]
id = "finish"
title.zh = "办结"
title.en = "finish"
from = ["new"]
to = "done"
by = ["county"]
source = "none"
"""


def test_shaanxi_has_eight_steps_in_and_six_out() -> None:
    """The alert itself is the first of the eight; the order is published, the limits are not."""
    flow = shaanxi_workflow()
    entry = ["home_check", "authorise", "compare", "village_review", "village_notice"]
    entry += ["township_review", "county_decision"]
    state = flow.alerted
    for step in entry:
        assert step in [one.id for one in flow.steps_from(state)]
        state = flow.step(step).to
    assert state == "monitored"
    exits = [step for step in flow.steps if step.id.startswith(("propose_exit", "exit_"))]
    assert (len(entry) + 1, len(exits)) == (8, 6)
    assert flow.illustrative
    assert "illustrative" in repr(flow)
    assert shaanxi_rectification().alerted == "listed"


def test_no_limit_of_shaanxi_claims_to_be_published() -> None:
    """Only the order of the steps and the conditions of exit are."""
    for flow in (shaanxi_workflow(), shaanxi_rectification()):
        limits = [one for state in flow.states for one in (state.limit, state.least) if one]
        limits += [span.limit for span in flow.spans]
        cited = [one.source for one in (*limits, *flow.rungs, *flow.risks)]
        quiet = [state.quiet for state in flow.states]
        cited += [one.source for one in (*quiet, flow.green_channel) if one]
        assert all(flow.sources[source].illustrative for source in cited)
        assert {flow.sources[step.source].grade for step in flow.steps} <= {"A", None}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (('to = "done"', 'to = "dine"'), "did you mean 'done'"),
        (('alerted = "new"', 'alerted = "nowhere"'), "'nowhere', which is not there"),
        (('from = ["new"]', 'from = ["done"]'), "from state 'new' no case is ever closed"),
        (('limit = { days = 5, calendar = "working", source = "none" }', ""), "has no limit"),
        (('source = "none" }', 'source = "nun" }'), "source 'nun' is not there"),
        (("days = 5", "days = -1"), "greater than or equal to 0"),
        (("days = 5", "days = 5.5"), "integer"),
        (('by = ["county"]', "by = []"), "at least 1 item"),
        (("closed = true", "closde = true"), "closde"),
        (('id = "done"', 'id = "new"'), "state 'new' stands twice"),
        (("[[steps]]", "[[step"), "it is not TOML"),
        (
            (
                "[[steps]]",
                '[[states]]\nid = "island"\ntitle = "island"\nclosed = true\n[[steps]]',
            ),
            "state 'island' is never reached",
        ),
        (("days = 5,", "days = 5, hours = 3,"), "hours"),
        (('by = ["county"]\nsource = "none"', 'by = ["county"]'), "steps.0.source"),
        (
            ("[[states]]", '[sources.idle]\ntitle = "t"\nstatus = "published"\n[[states]]'),
            "nowhere",
        ),
        (('alerted = "new"', 'alerted = "new"\njoined = "new"'), "'new', which is not closed"),
        (
            ("[[steps]]", "\n".join(RUNG.format(days) for days in (6, 1)) + "\n[[steps]]"),
            "order of their days",
        ),
        (
            ('by = ["county"]', 'by = ["county"]\noutcomes = { no = { to = "done", needs = {} } }'),
            "at least 1 item",
        ),
    ],
)
def test_what_is_wrong_is_named(change: tuple[str, str], words: str) -> None:
    """Unknown words, unreachable states, dead ends, states without a limit."""
    assert Workflow.from_toml(SMALL).id == "small"
    with pytest.raises(InvalidWorkflowError) as caught:
        Workflow.from_toml(SMALL.replace(*change, 1))
    assert words in str(caught.value)


def test_no_step_ends_without_evidence() -> None:
    """Whatever the outcome, but for putting up a notice, the finding must say something."""
    for flow in (shaanxi_workflow(), shaanxi_rectification()):
        bare = {step.id for step in flow.steps if not step.needs}
        assert bare <= {"village_notice", "exit_notice"}
        assert all(outcome.needs for step in flow.steps for outcome in step.outcomes.values())


def test_unknown_names_are_errors_with_a_suggestion() -> None:
    """A step, a state, a risk."""
    flow = shaanxi_workflow()
    with pytest.raises(WorkflowError, match="did you mean 'home_check'"):
        flow.step("home_chek")
    with pytest.raises(WorkflowError):
        flow.state("nowhere")
    with pytest.raises(WorkflowError):
        flow.risk("luck")


@given(began=st.dates(date(2000, 1, 1), date(2100, 1, 1)), days=st.integers(0, 40))
def test_working_days_are_counted_after_the_first(began: date, days: int) -> None:
    """The day it began is day 0; of the days after it as many are worked as the limit says."""
    text = SMALL.replace("days = 5", f"days = {days}")
    limit = Workflow.from_toml(text).state("new").limit
    assert limit is not None
    due = limit.due(began, Weekdays())
    after = [date.fromordinal(n) for n in range(began.toordinal() + 1, due.toordinal() + 1)]
    assert sum(day.weekday() < 5 for day in after) == days
    assert days == 0 or due.weekday() < 5


@pytest.mark.skipif(
    importlib.util.find_spec("chinese_calendar") is None,
    reason="chinesecalendar (the extra 'calendar') is not installed",
)
def test_chinas_holidays_are_known() -> None:
    """The Spring Festival of 2022 is off, the Sunday worked in its stead is on."""
    calendar = ChineseHolidays()
    assert not calendar.is_working(date(2022, 2, 1))
    assert calendar.is_working(date(2022, 1, 30))
    limit = Workflow.from_toml(SMALL).state("new").limit
    assert limit is not None
    assert limit.due(date(2022, 1, 28), calendar) == date(2022, 2, 9)
    assert limit.due(date(2022, 1, 28), Weekdays()) == date(2022, 2, 4)
    with pytest.raises(WorkflowError, match="not known yet"):
        calendar.is_working(date(2090, 1, 1))
