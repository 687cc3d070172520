"""Resident numbers in bulk: each is what a plain reading of it, one by one, says."""

from __future__ import annotations

import unicodedata
from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from antipoverty._base.side_by_side import side_by_side  # what pieces are worked on with
from antipoverty._intake.persons import Digester, spelled  # no door opens on these

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def last_of(body: str) -> str:
    """The check character of 17 digits, as GB 11643 tells it."""
    return "10X98765432"[sum(int(d) * w for d, w in zip(body, WEIGHTS, strict=True)) % 11]


def read_alone(text: str | None) -> tuple[str | None, str | None]:
    """One number, read character by character."""
    bare = "".join(
        one for one in unicodedata.normalize("NFKC", text or "").upper() if one not in " '\u3000"
    )
    if not bare:
        return None, "number-missing"
    plain = len(bare) == 18 and bare[:17].isdigit() and bare[17] in "0123456789X"
    number = bare if plain else None
    if len(bare) == 15 and bare.isdigit():
        number = f"{bare[:6]}19{bare[6:]}"
        number += last_of(number)
    if number is not None and last_of(number[:17]) == number[17]:
        try:
            date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
        except ValueError:
            pass
        else:
            if number[6] != "0":
                return number, None
    mantissa, e, power = bare.partition("E")
    lost = e and power.lstrip("+").isdigit() and mantissa.replace(".", "", 1).isdigit()
    cut = bare.isdigit() and len(bare) in (17, 18) and bare.endswith("00")
    return None, "number-lost" if lost or cut else "number-invalid"


@st.composite
def cells(draw: st.DrawFn) -> str | None:
    """A cell near to a number: right, slipped, cut, spelled oddly, or nothing of the kind."""
    body = "619" + "".join(draw(st.lists(st.sampled_from("0123456789"), min_size=3, max_size=3)))
    month, day = draw(st.integers(0, 13)), draw(st.integers(0, 32))
    body += f"{draw(st.integers(1899, 2021))}{month:02d}{day:02d}{draw(st.integers(0, 999)):03d}"
    number = body + draw(st.sampled_from([last_of(body)] * 3 + ["0", "X"]))
    way = draw(st.integers(0, 9))
    at = draw(st.integers(0, 17))
    return [
        number,
        number.lower(),
        f"' {number[:6]} {number[6:]}\u3000",
        "".join(chr(ord(one) + 0xFEE0) for one in number),
        number[:6] + number[8:17],
        number[:15] + "000",
        f"{number[0]}.{number[1:6]}E+17",
        number[:at] + draw(st.sampled_from("0123456789XA")) + number[at + 1 :],
        number[:at],
        None,
    ][way]


@pytest.mark.slow
@given(st.lists(cells(), max_size=40))
def test_a_column_is_read_as_each_of_its_numbers_alone(texts: list[str | None]) -> None:
    """In whatever order plain, odd and broken numbers stand."""
    found = spelled(pl.Series(texts, dtype=pl.String))
    assert found.rows() == [*map(read_alone, texts)]


def test_a_name_is_one_name_however_it_is_parted_and_a_hidden_one_is_none() -> None:
    """Middle dots, blanks and width are no part of it; 王*明 says nothing."""
    names = Digester(b"sixteen bytes or more of a key").names
    ways = [
        "阿依·古丽",
        "阿依•古丽",
        "阿依・古丽",
        "阿依．古丽",
        "阿依古丽",
        " 阿依　古丽 ",
        "阿依.古丽",
    ]
    assert names(pl.Series(ways)).n_unique() == 1
    assert names(pl.Series(["王*明", "王某某1", "", None, "李○"])).null_count() == 4
    assert names(pl.Series(["王小明", "王小民"])).n_unique() == 2


def test_pieces_come_back_in_their_order() -> None:
    """However long each of them takes; and no more are taken than can be worked on."""
    taken: list[int] = []

    def pieces() -> range:
        taken.append(1)
        return range(50)

    assert [*side_by_side(lambda one: one * one, pieces())] == [one * one for one in range(50)]


def test_what_goes_wrong_in_a_piece_is_said() -> None:
    """The error of the first piece that fails is the one that comes."""

    def fail(one: int) -> int:
        if one >= 3:
            raise ValueError(one)
        return one

    with pytest.raises(ValueError, match="3"):
        [*side_by_side(fail, range(10))]
