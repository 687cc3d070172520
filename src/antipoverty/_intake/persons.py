"""Persons matched by resident number (公民身份号码), which is never stored or shown.

Numbers are brought to one spelling and at once to HMAC-SHA-256 under the caller's key. Only
the first 128 bits of that live longer than the piece of a file in which a number stands.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence

import polars as pl
from stdnum.iso7064 import mod_11_2

from antipoverty._intake.mapping import DIED, LEFT
from antipoverty._intake.text import ROW, repeats
from antipoverty.codes import check_resident_id
from antipoverty.errors import InvalidArgumentError, InvalidCodeError

PERSON = "_person"
"""The column of a person's digest."""
NAME = "_name"
"""The column of the digest of a person's name."""
KNOWN = "_known_home"
"""The column that says whether a member's household is in the rosters of households."""
PERSON_FAULT = "_person_fault"
"""The column of what is wrong with a number."""

_UNSEEN = r"[\s\u00a0\u2000-\u200f\u2028-\u202f\u205f\u3000\ufeff'‘’`·\"“”-]"
_PLAIN = "^[0-9]{17}[0-9X]$"
_LOST = r"^[0-9]+(?:[.][0-9]*)?E[+]?[0-9]+$"
_CUT = "^[0-9]{15}00(?:0)?$|^[0-9]{16}00$"
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_NONE = pl.lit(None, dtype=pl.String)


def spelled(numbers: pl.Series) -> pl.DataFrame:
    """Bring resident numbers to 18 characters: the columns ``number`` and ``fault``.

    Half-width, capital X, without blanks, signs and apostrophes; 15 digits become 18. What a
    spreadsheet cut, 6.10102E+17 or 610102199001010000, is ``number-lost``. Most numbers of
    most files are spelled so already, and only the others are taken apart.
    """
    held = numbers.to_frame("text").with_columns(
        pl.col("text").str.contains(_PLAIN).fill_null(value=False).alias("plain")
    )
    odd = held.filter(~pl.col("plain"))["text"]
    if odd.is_empty():
        return _checked(numbers)
    both = pl.concat([_checked(held.filter("plain")["text"]), _respelled(odd)])
    places = pl.concat([held["plain"].arg_true(), (~held["plain"]).arg_true()])
    return both[places.arg_sort()]


def _checked(numbers: pl.Series) -> pl.DataFrame:
    """Look at numbers of 18 characters: whether they check, and were anybody's birthday."""
    found = numbers.to_frame("number").with_columns(
        _checks(pl.col("number").cast(pl.Binary)).alias("good"), _born(numbers).alias("born")
    )
    good = pl.col("good") & pl.col("born")
    if found.select(good.all()).item():
        return found.select("number", _NONE.alias("fault"))
    cut = pl.col("number").str.contains(_CUT)
    return found.select(
        pl.when(good).then("number").alias("number"),
        pl.when(~good)
        .then(pl.when(cut).then(pl.lit("number-lost")).otherwise(pl.lit("number-invalid")))
        .alias("fault"),
    )


def _respelled(texts: pl.Series) -> pl.DataFrame:
    """Take apart numbers that are written in another way."""
    if (texts.str.len_bytes() != texts.str.len_chars()).any():
        texts = texts.str.normalize("NFKC")
    text, old = pl.col("text"), pl.col("old")
    held = (
        texts.str.replace_all(_UNSEEN, "")
        .str.to_uppercase()
        .str.replace("[×ХΧ]$", "X")
        .to_frame("text")
        .with_columns(text.str.contains("^[0-9]{15}$").alias("old"))
    )
    seventeen = pl.concat_str(text.str.slice(0, 6), pl.lit("19"), text.str.slice(6))
    body = pl.when(old).then(seventeen)
    held = held.with_columns(
        pl.when(text.str.contains(_PLAIN))
        .then(text)
        .when(old)
        .then(pl.concat_str(body, _last(body)))
        .alias("number")
    )
    checked = _checked(held["number"])
    lost = text.str.contains(_LOST) | (text.str.contains(_CUT) & pl.col("number").is_null())
    return pl.concat([held.select("text"), checked], how="horizontal").select(
        "number",
        pl.when(text.is_null() | (text == ""))
        .then(pl.lit("number-missing"))
        .when(lost)
        .then(pl.lit("number-lost"))
        .when(pl.col("number").is_null())
        .then(pl.lit("number-invalid"))
        .alias("fault"),
    )


