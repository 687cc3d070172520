"""The process an engine runs in: reads one household a line, writes one answer a line.

Started by the module `isolated` beside it. It ends when nobody asks any more, and after
every error: what the engine's memory holds then is not to be trusted.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable

from antipoverty._judging.engines.chaining import Engine, Plain, Program, run
from antipoverty.errors import AntipovertyError

_GRACE = 5.0


def made(name: str, program: Program) -> Engine:
    """Make an engine in this process.

    Raises:
        EngineUnavailableError: It is not installed, or cannot be imported.
        OutsideSubsetError: A rule needs what it does not do right.
    """
    from antipoverty._judging.engines.durable import Durable

    return {"durable": Durable}[name](program)


def serve(name: str, make: Callable[[str, Program], Engine] = made) -> None:
    """Answer until the questions end.

    Args:
        name: The engine.
        make: Makes it of a program.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the caller's to answer, who ends us
    answers = os.dup(1)
    os.dup2(2, 1)  # whatever the engine prints goes elsewhere
    questions = sys.stdin.buffer
    seconds, program = json.loads(questions.readline())
    try:
        running = Program(**program)
        engine = make(name, running)
        _tell(answers, {"answer": None})
        for line in questions:
            # The caller ends us sooner; this is for a loop that outlives the caller.
            signal.setitimer(signal.ITIMER_REAL, seconds + _GRACE)
            found = run(engine, running, json.loads(line))
            signal.setitimer(signal.ITIMER_REAL, 0)
            _tell(answers, {"answer": found})
    except AntipovertyError as problem:
        _tell(answers, {"error": problem.code, "message": problem.message})


def _tell(pipe: int, answer: Plain) -> None:
    with os.fdopen(pipe, "wb", closefd=False) as out:
        out.write(json.dumps(answer).encode() + b"\n")


if __name__ == "__main__":
    serve(sys.argv[1])
