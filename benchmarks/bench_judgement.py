"""Signals judged together: the reference, durable-rules, and durable-rules bare.

Run with ``python benchmarks/bench_judgement.py``. Agreement is counted on generated packs
and histories before any time is taken. *Bare* is the same durable-rules program in the same
process, without the process of its own that keeps a crash away from the caller.
"""

from __future__ import annotations

import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings

from antipoverty._judging.engines.chaining import (  # private: engines without their process
    Engine,
    compiled,
    lowered,
    raised,
    run,
)
from antipoverty._judging.engines.worker import made  # private: engines without their process
from antipoverty.errors import EngineUnavailableError
from antipoverty.judgement import Judge, JudgementRule, Judgements, Pattern, Signal, Tally, answer
from antipoverty.rules import Pack, Source, Text
from common import Row, in_fresh_process, table

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "support"))

DAY = date(2022, 1, 2)
DEPARTMENTS = ("medical-insurance", "human-resources", "traffic-police", "education")
RISKS = ("illness", "no_labour", "accident", "schooling")
ENGINES = ("durable",)


def present() -> list[str]:
    """The engines that can run here; the others are said aloud."""
    found = []
    for name in ENGINES:
        try:
            made(name, compiled(Judgements(()))).close()
            found.append(name)
        except EngineUnavailableError as problem:
            sys.stderr.write(f"left out: {problem}\n")
    return found


