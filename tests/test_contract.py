"""The rooms: which way imports point, that no module stands outside or runs in a circle."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "src" / "antipoverty"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The sources and the contract in a place where something may be planted."""
    shutil.copytree(PACKAGE, tmp_path / "src" / "antipoverty")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def contract(place: Path) -> subprocess.CompletedProcess[str]:
    """Check the contract of a copy, by the import linter itself."""
    pytest.importorskip("importlinter", reason="the contract is checked by import-linter")
    command = "from importlinter.cli import lint_imports_command as c; c(['--no-cache'])"
    return subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, 'src'); {command}"],
        cwd=place,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_contract_holds(copy: Path) -> None:
    """As the sources are."""
    assert contract(copy).returncode == 0


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("_sampling/draw.py", "from antipoverty._casework.book import Book"),
        ("_scoring/runs.py", "from antipoverty._sampling.draw import draw"),
        ("_casework/book.py", "from antipoverty._sampling.draw import draw"),
        ("model.py", "from antipoverty.rules import Pack"),
        ("cli/screen.py", "from antipoverty._screening.checks import TableCheck"),
        ("casework.py", "from antipoverty._judging.one import judge"),
        ("rules.py", "from antipoverty._model.areas import AreaTree"),
    ],
)
def test_one_family_does_not_reach_behind_the_door_of_another(
    copy: Path, module: str, line: str
) -> None:
    """A planted import is refused, and the message names it."""
    file = copy / "src" / "antipoverty" / module
    file.write_text(file.read_text(encoding="utf-8") + f"\n{line}\n", encoding="utf-8")
    done = contract(copy)
    assert done.returncode != 0
    assert "antipoverty." + module.removesuffix(".py").replace("/", ".") in done.stdout


def test_a_module_without_a_layer_is_refused(copy: Path) -> None:
    """Whoever adds a room says where it stands."""
    (copy / "src" / "antipoverty" / "attic.py").write_text('"""Nowhere."""\n', encoding="utf-8")
    done = contract(copy)
    assert done.returncode != 0
    assert "attic" in done.stdout


def modules() -> dict[str, Path]:
    """Every module of the library by its name."""
    found = {}
    for file in PACKAGE.rglob("*.py"):
        parts = file.relative_to(PACKAGE.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    return found


def imports(file: Path, known: dict[str, Path]) -> set[str]:
    """The modules a module imports, those inside functions and for type checkers too."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {
                inner if (inner := f"{node.module}.{one.name}") in known else node.module
                for one in node.names
            }
        elif isinstance(node, ast.Import):
            found |= {one.name for one in node.names}
    return found & set(known)


@pytest.mark.slow
def test_no_import_runs_in_a_circle() -> None:
    """Late imports count; the façades, whose names load their rooms, do not."""
    known = modules()
    facades = {"antipoverty", "antipoverty.testing"}
    ahead = {name: imports(file, known) - {name} - facades for name, file in known.items()}
    assert sum(map(len, ahead.values())) > 500  # the walk has seen the library
    done: set[str] = set()

    def follow(name: str, way: tuple[str, ...]) -> None:
        assert name not in way, " -> ".join((*way[way.index(name) :], name))
        if name not in done:
            for one in sorted(ahead[name]):
                follow(one, (*way, name))
            done.add(name)

    for name in sorted(set(known) - facades):
        follow(name, ())


def test_no_module_is_too_long() -> None:
    """A room of more than 500 lines is parted by idea."""
    lengths = {
        name: len(file.read_text(encoding="utf-8").splitlines()) for name, file in modules().items()
    }
    assert {name: length for name, length in lengths.items() if length > 500} == {}


# --- tests speak to the doors -----------------------------------------------------------


def reaches(node: ast.AST) -> bool:
    """Whether an import reaches behind a door of the library."""
    if isinstance(node, ast.ImportFrom):
        names = [*(node.module or "").split("."), *(one.name for one in node.names)]
        return names[0] == "antipoverty" and any(re.match("_[a-z]", one) for one in names)
    return isinstance(node, ast.Import) and any(
        re.match(r"antipoverty\b.*\._[a-z]", one.name) for one in node.names
    )


def lines_that_reach(text: str) -> list[str]:
    """The first line of every such import."""
    lines = text.splitlines()
    return [lines[node.lineno - 1] for node in ast.walk(ast.parse(text)) if reaches(node)]  # type: ignore[attr-defined]


@pytest.mark.parametrize("folder", ["tests", "benchmarks", "examples"])
def test_who_reaches_behind_a_door_says_why(folder: str) -> None:
    """In a comment beside the import; what a door gives comes through it."""
    silent = {
        f"{path.relative_to(ROOT)}: {line}"
        for path in (ROOT / folder).rglob("*.py")
        for line in lines_that_reach(path.read_text(encoding="utf-8"))
        if not re.search("# (?!type:|noqa).{10}", line)
    }
    assert not silent


def test_what_is_private_is_told_from_what_is_not() -> None:
    """Without this the test above could pass on everything."""
    for text in ("from antipoverty._base.rows import x", "import antipoverty.cli._shell"):
        assert lines_that_reach(text) == [text]
    for text in ("from antipoverty.rules import Pack", "from antipoverty import __version__"):
        assert not lines_that_reach(text)
