"""An engine that crashes, loops or is left behind takes nobody down, and says so."""

from __future__ import annotations

import gc
import multiprocessing
import os
import pickle
import resource
import select
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from antipoverty._judging.engines import isolated  # private: the process is ended from outside
from antipoverty._judging.engines.chaining import (  # private: what an engine gets and gives
    Plain,
    compiled,
    lowered,
    raised,
)
from antipoverty._judging.engines.isolated import Isolated  # private: a process ended from outside
from antipoverty._judging.engines.worker import made  # private: an engine in this process
from antipoverty.errors import (
    EngineFailedError,
    EngineUnavailableError,
    OutsideSubsetError,
)
from antipoverty.judgement import Judge, Pattern, answer
from antipoverty.packs import shaanxi_2531
from judgement_engines import OTHERS
from judgement_packs import DAY, fact, pack, rule

others = pytest.mark.parametrize("engine", OTHERS)
SIMPLE = pack(rule("j", need=[Pattern(name="n1")]))
PROGRAM = compiled(SIMPLE.judgements)
NO_ROWS: Plain = [[], []]


@pytest.fixture
def bad(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the child process run the bad engine."""
    monkeypatch.setattr(isolated, "WORKER", "judgement_bad")


def fed(running: Judge, household: str, amount: int = 0) -> tuple[str, str]:
    """Who judged a household, and why not the one asked for."""
    (one,) = running.feed(fact("a", household_id=household, amount=amount))
    return one.engine, one.fell_back


@pytest.mark.slow
@pytest.mark.parametrize(
    ("amount", "said"),
    [
        (1, "code -11"),
        (2, "code -6"),
        (3, "code -9"),
        (4, "code 0"),
        (5, "silent for 2 seconds"),
        (6, "error 303"),
        (7, "code 1"),
    ],
    ids=["segfault", "abort", "kill", "exit", "loop", "error", "exception"],
)
@pytest.mark.usefixtures("bad")
def test_the_household_in_hand_falls_to_the_reference_and_the_next_does_not(
    amount: int, said: str
) -> None:
    """A real crash of the process; marked, explained, and the engine is back at once."""
    with Judge(SIMPLE, engine="durable", timeout=2 if amount == 5 else 60) as running:
        assert fed(running, "h1") == ("durable", "")
        engine, fell_back = fed(running, "h2", amount)
        assert engine == "reference"
        assert said in fell_back
        (one,) = running.conclusions("h1")
        assert (one.engine, one.fell_back) == ("durable", "")
        assert running.restarts == 1


@pytest.mark.usefixtures("bad")
def test_the_fall_back_is_said_in_both_languages() -> None:
    """And in the plain data."""
    with Judge(SIMPLE, engine="durable") as running:
        (one,) = running.feed(fact("a", amount=2))
        assert "由参考实现判定（durable ended with code -6）" in one.explain("zh")
        assert "Judged by the reference: durable ended with code -6." in one.explain("en")
        assert one.to_dict()["engine"] == "reference"
        assert "durable" in one.to_dict()["fell_back"]


@pytest.mark.slow
@pytest.mark.usefixtures("bad")
def test_an_engine_that_keeps_failing_is_given_up() -> None:
    """Loudly, after twenty in a row, by crash or by error; one success begins anew."""
    for amount in (2, 6):
        with Judge(SIMPLE, engine="durable") as running:
            running._isolated._crashes = 18  # type: ignore[union-attr]
            assert fed(running, "h1", amount)[0] == "reference"
            with pytest.raises(EngineUnavailableError, match="20 times in a row"):
                running.feed(fact("a", household_id="h2", amount=amount))
            assert fed(running, "h3") == ("durable", "")
            assert fed(running, "h4", amount)[0] == "reference"
            assert [one.name for one in running.feed(fact("b", "n3", household_id="h3"))] == []


@pytest.mark.usefixtures("bad")
def test_nothing_goes_unsaid_when_a_batch_is_broken_off() -> None:
    """What was new before the failure is new when the batch is fed again."""
    with Judge(SIMPLE, engine="durable") as running:
        running._isolated._crashes = 19  # type: ignore[union-attr]
        batch = (fact("a", household_id="h1"), fact("a", household_id="h2", amount=2))
        running._isolated.judge = _crashing_second(running._isolated)  # type: ignore[union-attr, method-assign]
        with pytest.raises(EngineUnavailableError):
            running.feed(*batch)
        assert [one.household_id for one in running.feed(*batch)] == ["h1", "h2"]


def _crashing_second(real: Isolated) -> Any:
    judge, asked = real.judge, []

    def judged(household: Plain) -> Plain:
        asked.append(household)
        if len(asked) == 2:
            raise EngineUnavailableError("given up")
        return judge(household)

    return judged


@others
def test_an_engine_process_that_is_killed_is_started_again(engine: str) -> None:
    """From outside, as by a machine that has no memory left."""
    with Judge(SIMPLE, engine=engine) as running:  # type: ignore[arg-type]
        assert fed(running, "h1") == (engine, "")
        os.kill(child_of(running), signal.SIGKILL)
        assert fed(running, "h2") == ("reference", f"{engine} ended with code -9")
        assert fed(running, "h3") == (engine, "")
        assert running.restarts == 1


@others
def test_a_question_that_nobody_reads_is_cut_off_too(engine: str) -> None:
    """More than a pipe holds, to a process that stands still."""
    many = [fact(f"f{at}") for at in range(3000)]
    with Judge(SIMPLE, engine=engine, timeout=0.5) as running:  # type: ignore[arg-type]
        os.kill(child_of(running), signal.SIGSTOP)
        began = time.monotonic()
        (one,) = running.feed(*many)
        assert time.monotonic() - began < 20
        assert "silent for 0.5 seconds" in one.fell_back


@others
def test_an_interrupted_answer_is_not_taken_for_the_next_household(
    engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Control-C while an engine works: its process is ended, not left with an answer."""
    with Judge(SIMPLE, engine=engine) as running:  # type: ignore[arg-type]
        wait = isolated._wait

        def interrupted(pipe: int, event: int, until: float) -> None:
            if event == select.POLLIN:
                raise KeyboardInterrupt
            wait(pipe, event, until)

        monkeypatch.setattr(isolated, "_wait", interrupted)
        with pytest.raises(KeyboardInterrupt):
            running.feed(fact("a", "n1", household_id="h1"))
        monkeypatch.undo()
        assert not running.feed(fact("a", "n2", household_id="h2"))
        (one,) = running.feed(fact("a", "n1", household_id="h1"))
        assert (one.household_id, one.engine) == ("h1", engine)


@others
def test_a_terminal_s_control_c_reaches_the_caller_alone(engine: str) -> None:
    """The engine's process is in the caller's group, and goes on."""
    with Judge(SIMPLE, engine=engine) as running:  # type: ignore[arg-type]
        os.kill(child_of(running), signal.SIGINT)
        assert fed(running, "h1") == (engine, "")
        assert running.restarts == 0


@others
def test_several_threads_ask_one_after_another(engine: str) -> None:
    """Each gets the answer to its own question."""
    running = Isolated(engine, PROGRAM)
    wrong: list[Any] = []

    def ask(fires: bool) -> None:
        facts = (fact("a", "n1" if fires else "n2"),)
        known, sent = lowered(PROGRAM, SIMPLE.judgements, facts, DAY)
        for _ in range(100):
            found = raised(SIMPLE.judgements, known, running.judge(sent))
            if bool(found.fired) is not fires:
                wrong.append(found)

    threads = [threading.Thread(target=ask, args=(at % 2 == 0,)) for at in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    running.close()
    assert wrong == []


@others
def test_a_forked_judge_has_an_engine_of_its_own(engine: str) -> None:
    """Parent and child judge at once; neither ends the other's process nor reads its answers."""
    forking = multiprocessing.get_context("fork")
    with Judge(SIMPLE, engine=engine) as running:  # type: ignore[arg-type]
        before = child_of(running)
        answers = forking.SimpleQueue()

        def child() -> None:
            found = [fed(running, f"c{at}") for at in range(20)]
            answers.put((found, child_of(running)))
            running.close()

        started = forking.Process(target=child)
        started.start()
        assert [fed(running, f"p{at}") for at in range(20)] == [(engine, "")] * 20
        found, other = answers.get()
        started.join(30)
        assert found == [(engine, "")] * 20
        assert other != before
        assert fed(running, "last") == (engine, "")
        assert (running.restarts, child_of(running)) == (0, before)
    gone(before)
    gone(other)


def _judged(running: Judge) -> list[tuple[str, str]]:
    (one,) = running.conclusions("h1")
    with running:
        return [(one.name, one.engine), fed(running, "h2")]


@pytest.mark.slow
@others
def test_a_judge_is_sent_to_another_process_with_what_it_knows(engine: str) -> None:
    """To a pool, spawned; there an engine is started anew."""
    with Judge(SIMPLE, engine=engine, as_of=DAY) as running:  # type: ignore[arg-type]
        fed(running, "h1")
        spawning = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(1, mp_context=spawning) as pool:
            found = pool.submit(_judged, running).result(60)
        assert found == [("j", engine), (engine, "")]
        with pickle.loads(pickle.dumps(running)) as copy:
            (one,), (other,) = copy.conclusions("h1"), running.conclusions("h1")
            assert (one.basis, one.engine) == (other.basis, other.engine)


@pytest.mark.slow
@others
def test_no_process_and_no_pipe_is_left(engine: str) -> None:
    """Closed, let go of, or killed: neither zombies nor open pipes."""
    gc.collect()
    pipes = sorted(Path("/proc/self/fd").iterdir())
    started = []
    for at in range(6):
        running = Judge(SIMPLE, engine=engine)  # type: ignore[arg-type]
        started.append(child_of(running))
        fed(running, "h1")
        if at % 3 == 0:
            running.close()
            running.close()
        elif at % 3 == 1:
            os.kill(child_of(running), signal.SIGKILL)
            fed(running, "h2")
        del running
    gc.collect()
    assert len(sorted(Path("/proc/self/fd").iterdir())) == len(pipes)
    for pid in started:
        gone(pid)


SHUTDOWN = """
import os, sys
sys.path[:0] = {path!r}
from judgement_packs import fact, pack, rule
from antipoverty.judgement import Judge, Pattern
running = Judge(pack(rule("j", need=[Pattern()])), engine={engine!r})
running.feed(fact("a"))
print(running._isolated._child.pid, flush=True)
{end}
"""


@pytest.mark.slow
@others
@pytest.mark.parametrize("end", ["", "os._exit(3)", "os.kill(os.getpid(), 9)", "raise SystemExit"])
def test_an_engine_ends_with_its_caller(engine: str, end: str) -> None:
    """Without a word at shutdown, and even when the caller is killed."""
    text = SHUTDOWN.format(path=sys.path, engine=engine, end=end)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", text], capture_output=True, text=True, timeout=60
    )
    assert done.stderr == ""
    gone(int(done.stdout))


@pytest.mark.slow
@pytest.mark.usefixtures("bad")
def test_a_loop_does_not_outlive_its_caller() -> None:
    """The process ends itself when nobody is left to end it."""
    running = Isolated("durable", PROGRAM, timeout=0.2)
    child = running._child
    assert child is not None
    facts = (fact("a", amount=5),)
    _, sent = lowered(PROGRAM, SIMPLE.judgements, facts, DAY)
    with suppress(TimeoutError):
        child.ask(isolated.line(sent), 0.1)
    assert child.code(seconds=20) == -signal.SIGALRM
    running.close()


@pytest.mark.usefixtures("bad")
@pytest.mark.slow
def test_what_is_no_answer_is_a_failure() -> None:
    """An engine that writes into the pipe does not break the caller."""
    with Judge(SIMPLE, engine="durable") as running:
        engine, fell_back = fed(running, "h1", 8)
        assert engine == "reference"
        assert "durable" in fell_back


@others
def test_more_open_files_than_select_can_watch(engine: str) -> None:
    """A server with a thousand connections can judge too."""
    low, high = resource.getrlimit(resource.RLIMIT_NOFILE)
    if high < 2048:
        pytest.skip("this machine allows too few open files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(low, 2048), high))
    held = [os.open(os.devnull, os.O_RDONLY) for _ in range(1100)]
    try:
        with Judge(SIMPLE, engine=engine) as running:  # type: ignore[arg-type]
            assert fed(running, "h1") == (engine, "")
    finally:
        for one in held:
            os.close(one)
        resource.setrlimit(resource.RLIMIT_NOFILE, (low, high))


@others
def test_a_process_that_cannot_be_started_is_a_failure_not_a_crash(
    engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At once when the judge is made; later the household falls to the reference."""
    with Judge(SIMPLE, engine=engine) as running:  # type: ignore[arg-type]
        os.kill(child_of(running), signal.SIGKILL)
        assert fed(running, "h1")[0] == "reference"
        monkeypatch.setattr(sys, "executable", "/nowhere/python")
        assert "could not be started" in fed(running, "h2")[1]
        with pytest.raises(EngineFailedError, match="could not be started"):
            Judge(SIMPLE, engine=engine)  # type: ignore[arg-type]
        monkeypatch.undo()
        assert fed(running, "h3") == (engine, "")


@others
def test_a_module_in_the_working_folder_is_not_taken_for_ours(
    engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The child reads the caller's modules, not what lies about."""
    for name in ("json", "signal", "attrs"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('mine')")
    monkeypatch.chdir(tmp_path)
    with Judge(SIMPLE, engine=engine) as running:  # type: ignore[arg-type]
        assert fed(running, "h1") == (engine, "")


def test_where_there_is_no_poll_the_choice_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on Windows."""
    monkeypatch.delattr(select, "poll")
    with pytest.raises(EngineUnavailableError, match="choose engine='reference'"):
        Judge(SIMPLE, engine="durable")


@pytest.mark.parametrize("word", ["C compiler", "3.13", "reference"])
def test_an_engine_that_is_not_installed_names_the_choices(
    word: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """In the caller's process, as in the child's; nothing is switched."""
    (tmp_path / "durable.py").write_text("raise ImportError('not here')")
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in [one for one in sys.modules if one.split(".")[0] == "durable"]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(EngineUnavailableError, match=word):
        made("durable", PROGRAM)
    with pytest.raises(EngineUnavailableError, match=word):
        Judge(SIMPLE, engine="durable")


@others
def test_a_rule_that_unfolds_too_far_is_refused_when_the_judge_is_made(engine: str) -> None:
    """Before anything is computed; and the reference does it."""
    words = tuple(f"d{at}" for at in range(30))
    wide = rule(
        "j",
        need=[Pattern(risk=words), Pattern(risk=words)],
        where="a.risk != b.risk",
    )
    with pytest.raises(OutsideSubsetError, match=r"'j'.*reference"):
        Judge(pack(wide), engine=engine)  # type: ignore[arg-type]
    assert Judge(pack(wide)).feed(fact("a", risk="d1"), fact("b", risk="d2"))


@others
def test_household_after_household_as_the_reference(engine: str) -> None:
    """The shipped pack, in a process of its own."""
    ordered = shaanxi_2531().judgements
    running = Isolated(engine, compiled(ordered))
    try:
        for at in range(30):
            facts = [
                fact("m", "medical-burden-general", at, risk="illness", department="d1"),
                fact("w", "labour-loss", 2 * at, risk="no_labour", department="d2"),
            ][: 1 + at % 3]
            known, sent = lowered(running._program, ordered, facts, DAY)
            assert raised(ordered, known, running.judge(sent)) == answer(ordered, facts, DAY)
    finally:
        running.close()


def child_of(running: Judge) -> int:
    """The number of a judge's engine process."""
    assert running._isolated is not None
    assert running._isolated._child is not None
    return running._isolated._child.pid


def gone(pid: int) -> None:
    """Wait until a process is no more, not even as a zombie of ours."""
    for _ in range(100):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return
        assert state != "Z" or os.getpid() != _parent(pid)
        time.sleep(0.1)
    raise AssertionError(f"process {pid} is still there")


def _parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
