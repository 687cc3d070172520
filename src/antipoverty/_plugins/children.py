"""Processes in which what others wrote is tried: each ends in time, with all that it started.

A child says one line on its output. It may die, hang, fork or fill the disk; what became of it
is told, and no child's end hinders another's answer.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, cast

import attrs

_MARK = "ANTIPOVERTY_CHILD"
"""What the environment of a child holds, so that whatever it started is found and ended too."""
_LOOK = 0.05
_PROCESSES = Path("/proc")


@attrs.frozen
class Answer:
    """What a child said, or how it ended without an answer.

    Attributes:
        line: What it said, or ``None``.
        code: The code it ended with, or ``None``: it was too slow, or could not be started.
        why: Why it could not be started, or empty.
    """

    line: bytes | None = attrs.field(default=None, repr=False)
    code: int | None = None
    why: str = ""


def ask_each(commands: Mapping[str, Sequence[str]], timeout: float, most: int) -> dict[str, Answer]:
    """Run modules of ours, all at once, each in a process of its own.

    Args:
        commands: What to run, by name: a module and its arguments.
        timeout: Seconds that each may take.
        most: The greatest number of bytes that each may say.
    """
    children: list[_Child] = []
    found: dict[str, Answer] = {}
    with contextlib.ExitStack() as stack:
        for name, command in commands.items():
            try:
                folder = stack.enter_context(
                    tempfile.TemporaryDirectory("-antipoverty", ignore_cleanup_errors=True)
                )
                child = _Child(name, command, folder)
            except OSError as problem:
                found[name] = Answer(why=os.strerror(problem.errno or 0))
                continue
            stack.callback(child.end)
            children.append(child)
        _listen(children, time.monotonic() + timeout, most)
        for child in children:
            found[child.name] = child.answer()
    return {name: found[name] for name in commands}


class _Child:
    def __init__(self, name: str, command: Sequence[str], folder: str) -> None:
        self.name = name
        self.said = bytearray()
        self._mark = f"{_MARK}={secrets.token_hex(8)}"
        mark, _, token = self._mark.partition("=")
        path = os.pathsep.join(filter(None, sys.path))
        self.process = subprocess.Popen(  # noqa: S603 - our own module, by this Python
            [sys.executable, "-m", *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": path, "TMPDIR": folder, mark: token},
            cwd=folder,
            start_new_session=True,
        )
        self._output = cast(IO[bytes], self.process.stdout)
        self.pipe = self._output.fileno()

    def answer(self) -> Answer:
        if b"\n" in self.said:
            return Answer(line=bytes(self.said).partition(b"\n")[0])
        return Answer(code=self.process.poll())

    def end(self) -> None:
        """End the process if it still runs, with all that was started in it."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        for _ in range(10):  # what it started may be starting more
            if not self._end_others():
                break
        self._output.close()

    def _end_others(self) -> int:
        """End processes that left the session and still carry the mark."""
        ended = 0
        for one in _PROCESSES.glob("[0-9]*/environ"):
            with suppress(OSError):
                if self._mark.encode() in one.read_bytes().split(b"\0"):
                    os.kill(int(one.parent.name), signal.SIGKILL)
                    ended += 1
        return ended


def _listen(children: Sequence[_Child], until: float, most: int) -> None:
    """Read what the children say until each has said its line, ended, or is too late."""
    with selectors.DefaultSelector() as waiting:
        for child in children:
            os.set_blocking(child.pipe, False)
            waiting.register(child.pipe, selectors.EVENT_READ, child)
        while waiting.get_map() and (left := until - time.monotonic()) > 0:
            dead = {key.fd for key in waiting.get_map().values() if _ended(key.data)}
            ready = {key.fd for key, _ in waiting.select(min(left, _LOOK))}
            for key in [*waiting.get_map().values()]:
                if key.fd in ready:
                    chunk = os.read(key.fd, 2**20)
                    key.data.said += chunk
                    done = not chunk or b"\n" in chunk or len(key.data.said) > most
                else:
                    done = key.fd in dead
                if done:
                    waiting.unregister(key.fd)


def _ended(child: _Child) -> bool:
    return child.process.poll() is not None
