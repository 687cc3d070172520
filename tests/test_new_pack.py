"""`antipoverty pack new`: what it writes installs and passes at once, or nothing is written."""

from __future__ import annotations

import py_compile
import sys
from pathlib import Path

import pytest

pytest.importorskip("typer", reason="the command line needs the extra 'cli'")

from antipoverty.cli import _new_pack, main  # private: a clash of files is planted
from plugins import install, run


def written(folder: Path) -> list[str]:
    """What is in a folder, hidden things too."""
    return sorted(one.name for one in folder.iterdir())


@pytest.mark.slow
def test_a_new_pack_installs_and_passes_its_checks_laws_and_cases_at_once(tmp_path: Path) -> None:
    """Built and installed for real, then asked by its own tests and by the pytest plugin."""
    assert main(["pack", "new", "mian-county", "--dir", str(tmp_path)]) == 0
    assert written(tmp_path) == ["mian-county"]
    folder, site = tmp_path / "mian-county", tmp_path / "site"
    install(folder, site)
    base = ("-m", "pytest", "-v", "-p", "no:cacheprovider", "-p", "antipoverty.testing.plugin")
    own = run(site, *base, str(folder), cwd=folder)
    assert own.returncode == 0, own.stdout + own.stderr
    for name in (
        "test_the_pack_conforms[engines-agree]",
        "test_the_pack_conforms[cases[mian-county-medical-burden]]",
        "test_the_cases_notice_every_change",
        "test_the_cases_notice_every_change_of_days",
        "test_a_greater_cost_never_clears_a_warning",
    ):
        assert f"{name} PASSED" in own.stdout
    empty = tmp_path / "empty"
    empty.mkdir()
    asked = run(
        site, *base, "--antipoverty-pack", "mian-county", "--antipoverty-examples", "3", cwd=empty
    )
    assert asked.returncode == 0, asked.stdout + asked.stderr
    assert (
        "antipoverty-pack/mian-county::covered[mian-county-medical-burden] PASSED" in asked.stdout
    )


def test_what_runs_the_checks_is_one_script_that_ci_runs_too(tmp_path: Path) -> None:
    """A county engineer and the workflow run the same file, on any system."""
    assert main(["pack", "new", "mian-county", "--dir", str(tmp_path)]) == 0
    folder = tmp_path / "mian-county"
    py_compile.compile(str(folder / "check.py"), doraise=True)
    assert "run: python check.py" in (folder / ".github/workflows/check.yml").read_text("utf-8")
    assert main(["rules", "check", str(folder / "mian_county_pack" / "pack.toml")]) == 0
    for file in folder.rglob("*"):
        if file.is_file() and file.suffix != ".pyc":
            assert "@" not in file.read_text("utf-8").replace("actions/checkout@v4", "").replace(
                "actions/setup-python@v5", ""
            ).replace("@pytest", "").replace("@given", "")


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("勉县", "in pinyin"),
        ("Mian", "not a pack's id"),
        ("mian county", "not a pack's id"),
        ("mian_county", "not a pack's id"),
        ("mian--county", "not a pack's id"),
        ("mian-", "not a pack's id"),
        ("1-county", "not a pack's id"),
        ("../mian", "not a pack's id"),
        ("a" * 41, "at most 40"),
        ("", "not a pack's id"),
        ("shaanxi-2531", "is installed already"),
        ("taken", "package 'taken_pack' is installed already"),
    ],
)
def test_a_name_that_cannot_be_used_is_refused_and_nothing_is_written(
    name: str,
    told: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One line that says what a name may be, or what has it already."""
    modules = tmp_path / "modules"
    modules.mkdir()
    (modules / "taken_pack.py").write_text("", encoding="utf-8")
    monkeypatch.syspath_prepend(str(modules))
    folder = tmp_path / "work"
    folder.mkdir()
    assert main(["pack", "new", "--dir", str(folder), "--", name]) == 2
    said = capsys.readouterr().err
    assert told in said
    assert "[invalid-argument]" in said
    assert written(folder) == []


@pytest.mark.parametrize("name", ["class", "none", "import-2"])
def test_a_word_of_python_is_a_name_like_any_other(name: str, tmp_path: Path) -> None:
    """The package is called with ``_pack`` behind it, so it is never a keyword."""
    assert main(["pack", "new", name, "--dir", str(tmp_path)]) == 0
    module = tmp_path / name / f"{name.replace('-', '_')}_pack"
    py_compile.compile(str(module / "__init__.py"), doraise=True)
    assert module.name.isidentifier()


def test_a_folder_with_something_in_it_is_left_as_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An empty one is used; a file or a link in the way is not followed or replaced."""
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "notes.txt").write_text("mine", encoding="utf-8")
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for name in ("full", "file", "link"):
        assert main(["pack", "new", name, "--dir", str(tmp_path)]) == 2
        assert "already and not empty" in capsys.readouterr().err
    assert written(tmp_path) == ["file", "full", "link"]
    assert written(tmp_path / "full") == ["notes.txt"]
    (tmp_path / "empty").mkdir()
    assert main(["pack", "new", "empty", "--dir", str(tmp_path)]) == 0
    assert "pyproject.toml" in written(tmp_path / "empty")


def test_a_failure_in_the_middle_leaves_nothing_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A full disk, say, on the fourth file."""
    right = Path.write_text
    count = iter(range(100))

    def failing(self: Path, *arguments: object, **more: object) -> int:
        if next(count) == 3:
            raise OSError(28, "No space left on device", str(self))
        return right(self, *arguments, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Path, "write_text", failing)
    assert main(["pack", "new", "mian-county", "--dir", str(tmp_path)]) == 2
    assert "No space left" in capsys.readouterr().err
    assert written(tmp_path) == []
    assert len(_new_pack.templates()) > 4
    assert "mian_county_pack" not in sys.modules
