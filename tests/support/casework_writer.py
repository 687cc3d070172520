"""One of several writers: takes steps on shared cases and notes each that was acknowledged."""

from __future__ import annotations

import os
import sys
from datetime import timedelta
from pathlib import Path

from antipoverty.casework import Casebook
from antipoverty.errors import ConflictError, IllegalStepError
from casework_books import DAY, empty


def main(url: str, name: str, log: str, rounds: int) -> None:
    """Give help to ten cases in turn; a conflict is tried again."""
    with Casebook.open(url, empty()) as casebook, Path(log).open("a", encoding="utf-8") as notes:
        for number in range(rounds):
            household = f"h{number % 10}"
            while True:
                try:
                    case = casebook.record_help(
                        household,
                        "legal-aid",
                        risk="accident",
                        by=f"county-{name}",
                        on=DAY + timedelta(days=number // 10),
                        why=f"{name}.{number}",
                    )
                except ConflictError:
                    continue
                except IllegalStepError:
                    raise SystemExit("a case was closed by nobody") from None
                break
            notes.write(f"{household} {case.version} {name}.{number}\n")
            notes.flush()
            os.fsync(notes.fileno())


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
