"""A year of "2531" through the public interface, as an integrator would write it.

Run with ``python examples/year.py [FOLDER]``. The population is a simulated one: where this
script asks ``box``, a real office would ask its people and its departments.
"""

import sys
from datetime import date, timedelta
from pathlib import Path

from antipoverty import casework as cw
from antipoverty import sampling, scoring
from antipoverty.packs import shaanxi_2531, shaanxi_rectification, shaanxi_workflow
from antipoverty.periods import Period
from antipoverty.screening import screen
from antipoverty.summaries import read_sources, summary
from antipoverty.synthetic import year

POLICY = scoring.NoticePolicy.from_toml("""
choose = "rank"
commended = 2
criticised = 2
[[indicators]]
id = "coverage"
title.zh = "走访覆盖率"
title.en = "coverage of visits"
unit = "share"
direction = "higher"
best = 1
worst = 0.9
""")  # every weight is an example: none is published


def main(folder: Path, households: int = 20_000) -> scoring.Board:
    """Run the year, leave its papers in a folder, and give what the notices were worth."""
    box = year(households)
    box.write(folder)
    for name in ("receipts", "outcomes"):
        (folder / name).mkdir(exist_ok=True)
    empty = book = cw.Book(shaanxi_2531(), shaanxi_workflow(), shaanxi_rectification())
    villages, keepers = sampling.WeeklyVillagePlan(box.areas), cw.keepers_of(box.keepers)
    events, notices = [], []
    for day in (date(box.year, 1, 1) + timedelta(days=n) for n in range(365)):
        book, done = box.work(book, day, since=day)
        events += done
        if day in box.screenings:  # departments deliver, everything is screened and handed over
            found = screen(box.tables(day), book.pack, as_of=day, areas=box.areas)
            found.write_handovers(folder / "lists" / f"{day:%Y-%m}")
            told = {"undecided": found.undecided(), "judged": found.judged}
            book, done, _ = cw.open_cases(book, found.alerts, as_of=day, **told)
            events += done
        week, month = Period.of(day, "week"), Period.of(day, "month")
        if day.weekday() == 4 and week.first.year == box.year:  # a village in every county
            receipt = sampling.draw(villages, period=week, seed=f"a rehearsal of {week}")
            seen = box.inspect(receipt, book).outcomes
            results = sampling.outcomes(receipt, seen, as_of=week.last)
            for name, paper in (("receipts", receipt), ("outcomes", results)):
                (folder / name / f"{week}.json").write_text(paper.to_json(), "utf-8")
            book, listed = cw.list_found(book, results, receipt, by="inspector-1")
            book, urged = cw.urge(book, as_of=day)
            events += (*listed, *urged)
        if day == month.last:  # figures, and notices on them
            visits = box.visits(month)
            reached = cw.visit_coverage(box.register, visits, keepers, period=month, level="county")
            figures, owed = box.reported(reached.statistics()), {"issuer": "61", "level": "county"}
            notices += scoring.draft_notices(
                figures, POLICY, period=month, issued_on=day, areas=box.areas, **owed
            ).notices
    (folder / "notices.csv").write_text(scoring.write_notices(notices), "utf-8")
    (folder / "cases.db").unlink(missing_ok=True)
    with cw.Casebook.open(f"sqlite:///{folder}/cases.db", empty) as kept:
        kept.append(events, book)
    whole = Period.parse(str(box.year))
    sources = read_sources(folder, book, events, whole, areas=box.areas)
    summary(whole, book, sources, areas=box.areas).write(folder / "reports")
    return scoring.assess(notices, scoring.AssessmentPolicy(), as_of=date(box.year + 1, 1, 31))


if __name__ == "__main__":
    sys.stdout.write(f"{main(Path(sys.argv[1] if len(sys.argv) > 1 else 'year-out'))}\n")
