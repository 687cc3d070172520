"""Codes: a prefix is the area above, and every mistyped digit is found."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antipoverty.codes import AreaCode, HouseholdCode, Level, check_resident_id, prefixes
from antipoverty.errors import InvalidArgumentError, InvalidCodeError
from antipoverty.model import shaanxi_areas

VILLAGES = [area.code for area in shaanxi_areas().descendants(level="village")]
groups = st.builds(
    lambda v, g: AreaCode(f"{v}{g:02d}"), st.sampled_from(VILLAGES), st.integers(1, 99)
)
household_codes = st.builds(HouseholdCode.make, groups, st.integers(1, 9999))


@given(code=groups)
def test_a_code_knows_its_level_parent_and_ancestors(code: AreaCode) -> None:
    """Each ancestor is a prefix, one level up, from the village to the province."""
    assert code.level is Level.GROUP
    assert [above.level for above in code.ancestors] == [
        Level.VILLAGE,
        Level.TOWNSHIP,
        Level.COUNTY,
        Level.CITY,
        Level.PROVINCE,
    ]
    assert all(code.startswith(above) for above in code.ancestors)
    assert code.ancestors[-1].parent is None
    assert list(prefixes(code)) == [code, *code.ancestors, ""]


@given(code=groups)
def test_a_code_survives_being_printed_and_read(code: AreaCode) -> None:
    """A code is its digits: text in, the same text out."""
    assert AreaCode(str(code)) == code == eval(repr(code))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("6", "has 1"),
        ("61070", "has 5"),
        ("6107O2", "character 5 is not a digit"),
        ("６１", "not a digit"),
        ("061070", "begins with 1 to 9"),
        ("6107021002000", "has 13"),
        (610702, "got int"),
        (None, "got NoneType"),
    ],
)
def test_a_bad_code_is_refused_with_the_reason(text: object, reason: str) -> None:
    """The message says what is wrong with the code."""
    with pytest.raises(InvalidCodeError, match=reason) as caught:
        AreaCode(text)  # type: ignore[arg-type]
    assert str(caught.value).endswith("[invalid-code]")


def test_at_gives_the_area_above_and_never_one_below() -> None:
    """The county of a village is found; the village of a county is an error."""
    assert AreaCode("610702100200").at("county") == "610702"
    with pytest.raises(InvalidCodeError, match="lies above the village level"):
        AreaCode("610702").at("village")


@pytest.mark.parametrize(
    ("code", "rural"),
    [
        ("610702100199", False),
        ("610702100200", True),
        ("610702100399", True),
        ("610702100400", False),
        ("610702", None),
    ],
)
def test_villagers_committees_are_200_to_399(code: str, rural: bool | None) -> None:
    """The last three digits of a village tell a villagers' committee."""
    assert AreaCode(code).rural is rural


@given(code=household_codes)
def test_a_household_code_survives_being_printed_and_read(code: HouseholdCode) -> None:
    """The parts of a household code come back."""
    again = HouseholdCode(str(code))
    assert (again, again.area, again.serial) == (code, code.area, code.serial)


@given(code=household_codes, place=st.integers(0, 17), digit=st.integers(0, 9))
def test_every_single_wrong_digit_of_a_household_code_is_found(
    code: HouseholdCode, place: int, digit: int
) -> None:
    """Changing one digit makes the code invalid."""
    changed = f"{code[:place]}{digit}{code[place + 1 :]}"
    if changed != code:
        with pytest.raises(InvalidCodeError):
            HouseholdCode(changed)


@given(code=household_codes, place=st.integers(0, 16))
def test_every_swap_of_two_neighbours_in_a_household_code_is_found(
    code: HouseholdCode, place: int
) -> None:
    """Swapping two digits that differ makes the code invalid."""
    swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    if swapped != code:
        with pytest.raises(InvalidCodeError):
            HouseholdCode(swapped)


@pytest.mark.parametrize("serial", [0, 10_000, -1])
def test_a_household_serial_is_1_to_9999(serial: int) -> None:
    """A number outside the four digits is refused."""
    with pytest.raises(InvalidCodeError, match="1 to 9999"):
        HouseholdCode.make("61070210020001", serial)


@pytest.mark.parametrize("text", ["11010519491231002X", "440524188001010014"])
def test_the_standards_own_resident_numbers_are_valid(text: str) -> None:
    """The two examples of GB 11643 pass."""
    assert check_resident_id(text) == text


@pytest.mark.parametrize("text", ["110105194912310021", "123", "", "11010519491331002X"])
def test_a_bad_resident_number_is_refused_and_never_shown(text: str) -> None:
    """The error gives a reason and not the number."""
    with pytest.raises(InvalidCodeError) as caught:
        check_resident_id(text)
    assert not text or text not in str(caught.value)


@pytest.mark.parametrize("wrong", [None, 110105194912310021, b"x", ["1"], True])
def test_a_wrong_type_is_an_error_with_a_code(wrong: Any) -> None:
    """Codes are text and serial numbers whole numbers; the value is not shown."""
    for make in (AreaCode, HouseholdCode, check_resident_id):
        with pytest.raises(InvalidCodeError) as caught:
            make(wrong)
        assert "1101" not in str(caught.value)
    with pytest.raises(InvalidCodeError):
        HouseholdCode.make("61070210020001", wrong)


def test_a_wrong_level_is_refused_with_a_suggestion() -> None:
    """The levels there are stand in the message."""
    with pytest.raises(InvalidArgumentError, match="did you mean 'village'"):
        AreaCode("610702100200").at("vilage")
