"""A PostgreSQL server of our own, in a temporary folder, for as long as the tests run."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def binaries() -> Path | None:
    """Where initdb and pg_ctl are, or ``None``."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


def why_not() -> str | None:
    """Say why PostgreSQL cannot run here, or ``None``."""
    if binaries() is None:
        return "PostgreSQL is not installed (Debian's package postgresql)"
    if os.geteuid() == 0 and not _has_user():
        return "PostgreSQL does not run as root, and there is no user postgres"
    return None


def _has_user() -> bool:
    try:
        pwd.getpwnam("postgres")
    except KeyError:
        return False
    return True


@contextmanager
def server() -> Iterator[str]:
    """Start a server without a network port; give the address of its database."""
    bin_ = binaries()
    assert bin_ is not None
    folder = Path(tempfile.mkdtemp(prefix="antipoverty-pg-"))
    root = os.geteuid() == 0
    if root:
        shutil.chown(folder, "postgres")
    before = ["runuser", "-u", "postgres", "--"] if root else []

    def run(*words: str) -> None:
        subprocess.run(
            [*before, *words], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )

    data = str(folder / "data")
    try:
        run(str(bin_ / "initdb"), "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8")
        options = f"-k {folder} -c listen_addresses=''"
        log = str(folder / "log")
        run(str(bin_ / "pg_ctl"), "-D", data, "-l", log, "-o", options, "-w", "start")
        yield f"postgresql://postgres@/postgres?host={folder}"
    finally:
        subprocess.run(
            [*before, str(bin_ / "pg_ctl"), "-D", data, "-m", "immediate", "stop"],
            check=False,
            capture_output=True,
        )
        shutil.rmtree(folder, ignore_errors=True)
