"""The corpus: every row of every file becomes what is written beside it, and nothing else."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "intake"))

from corpus import CASES, FILES, KEY, Case

from antipoverty import shaanxi_areas
from antipoverty.errors import AntipovertyError
from antipoverty.intake import read, read_mapping

pytest.importorskip("fastexcel", reason="workbooks need the extra 'excel'")
AREAS = shaanxi_areas()


def test_the_corpus_is_large_enough_and_each_file_is_there() -> None:
    """At least forty files, each of another name."""
    assert len({case.name for case in CASES}) == len(CASES) >= 40
    assert {case.path.name for case in CASES} | {"roster.csv", "persons.csv"} == {
        path.name for path in FILES.iterdir()
    }


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_row_becomes_what_it_must(case: Case) -> None:
    """Placed with its household or listed under its kind; what cannot be read is counted."""
    mapping = read_mapping(case.mapping())
    if case.refused:
        with pytest.raises(AntipovertyError) as caught:
            read(mapping, FILES, areas=AREAS, key=KEY)
        assert caught.value.code == case.refused
        return
    found = read(mapping, FILES, areas=AREAS, key=KEY)
    report = next(one for one in found.report if one.id == "it")
    wanted: dict[str, list[int]] = {}
    households = []
    for number, what in enumerate(case.rows, 1):
        if report.aside.get(what) is None and what[0] in "habc" and len(what) <= 2:
            households.append(what)
        else:
            wanted.setdefault(what, []).append(number)
    assert {kind: list(rows) for kind, rows in report.aside.items()} == wanted
    assert (report.rows, report.placed) == (len(case.rows), len(households))
    cells: dict[str, dict[str, int]] = {}
    for one in report.cells:
        cells.setdefault(one.column, {})[one.kind] = one.count
    assert cells == case.cells
    table = found.tables[case.table]
    if "ROSTER" in case.more or (case.table == "members" and "PERSONS" in case.more):
        return  # its facts are joined to the rosters' rows
    assert table["household_id"].to_list() == households
    for field, facts in case.facts.items():
        assert table[field].to_list() == facts, field


def test_facts_of_two_files_are_joined() -> None:
    """Those of a household and those of a person, in the rows of the rosters."""
    by_name = {case.name: case for case in CASES}
    homes = read(read_mapping(by_name["facts-of-households"].mapping()), FILES).tables
    grades = dict(homes["households"].select("household_id", "dwelling_grade").rows())
    assert grades == {"h1": "C", "h2": "D", "h3": None}
    persons = read(read_mapping(by_name["facts-of-persons"].mapping()), FILES, key=KEY).tables
    schools = dict(persons["members"].select("member_id", "in_school").rows())
    assert schools == {"m1": None, "m2": True, "m3": False, "m9": None}
