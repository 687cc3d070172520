"""A process with an engine that fails, really, in the way that a household tells it to."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from typing import Any

from antipoverty._judging.engines.chaining import Program  # private: it stands in for an engine
from antipoverty._judging.engines.worker import serve  # private: it is started as a worker
from antipoverty.errors import EngineFailedError


class Bad:
    """An engine that fails in the way that a household's amount tells it to."""

    def __init__(self, _: Program) -> None:
        pass

    def joined(self, rows: Any) -> Any:
        """Do as the first row says."""
        how = rows[0].get("amount")
        if how == 1:
            ctypes.string_at(0)
        elif how == 2:
            os.abort()
        elif how == 3:
            os.kill(os.getpid(), signal.SIGKILL)
        elif how == 4:
            os._exit(0)
        elif how == 5:
            while True:
                pass
        elif how == 6:
            raise EngineFailedError("durable-rules gave the error 303")
        elif how == 7:
            raise ZeroDivisionError
        elif how == 8:
            os.write(3, b"not json\n")
        return {(0, (at,)) for at in range(len(rows))}

    def chained(self, _: int, ready: set[int], __: set[int]) -> set[int]:
        """Everything that is ready fires."""
        return ready

    def close(self) -> None:
        """Nothing to give back."""


if __name__ == "__main__":
    serve(sys.argv[1], lambda _, program: Bad(program))
