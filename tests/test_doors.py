"""What comes in is read alike at every door: by `judge`, and by `screen` on every engine."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest
from pydantic import ValidationError

from antipoverty import Household, Pack, Rule, Source, Tables, Text, screen
from antipoverty.codes import HouseholdCode
from antipoverty.conditions import parse
from engines import ALL, rows, tables_as

VILLAGE, AS_OF = "610702100200", date(2021, 12, 1)


def pack_of(*whens: str, **more: Any) -> Pack:
    """A pack with a rule for each text."""
    made = [
        Rule(
            id=f"r{number}",
            title=Text("规则", "rule"),
            department="d",
            when=parse(when),
            source=Source("an example"),
            since=date(2021, 1, 1),
        )
        for number, when in enumerate(whens)
    ]
    departments = {"d": Text("部门", "department")}
    return Pack("doors", Text("试", "doors"), rules=made, departments=departments, **more)


# --- ids --------------------------------------------------------------------------

CODE = str(HouseholdCode.make("61070210020001", 7))
FINE = ["ok", "h-1", "610702100200010011", CODE, "f4b1c2d3-0a1b-4c5d-8e9f-a01b22c34d55"]
UNSEEN = "\t\n\r\x0b\x0c\x1c \x85\xa0\u1680\u2009\u200b\u2028\u202f\u205f\u3000\ufeff"
BAD_FORM = [
    *(f"{before}a{after}" for blank in UNSEEN for before, after in [("", blank), (blank, "")]),
    *("", "合计", "张三", "６１０７０２", "a|b", "-a", "=A1", "a" * 65),
]
PERSONAL = ["13812345678", "x-138-1234-5678", "610102198001010031", "029-87654321"]


@pytest.mark.parametrize("kind", ALL)
@pytest.mark.filterwarnings("ignore")
def test_ids_are_read_alike_on_every_engine(kind: str) -> None:
    """Blanks nobody sees, line ends, names and numbers of persons get one answer everywhere."""
    ids = [*FINE, *BAD_FORM, *PERSONAL]
    homes = pl.DataFrame({"household_id": ids, "area": VILLAGE, "water_safe": False})
    screening = screen(tables_as(Tables(homes), kind), pack_of("not water_safe"), as_of=AS_OF)
    assert {row[0] for row in rows(screening.alerts)} == set(FINE)
    assert screening.rejected_counts == {
        ("households", "invalid-id", "household_id"): len(BAD_FORM),
        ("households", "personal-id", "household_id"): len(PERSONAL),
    }


@pytest.mark.parametrize("id_", [*BAD_FORM, *PERSONAL])
def test_a_household_has_no_id_that_a_table_would_be_refused_for(id_: str) -> None:
    """And the message does not repeat what was given."""
    with pytest.raises(ValidationError) as caught:
        Household(household_id=id_, area=VILLAGE)
    assert len(id_) < 2 or id_ not in str(caught.value)


@pytest.mark.parametrize("id_", FINE)
def test_codes_and_plain_references_are_ids(id_: str) -> None:
    """A household code may look like a number, and is nobody's."""
    assert Household(household_id=id_, area=VILLAGE).household_id == id_
