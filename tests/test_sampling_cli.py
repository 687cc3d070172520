"""``antipoverty draw``, ``verify`` and ``coverage`` as an official uses them."""

from __future__ import annotations

import hashlib
import io
import json
import re
from fractions import Fraction
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
    words = ["--coverage", "cycle"]
    assert weekly(folder, areas, 1, *words) == 0
    out = capsys.readouterr().out
    assert "本次按第一轮抽取" in out
    assert "this counts as the first round" in out
    assert "示例：方案未注明依据文件" in out
    assert "2022年第1周" in out
    assert weekly(folder, areas, 2, *words) == 0
    assert "first round" not in capsys.readouterr().out
    verify = ["verify", str(folder / "w02.json"), "--areas", areas]
    capsys.readouterr()
    assert main([*verify, "--history", str(folder)]) == 0
    assert "verified: every field was computed again" in capsys.readouterr().out
    assert main(verify) == 3
    out = capsys.readouterr().out
    assert "nothing differs, but not all was checked; the seed was chosen by the one who" in out
    assert "for want of 1 earlier receipts" in out
    assert main([*verify, "--history", str(folder), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["ok"] is True
    assert main(["coverage", str(folder), "--areas", areas]) == 0
    out = capsys.readouterr().out
    assert re.search(r"合计 all .* 5 .* 4 .* 0 .* 5 ", out)
    assert "0 visited, 0 replaced, 4 without a published result" in out
    assert "its last pick is known before" in out
    assert main(["coverage", str(folder), "--areas", areas, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["drawn"], document["covered"]) == (4, 0)


@pytest.mark.slow
def test_coverage_lists_the_units_that_wait(
    tmp_path: Path, areas: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Unit by unit, the longest wait first; with trials beside the exact figure."""
    folder = tmp_path / "receipts"
    for week in (1, 2):
        assert weekly(folder, areas, week) == 0
    capsys.readouterr()
    command = ["coverage", str(folder), "--areas", areas]
    assert main([*command, "--in", "610101"]) == 0
    rows = [line for line in capsys.readouterr().out.splitlines() if "6101011002" in line]
    waits = [int(re.findall(r"\b\d\b", row)[-1]) for row in rows]
    assert len(rows) == 3
    assert waits == sorted(waits, reverse=True)
    assert "否 no" in rows[0]
    assert main([*command, "--simulate", "30", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["longest_wait"] == 2
    assert document["expected"] == max(
        (one["expected"] for one in document["strata"]), key=Fraction
    )
    assert all(Fraction(one["simulated"]) >= len(one["never"]) for one in document["strata"])
    assert main([*command, "--in", "6199"]) == 2
    assert main([*command, "--stage", "2"]) == 2
    assert "no stage 2" in capsys.readouterr().err


def test_what_was_published_is_never_overwritten(
    tmp_path: Path, areas: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same draw again changes nothing; another one is refused, and the file stays."""
    folder = tmp_path / "receipts"
    assert weekly(folder, areas, 1) == weekly(folder, areas, 1) == 0
    kept = (folder / "w01.json").read_bytes()
    capsys.readouterr()
    assert weekly(folder, areas, 1, "--basis", "another") == 2
    assert "never overwritten" in capsys.readouterr().err
    assert (folder / "w01.json").read_bytes() == kept


def test_a_seed_is_not_used_again_in_the_folder_that_is_written_to(
    tmp_path: Path, areas: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without being told, the command looks at the receipts that lie beside."""
    folder = tmp_path / "receipts"
    assert weekly(folder, areas, 1) == 0
    again = ["draw", "weekly", "--period", "2022-W02", "--seed", f"{SEED}1", "--areas", areas]
    assert main([*again, "--out", str(folder / "w02.json")]) == 2
    assert "[reused-seed]" in capsys.readouterr().err


def test_a_seed_may_come_from_a_file_or_the_input(
    tmp_path: Path,
    areas: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """So that it stands in no history of commands; the draw is that of the same seed typed."""
    file = tmp_path / "seed.txt"
    file.write_text(f"{SEED}\r\n", encoding="utf-8-sig")
    what = ["draw", "weekly", "--period", "2022-W06", "--areas", areas, "--json"]
    assert main([*what, "--seed", SEED]) == 0
    typed = capsys.readouterr().out
    assert main([*what, "--seed-file", str(file)]) == 0
    assert capsys.readouterr().out == typed
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{SEED}\n"))
    assert main([*what, "--seed-file", "-"]) == 0
    assert capsys.readouterr().out == typed
    assert main(what) == main([*what, "--seed", SEED, "--seed-file", str(file)]) == 2
    assert "one of them" in capsys.readouterr().err


@pytest.mark.slow
def test_households_are_drawn_and_none_again(
    tmp_path: Path, areas: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of the villages on a receipt, from a table; over two rounds all four of a village."""
    folder = tmp_path / "homes"
    folder.mkdir()
    households = tmp_path / "homes.csv"
    villages = [area.code for area in province([1, 1]) if len(area.code) == 12]
    households.write_text(
        "household_id,area\n" + "".join(f"h{n},{villages[0]}01\n" for n in range(4)),
        encoding="gb18030",
    )
    few = tmp_path / "few.csv"
    few.write_text("\n".join(line for line in AREAS.splitlines() if "201" not in line and
        "202" not in line) + "\n", encoding="utf-8")  # fmt: skip
    drawn: list[str] = []
    for week in (1, 2):
        assert weekly(tmp_path / "villages", str(few), week) == 0
        receipt = tmp_path / "villages" / f"w{week:02d}.json"
        command = [
            "draw",
            "households",
            str(receipt),
            "--households",
            str(households),
            "--take",
            "2",
        ]
        out = ["--areas", areas, "--out", str(folder / f"{week}.json")]
        assert main([*command, *out, "--seed", f"{SEED}{week}"]) == 2
        assert "known by now" in capsys.readouterr().err
        assert main([*command, *out, "--seed", f"{SEED}homes{week}"]) == 0
        assert "没有名单" in capsys.readouterr().out
        drawn += Receipt.from_json((folder / f"{week}.json").read_text(encoding="utf-8")).picks()
    assert sorted(drawn) == ["h0", "h1", "h2", "h3"]
    verify = ["verify", str(folder / "2.json"), "--history", str(folder)]
    places = ["--places", str(tmp_path / "villages" / "w02.json")]
    assert main([*verify, *places, "--households", str(households)]) == 0
    assert main(verify) == 3
    assert main(["coverage", str(folder), "--households", str(households)]) == 0
    households.write_text("household_id,area\nh1,61\n,6101011002\n", encoding="utf-8")
    capsys.readouterr()
    assert main([*verify, "--households", str(households)]) == 2
    error = capsys.readouterr().err
    assert "line 2: " in error
    assert "line 3: " in error


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


@pytest.mark.slow
def test_from_notice_to_audit(
    tmp_path: Path, areas: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Announce, draw villages, households and teams, verify each against what was published."""
    folder = tmp_path / "r"
    folder.mkdir()
    homes, people = tmp_path / "homes.csv", tmp_path / "people.json"
    villages = [area.code for area in province([3, 2]) if len(area.code) == 12]
    homes.write_text(
        "household_id,area\n" + "".join(f"h{v}-{n},{v}\n" for v in villages for n in range(4)),
        encoding="utf-8",
    )
    people.write_text('{"inspectors": [{"id": "a"}, {"id": "b"}, {"id": "c"}]}', encoding="utf-8")
    notice = folder / "notice.json"
    announced = ["draw", "notice", "weekly", "--period", "2022-W08", "--areas", areas]
    event = ["--event", "ssq:2022018:2022-02-20", "--on", "2022-02-14"]
    more = ["--households", str(homes), "--take", "2", "--inspectors", str(people)]
    assert main([*announced, *event, *more, "--out", str(notice)]) == 0
    result = ["--notice", str(notice), "--result", "05 11 17 22 28 33+09"]
    week, of_homes, team = (folder / name for name in ("week.json", "homes.json", "teams.json"))
    draw = ["draw", "weekly", "--period", "2022-W08", "--areas", areas, *result]
    assert main([*draw, "--out", str(week)]) == 0
    assert "chosen by the one who drew" not in capsys.readouterr().out
    own = ["--areas", areas, *result]
    inside = ["draw", "households", str(week), "--households", str(homes), *own]
    assert main([*inside, "--out", str(of_homes)]) == 0
    sent = ["draw", "teams", str(week), "--inspectors", str(people), *own]
    assert main([*sent, "--out", str(team)]) == 0
    assert main([*sent, "--verify", str(team)]) == 0
    assert main(["verify", str(week), *own]) == 0
    assert main(["verify", str(week), "--areas", areas, "--notice", str(notice)]) == 3
    assert "2022018" in capsys.readouterr().out
    other = ["--notice", str(notice), "--result", "05 11 17 22 28 33+10"]
    assert main(["verify", str(week), "--areas", areas, *other]) == 1
    listed = ["verify", str(of_homes), "--households", str(homes), *result]
    assert main([*listed, "--places", str(week)]) == 0
    assert main(listed) == 3
    assert main(["draw", "export", str(week), str(tmp_path / "x"), "--areas", areas]) == 0
    frame = (tmp_path / "x" / "villages.txt").read_bytes()
    assert hashlib.sha256(frame).hexdigest() == json.loads(week.read_text())["frame_digest"]
    capsys.readouterr()
    assert main([*draw[:-1], "05 11 17 22 28 33 + 09"]) == 2
    assert "[not-canonical]" in capsys.readouterr().err
    assert main([*draw, "--exclude", "610101100200=x"]) == 2
    assert main([*draw, "--seed", SEED]) == 2
    assert main(["draw", "teams", str(week), "--inspectors", str(people), "--why"]) == 0


def test_inspectors(tmp_path: Path, areas: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Draw them for a receipt, verify, and see a conflict named."""
    assert weekly(tmp_path / "r", areas, 1) == 0
    receipt, people, teams = (tmp_path / name for name in ("r/w01.json", "p.json", "t.json"))
    people.write_text('{"inspectors": [{"id": "a"}, {"id": "b"}, {"id": "c"}]}', encoding="utf-8")
    what = ["draw", "teams", str(receipt), "--inspectors", str(people), "--areas", areas]
    what += ["--seed", SEED]
    assert main([*what, "--out", str(teams)]) == 0
    assert main([*what, "--verify", str(teams)]) == 0
    changed = teams.read_text(encoding="utf-8").replace('"size": 2', '"size": 3')
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
        (
            [
                "draw",
                "notice",
                "daily",
                "--period",
                "2022-Q1",
                "--on",
                "2022-01-01",
                "--event",
                "ssq:1:2022-01-02",
            ],
            "daily",
        ),
        (
            [
                "draw",
                "notice",
                "weekly",
                "--period",
                "2022-W06",
                "--on",
                "2022-01-01",
                "--event",
                "a lottery",
            ],
            "is no event",
        ),
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


@pytest.mark.slow
def test_a_village_that_cannot_be_visited(
    tmp_path: Path, areas: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ask, draw the replacement when the events are known, publish results, and audit."""
    folder = tmp_path / "r"
    assert weekly(folder, areas, 8) == 0
    receipt = folder / "w08.json"
    lost, kept = Receipt.from_json(receipt.read_text(encoding="utf-8")).picks()
    asked, drawn, told = (folder / f"{name}.json" for name in ("asked", "drawn", "told"))
    command = ["draw", "request", str(receipt), "--on", "2022-02-24", "--out", str(asked)]
    event = ["--event", "ssq:2022021:2022-02-27"]
    assert main([*command, *event, "--instead-of", lost]) == 2
    assert main([*command, *event, "--instead-of", f"{lost}=flood, road closed"]) == 0
    result = ["--result", "05 11 17 22 28 33+09"]
    more = ["draw", "supplement", str(receipt), "--request", str(asked), "--areas", areas]
    assert main([*more, *result, "--seed", SEED]) == 2
    assert main([*more, *result, "--out", str(drawn), "--json"]) == 0
    capsys.readouterr()
    assert main([*more, *result]) == 0
    assert "1/2" in capsys.readouterr().out
    new = json.loads(drawn.read_text(encoding="utf-8"))["strata"][0]["picks"][0]["unit"]
    check = ["verify", str(drawn), "--areas", areas, "--notice", str(asked), *result]
    assert main([*check, "--places", str(receipt)]) == 0
    assert main(check) == 2
    assert main([*check[:-1], "05 11 17 22 28 33+10", "--places", str(receipt)]) == 1
    reported = tmp_path / "reported.csv"
    rows = f"{lost},replaced,,office-1,\n{new},走访,2022年2月28日,office-1,P-7; P-8\n"
    header = "unit,result,on,office,problems\n"
    reported.write_text(f"{header}{rows}{kept},often,,,\n", encoding="utf-8")
    publish = ["draw", "outcomes", str(receipt), "--reported", str(reported)]
    publish += ["--as-of", "2022-03-01", "--out", str(told)]
    assert main(publish) == 2
    reported.write_text(f"unit,result,on,office,problems\n{rows}", encoding="utf-8")
    assert main(publish) == 0
    capsys.readouterr()
    assert main(["coverage", str(folder), "--areas", areas]) == 0
    assert "1 visited, 1 replaced, 1 without" in capsys.readouterr().out
    assert main(["draw", "offices", str(folder), "--json"]) == 0
    first = json.loads(capsys.readouterr().out)[0]
    assert (first["office"], first["rate"], first["luck"]) == ("office-1", "1/2", "2/3")
    assert main(["draw", "offices", str(folder)]) == 0
    looked_up, seen = tmp_path / "looked-up.json", tmp_path / "seen.txt"
    digest = json.loads(asked.read_text(encoding="utf-8"))["digest"]
    looked_up.write_text(json.dumps({digest: result[1:]}), encoding="utf-8")
    audit = ["verify", str(folder), "--areas", areas, "--results", str(looked_up)]
    assert main(audit) == 0
    assert "1 units drawn have no published result" in capsys.readouterr().out
    seen.write_text(f"{digest} 2022-02-25\n", encoding="utf-8")
    assert main([*audit, "--seen", str(seen)]) == 0
    seen.write_text(f"{digest} 2022-02-27\n", encoding="utf-8")
    assert main([*audit, "--seen", str(seen)]) == 1
    seen.write_text("yesterday\n", encoding="utf-8")
    assert main([*audit, "--seen", str(seen)]) == 2
    capsys.readouterr()


@pytest.mark.slow
def test_what_was_found_enters_the_rectification_register(
    tmp_path: Path, areas: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the receipt as its reference, from the published outcomes, once."""
    pytest.importorskip("sqlalchemy", reason="the registers need the extra 'store'")
    folder = tmp_path / "r"
    assert weekly(folder, areas, 8) == 0
    receipt = folder / "w08.json"
    drawn = Receipt.from_json(receipt.read_text(encoding="utf-8"))
    reported = tmp_path / "reported.csv"
    rows = f"{drawn.picks()[0]},visited,2022-02-23,office-1,P-7;P-8\n"
    reported.write_text(f"unit,result,on,office,problems\n{rows}", encoding="utf-8")
    told = folder / "told.json"
    publish = ["draw", "outcomes", str(receipt), "--reported", str(reported)]
    assert main([*publish, "--as-of", "2022-03-01", "--out", str(told)]) == 0
    store = ["--store", f"sqlite:///{tmp_path}/cases.db"]
    listed = ["problems", "from-draw", str(told), "--receipt", str(receipt), "--by", "office-1"]
    capsys.readouterr()
    for _ in range(2):
        assert main([*listed, *store, "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["listed"] == ["P-7", "P-8"]
    assert weekly(folder, areas, 9) == 0
    other = ["--receipt", str(folder / "w09.json")]
    assert main(["problems", "from-draw", str(told), *other, "--by", "office-1", *store]) == 2


def test_a_wrong_household_is_named_by_the_line_of_its_file(
    tmp_path: Path, areas: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also behind blank lines, as a spreadsheet leaves them: a name, a telephone number."""
    folder = tmp_path / "r"
    assert weekly(folder, areas, 8) == 0
    homes = tmp_path / "homes.csv"
    village = "610101100200"
    rows = f"h1,{village}\n\n,,\n王小明,{village}\n13812345678,{village}\n"
    homes.write_text(f"household_id,area\n{rows}", encoding="utf-8")
    drawn = ["draw", "households", str(folder / "w08.json"), "--households", str(homes)]
    capsys.readouterr()
    assert main([*drawn, "--take", "1", "--seed", SEED + "x", "--areas", areas]) == 2
    error = capsys.readouterr().err
    assert "line 5: " in error
    assert "line 6: " in error
    assert "13812345678" not in error