def policy(count: int) -> Pack:
    """A pack of so many rules: joins, counts, absences and chains by turns."""
    source = Source("a benchmark")
    made_: list[JudgementRule] = []
    for at in range(count):
        one, other = RISKS[at % 4], RISKS[(at + 1 + at // 4 % 3) % 4]
        shape: dict[str, Any] = [
            {"need": [Pattern(risk=one, last=180), Pattern(risk=other, last=180)], "within": 90},
            {"count": [Tally(of=Pattern(risk=one, last=365), at_least=2, distinct="day")]},
            {"need": [Pattern(risk=one, last=90 + at)], "lack": [Pattern(kind="measure")]},
        ][at % 3]
        if at % 3 == 2:
            shape["given"] = [made_[at - 1].id]
        made_.append(
            JudgementRule(
                id=f"j{at}",
                title=Text("例", "example"),
                source=source,
                since=DAY.replace(2020),
                **shape,
            )
        )
    return Pack("bench", Text("例", "example"), rules=[], departments={}, judgements=made_)


def history(household: str, count: int, seed_: int) -> list[Signal]:
    """Facts of one household over half a year."""
    drawn = random.Random(seed_)
    return [
        Signal(
            id=f"f{at}",
            household_id=household,
            kind="alert",
            name="n",
            on=DAY - timedelta(days=drawn.randrange(180)),
            department=drawn.choice(DEPARTMENTS),
            risk=drawn.choice(RISKS),
        )
        for at in range(count)
    ]


# --- agreement ----------------------------------------------------------------------------


def agreement(engines: Sequence[str], cases: int, histories: Any, rules: Any) -> list[Row]:
    """Count cases and differences of every engine and of the incremental reference."""
    import judgement_packs

    differing = dict.fromkeys([*engines, "incremental reference"], 0)
    counts = {"cases": 0, "fired": 0}

    @seed(20220102)
    @settings(
        max_examples=cases,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(listed=rules(), facts=histories())
    def compare(listed: Any, facts: tuple[Signal, ...]) -> None:
        ordered = Judgements(listed)
        program = compiled(ordered)
        expected = answer(ordered, facts, DAY)
        counts["cases"] += 1
        counts["fired"] += len(expected.fired)
        known, sent = lowered(program, ordered, facts, DAY)
        for name in engines:
            engine = made(name, program)
            found = raised(ordered, known, run(engine, program, sent))
            engine.close()
            differing[name] += found != expected
        judge = Judge(pack_of(listed), as_of=DAY)
        drawn = random.Random(counts["cases"])
        arriving = [*facts, *facts]
        drawn.shuffle(arriving)
        for fact in arriving:
            judge.feed(fact)
        gone = judgement_packs.withdrawable(ordered, facts)
        gone = {one for one in gone if drawn.random() < 0.3}
        for one in sorted(gone & {fact.id for fact in judge.facts()}):
            judge.withdraw("h1", one)
        expected = answer(ordered, [fact for fact in facts if fact.id not in gone], DAY)
        names = {ordered[id_].concludes for id_ in expected.fired}
        differing["incremental reference"] += {one.name for one in judge.conclusions("h1")} != names

    compare()
    return [
        Row(
            f"{name} against full recomputation: {counts['cases']:,} generated packs and "
            f"histories, {counts['fired']:,} conclusions",
            f"{different} differences",
            limit="0",
            met=different == 0,
        )
        for name, different in differing.items()
    ]


def pack_of(listed: Any) -> Pack:
    """The tests' pack of some rules."""
    import judgement_packs

    return judgement_packs.pack(*listed)


# --- time ----------------------------------------------------------------------------------


def throughput(engines: Sequence[str], households: int) -> list[Row]:
    """Households per second, six facts each."""
    rows = []
    for count in (1, 10, 30):
        pack = policy(count)
        facts = [history(f"h{at}", 6, at) for at in range(households)]
        rates: dict[str, float] = {}
        for name in ("reference", *engines):
            with Judge(pack, engine=name, as_of=DAY) as judge:  # type: ignore[arg-type]
                began = time.perf_counter()
                for one in facts:
                    judge.feed(*one)
                    judge.drop(one[0].household_id)
                rates[name] = households / (time.perf_counter() - began)
        if "durable" in engines:
            rates["bare durable"] = households / bare(pack, facts)
        rows += [
            Row(
                f"{name}, {count} rules",
                f"{rate:,.0f} households/s",
                f"reference {rates['reference']:,.0f}",
                rates["reference"] / rate,
            )
            for name, rate in rates.items()
        ]
    return rows


def bare(pack: Pack, facts: Sequence[Sequence[Signal]]) -> float:
    """Seconds of durable-rules in this process."""
    program = compiled(pack.judgements)
    engine: Engine = made("durable", program)
    began = time.perf_counter()
    for one in facts:
        known, sent = lowered(program, pack.judgements, one, DAY)
        raised(pack.judgements, known, run(engine, program, sent))
    seconds = time.perf_counter() - began
    engine.close()
    return seconds


def latency(engines: Sequence[str], facts: int) -> list[Row]:
    """One more alert, with a book of facts in memory."""
    rows = []
    for count in (1, 10, 30):
        pack = policy(count)
        for name in ("reference", *engines):
            with Judge(pack, engine=name, as_of=DAY) as judge:  # type: ignore[arg-type]
                fill(judge, facts)
                times = []
                for at in range(200):
                    new = history(f"h{at * 7}", 1, 10**6 + at)[0]
                    again = Signal(
                        id="new",
                        household_id=new.household_id,
                        kind="alert",
                        name="n",
                        on=DAY,
                        department="education",
                        risk="illness",
                    )
                    began = time.perf_counter()
                    judge.feed(again)
                    times.append(time.perf_counter() - began)
            rows.append(
                Row(
                    f"one alert, {facts:,} facts in the book, {count} rules, {name}",
                    f"{statistics.median(times) * 1e6:,.0f} us",
                    f"95th percentile {sorted(times)[190] * 1e6:,.0f} us",
                )
            )
    return rows


def fill(judge: Judge, facts: int) -> None:
    """Put a book's facts in, by the way a judge resumes."""
    asked, judge._isolated = judge._isolated, None
    for at in range(facts // 6):
        judge.feed(*history(f"h{at}", 6, at))
    judge._isolated = asked


# --- memory --------------------------------------------------------------------------------


def growth(alerts: str, engine: str) -> float:
    """MiB by which memory grew from a fifth of some alerts to all of them."""
    total = int(alerts)
    pack = Pack(
        "m",
        Text("例", "example"),
        rules=[],
        departments={},
        judgements=[
            JudgementRule(
                id="j",
                title=Text("例", "example"),
                source=Source("b"),
                since=date(2000, 1, 1),
                need=[Pattern(last=30), Pattern(last=30)],
                where="a.risk != b.risk",
            )
        ],
    )
    first = 0.0
    with Judge(pack, engine=engine) as judge:  # type: ignore[arg-type]
        for at in range(total):
            judge.feed(
                Signal(
                    id=f"f{at}",
                    household_id=f"h{at * 7919 % 100_003}",
                    kind="alert",
                    name="n",
                    on=date(2001, 1, 1) + timedelta(days=at * 3650 // total),
                    risk=RISKS[at % 4],
                )
            )
            if at % 10_000 == 0:
                judge.advance(judge.as_of)
            if at == total // 5:
                first = resident(judge)
        return resident(judge) - first


def resident(judge: Judge) -> float:
    """MiB that this process and its engine hold."""
    pids = [os.getpid()]
    if judge._isolated is not None and judge._isolated._child is not None:
        pids.append(judge._isolated._child.pid)
    pages = sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in pids)
    return pages * resource.getpagesize() / 2**20


# --- under AddressSanitizer -------------------------------------------------------------------


def sanitized(cases: int) -> list[Row]:
    """Build durable-rules with AddressSanitizer, run the agreement under it.

    Then once more without the padding of joins: the sanitizer has to notice.
    """
    what = f"durable-rules under AddressSanitizer, {cases:,} generated packs and histories"
    compiler = shutil.which("gcc")
    if compiler is None:
        return [Row(what, "left out: no gcc here")]
    library = subprocess.run(
        [compiler, "-print-file-name=libasan.so"], capture_output=True, text=True, check=True
    ).stdout.strip()
    with tempfile.TemporaryDirectory() as folder:
        flags = "-fsanitize=address -fno-omit-frame-pointer -g"
        wanted = ["--no-binary", ":all:", "--target", folder, "durable-rules==2.0.28"]
        built = subprocess.run(
            [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-cache-dir", *wanted],
            env=os.environ | {"CFLAGS": flags, "LDFLAGS": "-fsanitize=address"},
            capture_output=True,
            text=True,
        )
        if built.returncode:
            return [Row(what, "left out: it could not be built with the sanitizer")]
        here = Path(__file__).parent.parent
        paths = [folder, *(str(here / one) for one in ("benchmarks", "tests", "src"))]
        env = os.environ | {
            "LD_PRELOAD": library,
            "ASAN_OPTIONS": "detect_leaks=0",
            "PYTHONPATH": os.pathsep.join(paths),
        }
        done, bare_joins = (
            subprocess.run(
                [sys.executable, "-c", f"import bench_judgement as b; b.only_durable({asked})"],
                env=env,
                capture_output=True,
                text=True,
            )
            for asked in (f"{cases}", f"{cases}, padded=False")
        )
    clean = done.returncode == 0 and "AddressSanitizer" not in done.stderr
    said = "clean" if clean else f"failed, code {done.returncode}: {done.stderr[-200:]}"
    noticed = "AddressSanitizer" in bare_joins.stderr
    return [
        Row(what, said, limit="clean", met=clean),
        Row(
            "the same without the padding of joins",
            "an error, as it must be" if noticed else "clean: the sanitizer sees nothing",
            limit="an error",
            met=noticed or cases < 200,
        ),
    ]


def only_durable(cases: int, *, padded: bool = True) -> None:
    """The agreement of durable-rules alone; an error ends the process with a code."""
    import durable.engine

    import antipoverty._judging.engines.durable  # private: padding is taken off
    import judgement_packs

    assert "site-packages" not in durable.engine.__file__, durable.engine.__file__
    if not padded:
        whole = antipoverty._judging.engines.durable._antecedents
        antipoverty._judging.engines.durable._antecedents = lambda join: unpadded(whole(join))
    rows = agreement(["durable"], cases, judgement_packs.histories, judgement_packs.rules)
    sys.exit(not all(row.met for row in rows))


def unpadded(asked: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A join without the test at its end that is always true."""
    if len(asked) == 2:
        del asked[1]["b"]["$and"][-1]
    return asked


def main(scale: float = 1.0) -> list[Row]:
    """Measure; ``scale`` 1 is 20,000 packs, 430,000 facts and 1,000,000 alerts."""
    import judgement_packs

    engines = present()
    rows = agreement(
        engines, max(int(20_000 * scale), 20), judgement_packs.histories, judgement_packs.rules
    )
    rows += throughput(engines, max(int(5_000 * scale), 20))
    rows += latency(engines, max(int(430_000 * scale), 1_500))
    for name, share in (("reference", 1.0), *((one, 0.1) for one in engines)):
        alerts = max(int(1_000_000 * scale * share), 1_000)
        grown = in_fresh_process("bench_judgement", "growth", str(alerts), name)["seconds"]
        rows.append(
            Row(
                f"memory from a fifth to all of {alerts:,} alerts, {name}",
                f"{grown:+.1f} MiB",
                limit="30 MiB",
                met=grown <= 30,
            )
        )
    if "durable" in engines:
        rows += sanitized(max(int(2_000 * scale), 20))
    return rows


if __name__ == "__main__":
    print(table(main(float(sys.argv[1]) if len(sys.argv) > 1 else 1.0)))
