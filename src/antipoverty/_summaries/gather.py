"""A period's paper, gathered from both registers, draws, visits and notices."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from fractions import Fraction

import attrs

from antipoverty._base.provenance import Text
from antipoverty._summaries.figures import Figure, Section, Table
from antipoverty._summaries.papers import Summary
from antipoverty._summaries.sources import Sources
from antipoverty.casework import (
    Book,
    Case,
    Cluster,
    Event,
    InTime,
    Quality,
    Task,
    in_times,
    line_figures,
    overdue,
    quality,
)
from antipoverty.codes import Level
from antipoverty.model import AreaTree
from antipoverty.periods import Cadence, Period

HOUSEHOLDS = Text("户", "households")
_CATEGORIES = {
    "unstable": Text("脱贫不稳定户", "unstable after leaving poverty"),
    "marginal": Text("边缘易致贫户", "on the margin"),
    "sudden": Text("突发严重困难户", "sudden severe hardship"),
}
_SOON = {
    "detection": Text("早发现", "early detection"),
    "intervention": Text("早干预", "early intervention"),
    "help": Text("早帮扶", "early help"),
}
_LINES = {
    "different": Text("不同项", "different items"),
    "taken": Text("已签收", "taken"),
    "answered": Text("已反馈", "answered"),
    "withdrawn": Text("信号消失撤销", "withdrawn"),
    "overdue": Text("超期未反馈", "overdue"),
}
_FLOWS: dict[str, tuple[Text, str]] = {
    "opened": (Text("新立的案", "cases opened"), "opened"),
    "reopened": (Text("重开的案", "cases opened again"), "reopened"),
    "reported": (Text("自报或督导反映", "reports on open cases"), "reported"),
    "steps": (Text("办理步骤", "steps taken"), "stepped"),
    "helped": (Text("帮扶措施", "measures of help"), "helped"),
    "urged": (Text("督办次数", "times urged"), "urged"),
}


def summary(
    period: Period,
    book: Book,
    sources: Sources,
    *,
    areas: AreaTree,
    area: str | None = None,
) -> Summary:
    """Make the paper of a period: each figure with its denominator.

    Args:
        period: A quarter for its dispatch, a half-year or a year for its summary; a week or a
            month have theirs too.
        book: Both registers as they stood on the period's last day.
        sources: What else there is.
        areas: The areas; they name it and its counties.
        area: Of what area it is; by default of the tree's top.

    Raises:
        UnknownAreaError: The area is not among the areas.
    """
    top = area or str(areas.tops[0].code)
    made = _Paper(period, book, sources, areas)
    name = areas[top].name
    return Summary(
        period,
        period.last,
        Text(f"{name}", f"{name} {top}"),
        book.illustrative or book.pack.on(period.last).illustrative,
        tuple(made.sections()),
    )


@attrs.define
class _Paper:
    period: Period
    book: Book
    given: Sources
    areas: AreaTree

    def sections(self) -> Iterator[Section]:
        yield self.screening()
        yield self.reach()
        yield self.register()
        yield self.in_time()
        yield self.departments()
        yield self.problems()
        yield self.draws()
        yield self.notices()
        if self.given.clusters is not None:
            yield self.out_of_line(*self.given.clusters)
        yield self.worth()
        yield self.counties()

    # --- what was looked at

    def screening(self) -> Section:
        title = Text("筛查", "Screening")
        rows = self.given.screened
        if rows is None:
            return Section("screening", title, note=_LACKS)
        mine = [one for one in rows if self.period.first <= one["on"] <= self.period.last]
        total: Counter[str] = Counter()
        for one in mine:
            total.update({name: int(value) for name, value in one.items() if name != "on"})
        judged, found = total["households"], total["rows"]
        whole = Text("条不为正常的结论", "answers that were not clear")
        return Section(
            "screening",
            title,
            (
                Figure("screenings", Text("筛查次数", "screenings"), len(mine)),
                Figure("rows_screened", Text("筛查户次", "households judged, all rounds"), judged),
                Figure(
                    "answers_not_clear",
                    Text("不为正常的结论", "answers that were not clear"), found,
                ),
                Figure("answers_warned", Text("其中预警", "of them warnings"),
                       total["warned"], found, whole),
                Figure("rows_new", Text("立新案的结论", "answers that opened a case"),
                       total["new"], found, whole),
                Figure("rows_reopened", Text("重开原案的结论", "answers that opened one again"),
                       total["reopened"], found, whole),
                Figure("rows_evidence", Text("并入未结的案", "answers added to a case"),
                       total["evidence"], found, whole),
                Figure("rows_quiet", Text("已有结论", "answers settled before"),
                       total["quiet"], found, whole),
            ),
        )  # fmt: skip

    def reach(self) -> Section:
        title = Text("网格与走访", "Grids and visits")
        reached = self.given.coverage
        if reached is None:
            return Section("reach", title, note=_LACKS)
        all_ = reached.households
        phoned = sum(one.phoned for one in reached.grids)
        return Section(
            "reach",
            title,
            (
                Figure("reached", Text("走访或联系到", "reached"), reached.reached, all_,
                       HOUSEHOLDS),
                Figure("phoned", Text("其中电话联系外出户", "of them away and reached by phone"),
                       phoned, reached.reached, HOUSEHOLDS),
                Figure("keepers", Text("有户的网格员", "keepers with households"),
                       sum(one.keepers for one in reached.grids)),
                Figure("without_keeper", Text("无网格员的户", "households without a keeper"),
                       len(reached.unkept), all_, HOUSEHOLDS),
            ),
        )  # fmt: skip

    # --- the comparison register

    def register(self) -> Section:
        book = self.book
        kinds: Counter[str] = Counter()
        for one in self.given.events or ():
            if one.on in self.period:
                kinds["urged problems" if self._of_problem(one, "urged") else one.kind] += 1
        cases = [one for one in book.cases.values() if not one.joined]
        open_ = [one for one in cases if book.is_open(one)]
        late = self._late()
        held = [one for one in cases if one.state in book.workflow.decided]
        whole = Text("个未结的案", "open cases")
        figures = [
            Figure(id_, title, kinds[kind])
            for id_, (title, kind) in _FLOWS.items()
            if self.given.events is not None
        ]
        figures += [
            Figure("cases_open", Text("期末在办", "open at the end"), len(open_), len(cases),
                   Text("案", "cases")),
            Figure("cases_overdue", Text("其中超期", "of them overdue"),
                   sum(one.id in book.cases for one in late), len(open_), whole),
            Figure("monitored", Text("期末监测帮扶户", "households monitored at the end"),
                   len(held), len(cases), Text("案", "cases")),
        ]  # fmt: skip
        figures += self._categories(held)
        return Section("register", Text("信息比对库", "Comparison register"), tuple(figures))

    @staticmethod
    def _of_problem(event: Event, kind: str) -> bool:
        return event.kind == kind and event.stream.startswith("problem/")

    def _late(self) -> tuple[Task, ...]:
        return overdue(self.book, as_of=self.period.last)

    def _categories(self, held: Sequence[Case]) -> Iterator[Figure]:
        """The three categories in households and, where sizes are known, in people."""
        people = self.given.people
        every = None if people is None else sum(people.get(one.id, 0) for one in held)
        for word, title in _CATEGORIES.items():
            mine = [one for one in held if one.finding.get("category") == word]
            yield Figure(
                word, title, len(mine), len(held), Text("户监测户", "monitored households")
            )
            if people is not None:
                count = sum(people.get(one.id, 0) for one in mine)
                yield Figure(
                    f"{word}_people",
                    Text(f"{title.zh}（人）", f"{title.en}, people"),
                    count,
                    every,
                    Text("人", "people"),
                )

    def in_time(self) -> Section:
        limits = dict(self.given.limits) if self.given.limits else None
        top = self.areas.tops[0].code.level
        soon = in_times(self.book, level=top, period=self.period, limits=limits)
        figures = [one for each in soon for one in self._soon(each)]
        return Section("in_time", Text("三早", "Three in-times"), tuple(figures))

    @staticmethod
    def _soon(one: InTime) -> Iterator[Figure]:
        title = _SOON[one.what]
        whole = Text("个本期的案", "cases of the period")
        yield Figure(one.what, title, one.done, one.cases, whole)
        days = Text(f"{title.zh}用时合计（天）", f"{title.en}, days in all, waiting included")
        yield Figure(f"{one.what}_days", days, one.days + one.waited, one.cases, whole, each=True)
        if one.late is not None:
            late = Text(f"{title.zh}超时限", f"{title.en}, over the limit")
            yield Figure(f"{one.what}_late", late, one.late, one.cases, whole)

    def departments(self) -> Section:
        """The lists: what was handed to each department, and what became of it."""
        told = line_figures(self.book, period=self.period)
        every = line_figures(self.book, period=self.period, by="all")
        total = every[0] if every else None
        columns = (
            Text("部门", "department"), Text("项次", "items"), Text("不同项", "different items"),
            Text("已签收", "taken"), Text("已反馈", "answered"), Text("撤销", "withdrawn"),
            Text("超期", "overdue"),
        )  # fmt: skip
        rows = tuple(
            (
                self.book.pack.departments[one.key] if one.key else Text("自报", "self-reports"),
                one.items, one.different, one.taken, one.answered, one.withdrawn, one.overdue,
            )
            for one in told
        )  # fmt: skip
        different = total.different if total else 0
        whole = Text("项不同项", "different items")
        figures = [
            Figure("items", Text("清单项次", "items handed over"), total.items if total else 0),
            Figure("items_departments", Text("涉及部门", "departments"),
                   total.departments if total else 0, len(self.book.pack.departments),
                   Text("个部门", "departments")),
        ]  # fmt: skip
        for id_, title in _LINES.items():
            count = getattr(total, id_) if total else 0
            figures.append(Figure(f"items_{id_}", title, count, different, whole))
        return Section(
            "departments",
            Text("清单交办", "Lists by department"),
            tuple(figures),
            (Table("departments", columns, rows),) if rows else (),
        )

    # --- the rectification register

    def problems(self) -> Section:
        book, late = self.book, {one.id for one in self._late()}
        every = [*book.problems.values()]
        zero = [one for one in every if not book.is_open(one)]
        new = [one for one in every if one.opened in self.period]
        whole = Text("个问题", "problems")
        return Section(
            "problems",
            Text("问题整改库", "Rectification register"),
            (
                Figure("listed", Text("本期列入", "listed in the period"), len(new),
                       len(every), whole),
                Figure("zeroed", Text("已清零", "brought to zero"), len(zero), len(every), whole),
                Figure("problems_overdue", Text("超期", "overdue"),
                       sum(one.id in late for one in every), len(every), whole),
                Figure("like_cases", Text("举一反三查出", "like cases found"),
                       sum(len(one.like) for one in every)),
            ),
        )  # fmt: skip

    # --- draws

    def draws(self) -> Section:
        title = Text("双随机抽查", "Double random checks")
        receipts = self.given.receipts
        if receipts is None:
            return Section("draws", title, note=_LACKS)
        mine = {one.digest: one for one in receipts if self._holds(one.period)}
        ordered = sorted(self.given.outcomes, key=lambda one: (one.as_of, one.digest))
        latest = {one.receipt: one for one in ordered if one.receipt in mine}
        results = [*latest.values()]
        units = [unit for one in results for unit in one.units]
        told = Counter(one.result for one in units)
        places = {unit[:6] for one in mine.values() for unit in one.picks()}
        counties = [one.code for one in self.areas if one.level is Level.COUNTY]
        drawn = sum(len(one.picks()) for one in mine.values())
        whole = Text("个被抽单位", "units drawn")
        figures = [
            Figure("draws", Text("抽取次数", "draws"), len(mine)),
            Figure("drawn", Text("被抽单位", "units drawn"), drawn),
            Figure("visited", Text("已检查", "visited"), told["visited"], drawn, whole),
            Figure("replaced", Text("已替换", "replaced"), told["replaced"], drawn, whole),
            Figure("not_visited", Text("未检查", "not visited"),
                   drawn - told["visited"] - told["replaced"], drawn, whole),
            Figure("found", Text("发现问题", "problems found"),
                   sum(len(one.problems) for one in units)),
            Figure("counties_drawn", Text("覆盖县", "counties reached by a draw"),
                   len(places & {*map(str, counties)}), len(counties), Text("个县", "counties")),
        ]  # fmt: skip
        return Section("draws", title, tuple(figures))

    def _holds(self, period: Period) -> bool:
        """Whether a shorter period belongs to this one: a week by its Thursday."""
        order = tuple(Cadence)
        if order.index(period.cadence) > order.index(self.period.cadence):
            return False
        return period.at(self.period.cadence) == self.period

    # --- notices

    def notices(self) -> Section:
        title = Text("双连续通报", "Double consecutive notices")
        if self.given.notices is None:
            return Section("notices", title, note=_LACKS)
        mine = [one for one in self.given.notices if self._holds(one.period)]
        told = Counter(one.verdict.value for one in mine)
        whole = Text("份通报", "notices")
        figures = [
            Figure("notices", Text("通报", "notices"), len(mine)),
            Figure("commended", Text("表扬", "commended"), told["commended"], len(mine), whole),
            Figure("criticised", Text("批评", "criticised"), told["criticised"], len(mine), whole),
        ]
        tables = []
        if self.given.board is not None:
            entries = [
                one for one in self.given.board.ledger
                if one.periods and self._holds(one.periods[-1])
            ]  # fmt: skip
            figures.append(Figure("scores", Text("连续通报计分", "scores of notices in a row"),
                                  len(entries)))  # fmt: skip
            rows = tuple(
                (
                    self._place(one.unit),
                    one.rule,
                    Text("表扬", "commended") if one.amount > 0 else Text("批评", "criticised"),
                    "、".join(map(str, one.periods)),
                    f"{one.amount:+}",
                )
                for one in entries
            )
            columns = (
                Text("单位", "unit"), Text("规则", "rule"), Text("结论", "verdict"),
                Text("连续各期", "periods in a row"), Text("计分", "points"),
            )  # fmt: skip
            tables = [Table("scores", columns, rows)] if rows else []
        return Section("notices", title, tuple(figures), tuple(tables))

    def _place(self, code: str) -> str:
        return f"{self.areas[code].name} {code}" if code in self.areas else str(code)

    # --- is it getting worse, and was it worth it

    def out_of_line(self, found: Sequence[Cluster], areas: int) -> Section:
        columns = (
            Text("地区", "area"), Text("本期新增", "new cases"),
            Text("比照", "against"), Text("应有", "expected"),
        )  # fmt: skip
        against = {"history": Text("历史", "its past"), "neighbours": Text("邻近", "neighbours")}
        rows = tuple(
            (self._place(one.area), one.new, against[one.against], _decimal(one.expected))
            for one in found
        )
        named = len({one.area for one in found})
        return Section(
            "out_of_line",
            Text("规模性返贫风险", "Large-scale return"),
            (Figure("areas_out_of_line", Text("异常地区", "areas out of line"), named, areas,
                    Text("个地区", "areas")),),
            (Table("out_of_line", columns, rows),) if rows else (),
        )  # fmt: skip

    def worth(self) -> Section:
        told: Quality = quality(self.book, period=self.period, truth=self.given.truth)
        rules = [one for one in told.rules if one.key]
        visited = sum(one.outcomes.visited for one in rules)
        false = sum(one.false_visits for one in rules)
        figures = [
            Figure("false_visits", Text("入户未发现问题", "visits that found nothing"), false,
                   visited, Text("次入户（按规则计）", "visits, by rule")),
        ]  # fmt: skip
        if told.need is not None:
            need = told.need
            whole = Text("户本期困难户", "households whose need began")
            figures += [
                Figure("need_found", Text("困难户已发现", "households in need, found"),
                       need.found, need.in_need, whole),
                Figure("need_missed", Text("未发现", "not found"), need.missed, need.in_need,
                       whole),
                Figure("need_only_here", Text("仅由机制发现", "found by the mechanism alone"),
                       need.only_here, need.found, Text("户已发现", "found")),
                Figure("days_earlier",
                       Text("比自行反映提前的天数合计", "days earlier than by itself"),
                       need.days_earlier, need.compared, Text("户可比", "that compare"),
                       each=True),
            ]  # fmt: skip
        columns = (
            Text("规则", "rule"), Text("预警", "alerts"), Text("属实", "confirmed"),
            Text("排除", "refuted"), Text("在办", "open"), Text("入户", "visits"),
            Text("空跑", "found nothing"),
        )  # fmt: skip
        rows = tuple(
            (
                self.book.pack.rules[one.key].title,
                one.outcomes.alerts, one.outcomes.confirmed, one.outcomes.refuted,
                one.outcomes.open, one.outcomes.visited, one.false_visits,
            )
            for one in rules
        )  # fmt: skip
        return Section(
            "worth",
            Text("预警质量", "What alerts were worth"),
            tuple(figures),
            (Table("rules", columns, rows),) if rows else (),
        )

    def counties(self) -> Section:
        """What each county must do: open and overdue cases, open problems, not reached."""
        book, late = self.book, {one.id for one in self._late()}
        open_, over, problems, missed = (
            Counter[str](),
            Counter[str](),
            Counter[str](),
            Counter[str](),
        )
        for case in book.cases.values():
            if book.is_open(case):
                open_[case.area[:6]] += 1
                over[case.area[:6]] += case.id in late
        for problem in book.problems.values():
            if book.is_open(problem):
                problems[problem.area[:6]] += 1
        for grid in self.given.coverage.grids if self.given.coverage is not None else ():
            missed[grid.area[:6]] += len(grid.missed)
        columns = (
            Text("县区", "county"), Text("未结的案", "open cases"), Text("超期", "overdue"),
            Text("未清零问题", "problems open"), Text("未走访户", "not reached"),
        )  # fmt: skip
        rows = tuple(
            (self._place(one.code), open_[one.code], over[one.code], problems[one.code],
             missed[one.code])
            for one in self.areas if one.level is Level.COUNTY
        )  # fmt: skip
        return Section(
            "counties",
            Text("各县待办", "What each county has to do"),
            tables=(Table("counties", columns, rows),),
        )


_LACKS = Text("未提供数据。", "No data were given.")


def _decimal(value: Fraction) -> str:
    return f"{int(value * 10) / 10}"
