"""A PostgreSQL server of our own, in a temporary folder, for as long as the tests run."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
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

    data, url = str(folder / "data"), f"postgresql://postgres@/postgres?host={folder}"
    try:
        run(str(bin_ / "initdb"), "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8")
        control(url, "start")
        yield url
    finally:
        with suppress(subprocess.CalledProcessError):
            control(url, "stop", "-m", "immediate")
        shutil.rmtree(folder, ignore_errors=True)


def control(url: str, *words: str) -> None:
    """Start, stop or restart a server of ours, as ``pg_ctl`` does, and wait until it is done."""
    folder = url.partition("host=")[2]
    before = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    pg_ctl = [str((binaries() or Path()) / "pg_ctl"), "-D", f"{folder}/data", "-l", f"{folder}/log"]
    options = ["-o", f"-k {folder} -c listen_addresses=''", "-w"]
    subprocess.run(
        [*before, *pg_ctl, *options, *words],
        check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
