"""``antipoverty draw``, ``verify`` and ``coverage`` as an official uses them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("typer", reason="the command line needs the extra 'cli'")

from antipoverty.cli import main
from antipoverty.sampling import Receipt
from sampling_areas import SEED, province

AREAS = "level,code,name,parent\n" + "".join(
    f"{area.level.value},{area.code},{area.name},{area.code.parent or ''}\n"
    for area in province([3, 2])
)


@pytest.fixture
def areas(tmp_path: Path) -> str:
    """A file of areas."""
    path = tmp_path / "areas.csv"
    path.write_text(AREAS, encoding="utf-8")
    return str(path)


def weekly(folder: Path, areas: str, week: int, *words: str) -> int:
    """Draw one week into a folder."""
    folder.mkdir(exist_ok=True)
    command = ["draw", "weekly", "--period", f"2022-W{week:02d}", "--seed", f"{SEED}{week}"]
    out = ["--out", str(folder / f"w{week:02d}.json"), "--areas", areas]
    return main([*command, *out, *words])


def test_a_year_begins(tmp_path: Path, areas: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Draw two weeks in a cycle, verify the second, look at the coverage."""
    folder = tmp_path / "receipts"
    words = ["--coverage", "cycle", "--history", str(folder)]
    assert weekly(folder, areas, 1, *words) == 0
    out = capsys.readouterr().out
    assert "示例：方案未注明依据文件" in out
    assert "2022年第1周" in out
    assert weekly(folder, areas, 2, *words) == 0
    verify = ["verify", str(folder / "w02.json"), "--areas", areas]
    capsys.readouterr()
    assert main([*verify, "--history", str(folder)]) == 0
    assert "verified: every field was computed again" in capsys.readouterr().out
    assert main(verify) == 1
    assert "history[0]" in capsys.readouterr().out
    assert main([*verify, "--history", str(folder), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["ok"] is True
    assert main(["coverage", str(folder), "--areas", areas]) == 0
    out = capsys.readouterr().out
    assert "4 / 5" in out
    assert "its last pick is known before" in out
    assert main(["coverage", str(folder), "--areas", areas, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["covered"] == 4


def test_a_changed_receipt_is_told(
    tmp_path: Path, areas: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 1 and the place of the change."""
    assert weekly(tmp_path / "r", areas, 1) == 0
    path = tmp_path / "r" / "w01.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    document["strata"][0]["picks"][0]["unit"] = "610101100299"
    path.write_text(json.dumps(document), encoding="utf-8")
    capsys.readouterr()
    assert main(["verify", str(path), "--areas", areas]) == 1
    assert "strata[0].picks[0].unit" in capsys.readouterr().out


def test_on_site_with_a_commitment(
    tmp_path: Path, areas: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Commit, reveal, draw, verify against what was published."""
    promise, receipt = tmp_path / "promise.json", tmp_path / "receipt.json"
    what = ["--period", "2022-Q1", "--seed", SEED, "--areas", areas]
    assert (
        main(["draw", "commit", "onsite", *what, "--on", "2022-01-05", "--out", str(promise)]) == 0
    )
    assert SEED not in promise.read_text(encoding="utf-8")
    reveal = ["--commitment", str(promise), "--out", str(receipt)]
    assert main(["draw", "onsite", *what, *reveal, "--on", "2022-01-05"]) == 2
    assert "[seed-order]" in capsys.readouterr().err
    assert main(["draw", "onsite", *what, *reveal]) == 2
    assert main(["draw", "onsite", *what, *reveal, "--on", "2022-01-12"]) == 0
    check = ["verify", str(receipt), "--areas", areas, "--commitment", str(promise)]
    assert main(check) == 0
    assert len(Receipt.from_json(receipt.read_text(encoding="utf-8")).picks()) == 1


def test_a_public_seed(areas: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The event and both days stand on the receipt."""
    days = ["--event", "lottery 2022015", "--known-on", "2022-02-08"]
    what = ["draw", "weekly", "--period", "2022-W06", "--seed", "03 11 17 22", "--areas", areas]
    assert main([*what, *days, "--frame-fixed-on", "2022-02-01", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["origin"]["kind"] == "public"
    assert main([*what, *days]) == 2


def test_inspectors(tmp_path: Path, areas: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Draw them for a receipt, verify, and see a conflict named."""
    assert weekly(tmp_path / "r", areas, 1) == 0
    receipt, people, teams = (tmp_path / name for name in ("r/w01.json", "p.json", "t.json"))
    people.write_text('{"inspectors": [{"id": "a"}, {"id": "b"}, {"id": "c"}]}', encoding="utf-8")
    what = ["draw", "teams", str(receipt), "--inspectors", str(people), "--seed", SEED]
    assert main([*what, "--out", str(teams)]) == 0
    assert main([*what, "--verify", str(teams)]) == 0
    changed = teams.read_text(encoding="utf-8").replace('"recused": 0', '"recused": 1')
    teams.write_text(changed, encoding="utf-8")
    assert main([*what, "--verify", str(teams)]) == 1
    capsys.readouterr()
    assert main([*what, "--most", "1"]) == 2
    assert "[no-teams]" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["draw", "weekly", "--period", "2022-W6", "--seed", SEED], "invalid-period"),
        (["draw", "weekly", "--period", "2022-02", "--seed", SEED], "invalid-draw"),
        (["draw", "weekly", "--period", "2022-W06", "--seed", "1"], "weak-seed"),
        (
            ["draw", "weekly", "--period", "2022-W06", "--seed", SEED, "--coverage", "x"],
            "bad-field",
        ),
        (["draw", "weekly", "--period", "2022-W06", "--seed", SEED, "--exclude", "6101"], "reason"),
        (["draw", "weekly", "--period", "2022-W06", "--seed", SEED, "--history", "no"], "folder"),
        (["draw", "commit", "daily", "--period", "2022-Q1", "--seed", SEED, "--on", "x"], "daily"),
        (["coverage", "."], "0 plans"),
        (["verify", "missing.json"], "No such file"),
    ],
)
def test_what_a_tired_official_types(
    words: list[str],
    code: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A line that says what is wrong, exit code 2, no traceback."""
    monkeypatch.chdir(tmp_path)
    assert main(words) == 2
    error = capsys.readouterr().err
    assert code in error
    assert "Traceback" not in error


def test_a_folder_with_a_broken_receipt_is_told_by_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each file that cannot be read, by name."""
    (tmp_path / "a.json").write_text("{", encoding="utf-8")
    (tmp_path / "b.json").write_text('{"algorithm": "x"}', encoding="utf-8")
    assert main(["coverage", str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert "a.json: it is not JSON" in error
    assert "b.json: " in error
