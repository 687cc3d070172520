"""A MariaDB server of our own, in a temporary folder, for as long as the tests run."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def why_not() -> str | None:
    """Say why MariaDB cannot run here, or ``None``."""
    if shutil.which("mariadbd") is None or shutil.which("mariadb-install-db") is None:
        return "MariaDB is not installed (Debian's package mariadb-server)"
    return None


@contextmanager
def server() -> Iterator[str]:
    """Start a server without a network port; give the address of its database."""
    folder = Path(tempfile.mkdtemp(prefix="antipoverty-my-"))
    data, socket = folder / "data", folder / "socket"
    subprocess.run(
        [
            "mariadb-install-db",
            "--no-defaults",
            f"--datadir={data}",
            "--user=root",
            "--auth-root-authentication-method=normal",
        ],
        check=True,
        capture_output=True,
    )
    running = subprocess.Popen(
        [
            "mariadbd",
            "--no-defaults",
            f"--datadir={data}",
            f"--socket={socket}",
            "--skip-networking",
            "--user=root",
            "--character-set-server=utf8mb4",
            f"--pid-file={folder / 'pid'}",
            f"--log-error={folder / 'log'}",
        ]
    )
    try:
        for _ in range(600):
            if socket.exists():
                break
            time.sleep(0.1)
        words = "alter database test character set utf8mb4"
        client = ["mariadb", "--no-defaults", f"--socket={socket}", "--user=root", "-e", words]
        subprocess.run(client, check=True, capture_output=True)
        yield f"mysql+pymysql://root@localhost/test?unix_socket={socket}&charset=utf8mb4"
    finally:
        running.terminate()
        running.wait(60)
        shutil.rmtree(folder, ignore_errors=True)