def _last(body: pl.Expr) -> pl.Expr:
    """The check character of 17 digits (GB 11643, ISO 7064 MOD 11-2)."""
    digits = body.cast(pl.Int64, strict=False)
    total = sum(digits // 10 ** (16 - at) % 10 * weight for at, weight in enumerate(_WEIGHTS))
    last: pl.Expr = (total % 11).replace_strict(
        list(range(11)), list(_CHECKS), default=None, return_dtype=pl.String
    )
    return last


def _checks(number: pl.Expr) -> pl.Expr:
    """Whether the last of 18 characters follows from the others (GB 11643).

    Eight characters are eight bytes of one integer. Every second of them, four lanes of 16
    bits, times an integer of their four weights has the weighted sum in its highest lane.
    """

    def eight(at: int) -> pl.Expr:
        digits = number.bin.slice(at, 8).bin.reinterpret(dtype=pl.UInt64)
        return _weighed(digits, _WEIGHTS[at : at + 8 : 2]) + _weighed(
            digits // _u64(1 << 8), _WEIGHTS[at + 1 : at + 8 : 2]
        )

    two = number.bin.slice(16, 2).bin.reinterpret(dtype=pl.UInt16)
    last = pl.when(two // 256 == ord("X")).then(10).otherwise((two // 256) & 15)
    return (eight(0) + eight(8) + (two & 15) * _WEIGHTS[16] + last) % 11 == 1


def _weighed(digits: pl.Expr, weights: Sequence[int]) -> pl.Expr:
    factor = sum(weight << 16 * (3 - at) for at, weight in enumerate(weights))
    return (digits & _u64(0x000F_000F_000F_000F)) * _u64(factor) // _u64(1 << 48)


def _u64(value: int) -> pl.Expr:
    return pl.lit(value, dtype=pl.UInt64)


def _born(numbers: pl.Series) -> pl.Series:
    """Whether there was such a day of birth."""
    days = numbers.str.slice(6, 8).cast(pl.Int32, strict=False)
    there = days.unique()
    known = there.filter(
        there.cast(pl.String).str.to_date("%Y%m%d", strict=False).is_not_null()
        & (there >= 1000_01_01)
    )
    return days.is_in(known.implode())


def one_spelling(number: str) -> tuple[str | None, str | None]:
    """Bring a resident number to 18 characters; or name what is wrong with it.

    >>> one_spelling("61010219800101004x")
    ('61010219800101004X', None)
    >>> one_spelling("6.10102E+17")
    (None, 'number-lost')
    """
    text, fault = spelled(pl.Series([number], dtype=pl.String)).row(0)
    return text, fault


def is_resident_number(text: str) -> bool:
    """Whether 15 or 18 characters are a resident number that may be somebody's."""
    if len(text) == 15:
        text = f"{text[:6]}19{text[6:]}"
        text += mod_11_2.calc_check_digit(text) if text.isdigit() else ""
    try:
        check_resident_id(text.upper())
    except InvalidCodeError:
        return False
    return True


class Digester:
    """Digests of resident numbers and names under a secret.

    Args:
        key: The caller's secret, at least 16 bytes; without it nobody can test a guess.
    """

    def __init__(self, key: bytes) -> None:
        if len(key) < 16:
            raise InvalidArgumentError(
                "the key that persons are matched under has 16 bytes or more"
            )
        self._key = hmac.new(key, b"antipoverty intake 1", hashlib.sha256).hexdigest()

    def __repr__(self) -> str:
        return "<Digester>"

    def numbers(self, cells: pl.Series) -> pl.DataFrame:
        """Give each number's digest, or the kind of its fault, in the columns of this module.

        Where a spreadsheet cut some numbers of a column, those that happen to check although
        they end in three zeros are lost too: nobody can tell them from the others.
        """
        both = spelled(cells)
        if (both["fault"] == "number-lost").any():
            zeros = pl.col("number").str.ends_with("000").fill_null(value=False)
            both = both.select(
                pl.when(~zeros).then(pl.col("number")).alias("number"),
                pl.when(zeros).then(pl.lit("number-lost")).otherwise("fault").alias("fault"),
            )
        return pl.DataFrame({PERSON: self._digests(both["number"]), PERSON_FAULT: both["fault"]})

    def names(self, cells: pl.Series) -> pl.Series:
        """Give the digest of each name; none where it is not there or partly hidden."""
        bare = pl.col("cell").str.normalize("NFKC").str.replace_all(_UNSEEN, "")
        whole = bare.str.replace_all("[•・.]", "").str.to_uppercase()
        named = whole.str.contains(r"^\p{L}[\p{L}\p{N}()]*$")
        cells = cells.to_frame("cell").select(pl.when(named).then(whole).alias("name"))["name"]
        return self._digests(cells).alias(NAME)

    def _digests(self, texts: pl.Series) -> pl.Series:
        if not repeats(texts):
            return self._digest_each(texts)
        distinct = texts.drop_nulls().unique()
        digests = pl.DataFrame({"text": distinct, "digest": self._digest_each(distinct)})
        return texts.to_frame("text").join(digests, on="text", how="left", maintain_order="left")[
            "digest"
        ]

    def _digest_each(self, texts: pl.Series) -> pl.Series:
        try:
            import polars_hash
        except ImportError:
            hexed = pl.Series([*map(self._one, texts)], dtype=pl.String)
        else:
            asked = polars_hash.col("text").chash.hmac_sha256(key=self._key)
            hexed = texts.to_frame("text").select(asked)["text"]
        high, low = (
            pl.col("hex").str.slice(at, 16).str.to_integer(base=16, dtype=pl.UInt64)
            for at in (0, 16)
        )
        return hexed.to_frame("hex").select(
            high.cast(pl.UInt128) * pl.lit(1 << 64, dtype=pl.UInt128) + low
        )["hex"]

    def _one(self, text: str | None) -> str | None:
        if text is None:
            return None
        return hmac.digest(self._key.encode(), text.encode(), "sha256").hex()


class Roster:
    """Who stands in which household, by digest.

    Args:
        rows: ``_person, household_id, member_id``, the digest of the name, the days on which
            a member left or died, and whether there is such a household.
    """

    def __init__(self, rows: pl.DataFrame) -> None:
        plain = rows.select(
            pl.col(PERSON).is_unique() & pl.col(LEFT).is_null() & pl.col(DIED).is_null()
        ).to_series()
        self._other = rows.filter(~plain)
        self._plain = rows.filter(plain).drop(LEFT, DIED)

    def __repr__(self) -> str:
        return f"<Roster of {self._plain.height + self._other.height:,} rows>"

    def places(self, asked: pl.Series) -> pl.Series:
        """Find where somebody stands who stands once and has not gone; null for all others."""
        plain = self._plain.select(PERSON).with_row_index("_at")
        both = asked.to_frame().join(plain, on=PERSON, how="left", maintain_order="left")
        self._plain = self._plain.drop(PERSON)
        return both["_at"]

    def find(self, asked: pl.DataFrame, places: pl.Series) -> pl.DataFrame:
        """Find the household of each row that names a person.

        Args:
            asked: `ROW`, the digest, that of the name and the day, which may be null.
            places: Where each of them stands, of `places`.

        Returns:
            For each row, in their order, its ``household_id`` and ``member_id``, or the kind
            of its fault.
        """
        there = self._plain[places]
        name, own = pl.col(NAME), pl.col("_own")
        differs = (name != own).fill_null(value=False)
        fault = (
            pl.when(differs)
            .then(pl.lit("name-contradicts"))
            .when(~pl.col(KNOWN))
            .then(pl.lit("household-not-found"))
        )
        both = there.with_columns(asked[NAME].alias("_own")).select(
            "household_id", "member_id", fault.alias("fault")
        )
        if not places.null_count():
            return both
        gone = places.is_null()
        rest = self._closer(asked.filter(gone))
        order = pl.concat([(~gone).arg_true(), gone.arg_true()]).arg_sort()
        return pl.concat([both.filter(~gone), rest])[order]

    def _closer(self, asked: pl.DataFrame) -> pl.DataFrame:
        """Find those who stand in several rows, or have gone; all others stand nowhere."""
        gone = pl.min_horizontal(LEFT, DIED)
        both = asked.join(self._other, on=PERSON, how="left", suffix="_roster")
        known = pl.col("household_id").is_not_null()
        held = gone.is_null() | (pl.col("day") <= gone).fill_null(value=False)
        named = (pl.col(NAME) != pl.col(f"{NAME}_roster")).fill_null(value=False)
        # A member who left one household for another was in the first until that day.
        until = gone.filter(known & held).min().over(ROW)
        best = known & held & (gone.eq_missing(until) | until.is_null())
        both = both.with_columns(best.alias("_best"), known.alias("_known"), named.alias("_named"))
        one = both.group_by(ROW, maintain_order=True).agg(
            pl.col("household_id").filter("_best").n_unique().alias("households"),
            pl.col("household_id").filter("_best").first(),
            pl.col("member_id").filter("_best").first(),
            pl.col("member_id").filter("_best").n_unique().alias("members"),
            (pl.col("_best") & ~pl.col("_named")).any().alias("agrees"),
            pl.col("_known").any().alias("found"),
            pl.col(KNOWN).filter("_best").first().alias(KNOWN),
            pl.col(DIED).is_not_null().any().alias("died"),
            pl.col("day").first().is_null().alias("undated"),
        )
        fault = (
            pl.when(~pl.col("found"))
            .then(pl.lit("person-not-found"))
            .when((pl.col("households") == 0) & pl.col("undated"))
            .then(pl.lit("person-gone-undated"))
            .when((pl.col("households") == 0) & pl.col("died"))
            .then(pl.lit("person-dead"))
            .when(pl.col("households") == 0)
            .then(pl.lit("person-moved"))
            .when(pl.col("households") > 1)
            .then(pl.lit("person-in-two-households"))
            .when(~pl.col("agrees"))
            .then(pl.lit("name-contradicts"))
            .when(~pl.col(KNOWN))
            .then(pl.lit("household-not-found"))
        )
        return one.select(
            pl.when(fault.is_null()).then("household_id").alias("household_id"),
            pl.when(fault.is_null() & (pl.col("members") == 1))
            .then("member_id")
            .alias("member_id"),
            fault.alias("fault"),
        )
