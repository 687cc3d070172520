"""An engine in a process of its own: when it crashes, the caller goes on.

The C code of a rules engine can end its process, or loop for ever. So it runs in a child,
one household at a time; when the child ends or is silent for too long it is killed, a new
one is started for the next household, and the caller is told about this one.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import attrs

from antipoverty._frozen import Frozen
from antipoverty.engines.chaining import Engine, Plain, Program, run
from antipoverty.errors import (
    AntipovertyError,
    EngineFailedError,
    EngineUnavailableError,
    OutsideSubsetError,
)

_MOST_CRASHES = 20
_START_SECONDS = 60.0
_RAISED: Mapping[str, type[AntipovertyError]] = Frozen(
    {one.code: one for one in (EngineFailedError, EngineUnavailableError, OutsideSubsetError)}
)


def made(name: str, program: Program) -> Engine:
    """Make an engine in this process.

    Raises:
        EngineUnavailableError: It is not installed, or cannot be imported.
        OutsideSubsetError: A rule needs what it does not do right.
    """
    if name == "durable":
        from antipoverty.engines.durable import Durable

        return Durable(program)
    from antipoverty.engines.clips import Clips

    return Clips(program)


class Isolated:
    """An engine in a child process.

    Args:
        name: ``durable`` or ``clips``.
        program: What it runs.
        timeout: Seconds one household may take.

    Raises:
        EngineUnavailableError: It is not installed, or cannot be imported.
        OutsideSubsetError: A rule needs what it does not do right.
    """

    def __init__(self, name: str, program: Program, *, timeout: float = 10.0) -> None:
        self.name = name
        self.restarts = 0
        self._program = program
        self._timeout = timeout
        self._crashes = 0
        self._child: subprocess.Popen[bytes] | None = None
        self._start()

    def __repr__(self) -> str:
        return f"<{self.name} in its own process, restarted {self.restarts} times>"

    def _start(self) -> None:
        self._child = subprocess.Popen(  # noqa: S603 - our own module, by this Python
            [sys.executable, "-m", "antipoverty.engines.isolated", self.name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
        self._left = b""
        self._ask(attrs.asdict(self._program, value_serializer=_as_plain), _START_SECONDS)

    def judge(self, home: Plain) -> Plain:
        """Judge one household.

        Raises:
            EngineFailedError: The engine crashed, was silent too long, or gave an error on
                this household. The next one may be asked about as if nothing had happened.
            EngineUnavailableError: It crashed too often in a row.
        """
        if self._child is None:
            self.restarts += 1
            self._start()
        found = self._ask(home, self._timeout)
        self._crashes = 0
        return found

    def _ask(self, question: Plain, seconds: float) -> Plain:
        child = self._child
        assert child is not None and child.stdin is not None  # noqa: S101, PT018
        try:
            _write(child.stdin.fileno(), json.dumps(question).encode() + b"\n")
            line = self._read(child, seconds)
        except TimeoutError:
            raise self._crashed(f"was silent for {seconds:g} seconds") from None
        except (OSError, EOFError):
            raise self._crashed(self._ended()) from None
        answer = json.loads(line)
        if "error" in answer:
            problem = _RAISED.get(answer["error"], EngineFailedError)
            if problem is not EngineUnavailableError:
                self._crashed("")  # after an error its memory is not to be trusted
            self.close()
            raise problem(answer["message"])
        return answer["answer"]

    def _read(self, child: subprocess.Popen[bytes], seconds: float) -> bytes:
        assert child.stdout is not None  # noqa: S101
        until = time.monotonic() + seconds
        while b"\n" not in self._left:
            ready, _, _ = select.select([child.stdout], [], [], max(until - time.monotonic(), 0))
            if not ready:
                raise TimeoutError
            more = os.read(child.stdout.fileno(), 1 << 16)
            if not more:
                raise EOFError
            self._left += more
        line, _, self._left = self._left.partition(b"\n")
        return line

    def _ended(self) -> str:
        child = self._child
        assert child is not None  # noqa: S101
        with suppress(subprocess.TimeoutExpired):
            child.wait(1)
        return f"ended with code {child.returncode}"

    def _crashed(self, how: str) -> AntipovertyError:
        self._crashes += 1
        self.close()
        if self._crashes >= _MOST_CRASHES:
            return EngineUnavailableError(
                f"{self.name} failed {self._crashes} times in a row; judge with the reference"
            )
        return EngineFailedError(f"{self.name} {how}")

    def close(self) -> None:
        """End the process."""
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            child.wait()
            for pipe in (child.stdin, child.stdout):
                if pipe is not None:
                    with suppress(OSError):
                        pipe.close()


def _write(pipe: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(pipe, view) :]


def _as_plain(_: Any, __: Any, value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else value


# --- the child -----------------------------------------------------------------------------------


def _serve(name: str, make: Callable[[str, Program], Engine] = made) -> None:
    answers = os.dup(1)
    os.dup2(2, 1)  # whatever the engine prints goes elsewhere
    questions = sys.stdin.buffer
    program = Program(**json.loads(questions.readline()))
    try:
        engine = make(name, program)
    except AntipovertyError as problem:
        _tell(answers, {"error": problem.code, "message": problem.message})
        return
    _tell(answers, {"answer": None})
    for line in questions:
        try:
            _tell(answers, {"answer": run(engine, program, json.loads(line))})
        except AntipovertyError as problem:
            _tell(answers, {"error": problem.code, "message": problem.message})
            return


def _tell(pipe: int, answer: Plain) -> None:
    _write(pipe, json.dumps(answer).encode() + b"\n")


if __name__ == "__main__":
    _serve(sys.argv[1])
