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
import threading
import time
import weakref
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import attrs

from antipoverty._base.frozen import Frozen
from antipoverty._judging.engines.chaining import Plain, Program
from antipoverty.errors import (
    AntipovertyError,
    EngineFailedError,
    EngineUnavailableError,
    OutsideSubsetError,
    phrase,
)

WORKER = "antipoverty._judging.engines.worker"
_MOST_CRASHES = 20
_START_SECONDS = 60.0
_RAISED: Mapping[str, type[AntipovertyError]] = Frozen(
    {one.code: one for one in (EngineFailedError, EngineUnavailableError, OutsideSubsetError)}
)


def line(question: Plain) -> bytes:
    """What a question is on the pipe."""
    return json.dumps(question).encode() + b"\n"


class Isolated:
    """An engine in a child process.

    A copy that was forked or sent to another process starts a child of its own.

    Args:
        name: ``durable``.
        program: What it runs.
        timeout: Seconds one household may take.

    Raises:
        EngineUnavailableError: It is not installed, or cannot be imported.
        EngineFailedError: Its process could not be started, or crashed at once.
        OutsideSubsetError: A rule needs what it does not do right.
    """

    def __init__(self, name: str, program: Program, *, timeout: float = 10.0) -> None:
        if not hasattr(select, "poll"):
            raise EngineUnavailableError(
                "{name} runs in a process of its own, which needs a POSIX system; choose "
                "engine='reference'",
                name=name,
            )
        self.name = name
        self.restarts = 0
        self._program = program
        self._timeout = timeout
        self._crashes = 0
        self._child: _Child | None = None
        self._one_at_a_time = threading.Lock()
        self._start()

    def __repr__(self) -> str:
        return f"<{self.name} in its own process, restarted {self.restarts} times>"

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (self.name, self._program, self._timeout)

    def _start(self) -> None:
        try:
            self._child = _Child(self.name)
        except OSError as problem:
            raise self._failed(
                phrase("could not be started ({strerror})", strerror=problem.strerror)
            ) from None
        program = attrs.asdict(self._program, value_serializer=_as_plain)
        self._ask([self._timeout, program], _START_SECONDS)

    def judge(self, household: Plain) -> Plain:
        """Judge one household.

        Raises:
            EngineFailedError: The engine crashed, was silent too long, or gave an error on
                this household. The next one may be asked about as if nothing had happened.
            EngineUnavailableError: It crashed too often in a row.
        """
        if self._child is not None and not self._child.ours:
            self._child = None
            self._one_at_a_time = threading.Lock()
            self._start()
        with self._one_at_a_time:
            if self._child is None:
                self.restarts += 1
                self._start()
            found = self._ask(household, self._timeout)
            self._crashes = 0
            return found

    def _ask(self, question: Plain, seconds: float) -> Plain:
        child = self._child
        assert child is not None  # noqa: S101 - both callers have just started it
        try:
            said = json.loads(child.ask(line(question), seconds))
        except TimeoutError:
            raise self._failed(
                phrase("was silent for {seconds:g} seconds", seconds=seconds)
            ) from None
        except (OSError, EOFError, ValueError):
            raise self._failed(phrase("ended with code {code}", code=child.code())) from None
        except BaseException:
            self.close()  # or its answer would be taken for the next household's
            raise
        if "answer" in said:
            return said["answer"]
        problem = self._failed(said["message"])
        kind = _RAISED.get(said["error"], EngineFailedError)
        raise problem if kind is EngineFailedError else kind(said["message"])

    def _failed(self, how: str) -> AntipovertyError:
        self.close()
        self._crashes += 1
        if self._crashes >= _MOST_CRASHES:
            return EngineUnavailableError(
                "{name} failed {crashes} times in a row; judge with the reference",
                name=self.name,
                crashes=self._crashes,
            )
        return EngineFailedError(
            how if how.startswith(self.name) else phrase("{name} {how}", name=self.name, how=how)
        )

    def close(self) -> None:
        """End the process; the next household would start a new one."""
        child, self._child = self._child, None
        if child is not None:
            child.end()


def _again(name: str, program: Program, timeout: float) -> Isolated:
    return Isolated(name, program, timeout=timeout)


class _Child:
    """The process: asked a line, answers a line."""

    def __init__(self, name: str) -> None:
        self._owner = os.getpid()
        self._process = subprocess.Popen(  # noqa: S603 - our own module, by this Python
            [sys.executable, "-P", "-m", WORKER, name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path))},
        )
        self.end = weakref.finalize(self, _end, self._process, self._owner)
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None  # noqa: S101 - both were asked for
            os.set_blocking(pipe.fileno(), False)

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    @property
    def ours(self) -> bool:
        """Whether this process started it, and not the one this was forked from."""
        return self._owner == os.getpid()

    def ask(self, question: bytes, seconds: float) -> bytes:
        """Write a line and read a line.

        Raises:
            TimeoutError: Both took longer than these seconds.
            EOFError: The process ended.
        """
        until = time.monotonic() + seconds
        asked, told = self._process.stdin, self._process.stdout
        assert asked is not None and told is not None  # noqa: S101, PT018 - as above
        rest = memoryview(question)
        while rest:
            _wait(asked.fileno(), select.POLLOUT, until)
            rest = rest[os.write(asked.fileno(), rest) :]
        answer = bytearray()
        while not answer.endswith(b"\n"):
            _wait(told.fileno(), select.POLLIN, until)
            more = os.read(told.fileno(), 1 << 16)
            if not more:
                raise EOFError
            answer += more
        return bytes(answer)

    def code(self, *, seconds: float = 1) -> int | None:
        """The code it ended with, if it does so within some seconds."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
        return self._process.returncode


def _end(process: subprocess.Popen[bytes], owner: int) -> None:
    """Leave neither a process nor a pipe, but never end what a parent process started."""
    if owner == os.getpid():
        process.kill()
        process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with suppress(OSError):
                pipe.close()


def _wait(pipe: int, event: int, until: float) -> None:
    poll = select.poll()
    poll.register(pipe, event)
    if not poll.poll(max(until - time.monotonic(), 0) * 1000):
        raise TimeoutError


def _as_plain(_: Any, __: Any, value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else value
