"""Small plugins, built and installed for real under a folder."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import antipoverty

LIBRARY = Path(antipoverty.__file__).parent.parent
"""The sources that are being tested."""


def install(project: Path, target: Path) -> None:
    """Build a project and install it under a folder."""
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "install"]
    subprocess.run(
        [*pip, "--no-deps", "--no-build-isolation", "--target", str(target), str(project)],
        check=True,
    )


def run(
    target: Path,
    *command: str,
    cwd: Path | None = None,
    library: bool = True,
    timeout: float | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run Python with the installed packs on its path, and the sources unless told not to."""
    path = [target, LIBRARY] if library else [target]
    return subprocess.run(
        [sys.executable, *command],
        env={"PYTHONPATH": os.pathsep.join(map(str, path)), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout,
        cwd=cwd or target,
    )


def plugin(folder: Path, name: str, code: str, offers: str) -> Path:
    """Write a small plugin of one module that offers one pack."""
    return plugins(folder, name, {name: code}, {offers: f"{name}:pack"})


def plugins(folder: Path, name: str, modules: dict[str, str], offers: dict[str, str]) -> Path:
    """Write a distribution of several modules and packs."""
    folder.mkdir()
    for module, code in modules.items():
        (folder / f"{module}.py").write_text(textwrap.dedent(code), encoding="utf-8")
    listed = "\n".join(f'{pack} = "{place}"' for pack, place in offers.items())
    (folder / "pyproject.toml").write_text(
        f"""\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[project]
name = "{name.replace("_", "-")}"
version = "0.1"
[project.entry-points."antipoverty.packs"]
{listed}
[tool.hatch.build.targets.wheel]
include = ["*.py"]
""",
        encoding="utf-8",
    )
    return folder
