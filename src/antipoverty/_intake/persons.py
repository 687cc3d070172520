"""Persons matched by resident number (公民身份号码), which is never stored or shown.

Numbers are brought to one spelling and at once to HMAC-SHA-256 under the caller's key. Only
the first 128 bits of that live longer than the piece of a file in which a number stands.
"""

from __future__ import annotations

import hashlib
import hmac

import polars as pl
from stdnum.iso7064 import mod_11_2

from antipoverty._intake.mapping import DIED, LEFT
from antipoverty._intake.sources import ROW
from antipoverty.codes import check_resident_id
from antipoverty.errors import InvalidArgumentError, InvalidCodeError

PERSON = "_person"
"""The column of a person's digest."""
NAME = "_name"
"""The column of the digest of a person's name."""
PERSON_FAULT = "_person_fault"
"""The column of what is wrong with a number."""

_UNSEEN = r"[\s\u00a0\u2000-\u200f\u2028-\u202f\u205f\u3000\ufeff'‘’`·\"“”-]"
_LOST = r"^[0-9]+(?:[.][0-9]*)?E[+]?[0-9]+$"
_CUT = "^[0-9]{15}00(?:0)?$|^[0-9]{16}00$"
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"


def spelled(numbers: pl.Series) -> pl.DataFrame:
    """Bring resident numbers to 18 characters: the columns ``number`` and ``fault``.

    Half-width, capital X, without blanks, signs and apostrophes; 15 digits become 18. What a
    spreadsheet cut, 6.10102E+17 or 610102199001010000, is ``number-lost``.
    """
    plain = numbers.str.contains("^[0-9]{17}[0-9X]$").fill_null(value=False)
    if not plain.all():
        if (numbers.str.len_bytes() != numbers.str.len_chars()).any():
            numbers = numbers.str.normalize("NFKC")
        numbers = numbers.str.replace_all(_UNSEEN, "").str.to_uppercase()
        numbers = numbers.str.replace("[×ХΧ]$", "X")
    text, old = pl.col("text"), pl.col("old")
    held = numbers.to_frame("text").with_columns(text.str.contains("^[0-9]{15}$").alias("old"))
    held = held.with_columns(
        pl.when(old)
        .then(pl.concat_str(text.str.slice(0, 6), pl.lit("19"), text.str.slice(6)))
        .when(text.str.contains("^[0-9]{17}[0-9X]$"))
        .then(text.str.slice(0, 17))
        .alias("body")
    )
    held = held.with_columns(_last(held["body"]).alias("last"), _born(held["body"]).alias("born"))
    held = held.with_columns(
        (pl.col("born") & (old | (text.str.slice(17, 1) == pl.col("last"))))
        .fill_null(value=False)
        .alias("good")
    )
    good = pl.col("good")
    cut = text.str.contains(_LOST) | (text.str.contains(_CUT) & ~good)
    return held.select(
        pl.when(good).then(pl.concat_str("body", "last")).alias("number"),
        pl.when(text.is_null() | (text == ""))
        .then(pl.lit("number-missing"))
        .when(cut)
        .then(pl.lit("number-lost"))
        .when(~good)
        .then(pl.lit("number-invalid"))
        .alias("fault"),
    )


def _last(body: pl.Series) -> pl.Series:
    """The check character of 17 digits (GB 11643, ISO 7064 MOD 11-2)."""
    digits = body.cast(pl.Int64, strict=False)
    total = pl.Series([0]).new_from_index(0, len(body))
    for weight in reversed(_WEIGHTS):
        total += digits % 10 * weight
        digits = digits // 10
    return (total % 11).replace_strict(
        list(range(11)), list(_CHECKS), default=None, return_dtype=pl.String
    )


def _born(body: pl.Series) -> pl.Series:
    """Whether there was such a day of birth."""
    days = body.str.slice(6, 8)
    there = days.unique()
    known = there.filter(there.str.to_date("%Y%m%d", strict=False).is_not_null())
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
        distinct = texts.drop_nulls().unique()
        if len(distinct) * 2 > len(texts):
            return self._digest_each(texts)
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
        return hexed.to_frame("hex").select(
            pl.col("hex").str.slice(0, 32).str.decode("hex").bin.reinterpret(dtype=pl.UInt128)
        )["hex"]

    def _one(self, text: str | None) -> str | None:
        if text is None:
            return None
        return hmac.digest(self._key.encode(), text.encode(), "sha256").hex()


class Roster:
    """Who stands in which household, by digest.

    Args:
        rows: ``_person, household_id, member_id``, the digest of the name and the days on
            which a member left or died.
    """

    def __init__(self, rows: pl.DataFrame) -> None:
        plain = pl.col(PERSON).is_unique() & pl.col(LEFT).is_null() & pl.col(DIED).is_null()
        rows = rows.with_columns(plain.alias("_plain"))
        self._plain = rows.filter("_plain").drop("_plain", LEFT, DIED)
        self._other = rows.filter(~pl.col("_plain")).drop("_plain")

    def __repr__(self) -> str:
        return f"<Roster of {self._plain.height + self._other.height:,} rows>"

    def find(self, asked: pl.DataFrame) -> pl.DataFrame:
        """Find the household of each row that names a person.

        Args:
            asked: `ROW`, the digest, that of the name and the day, which may be null.

        Returns:
            For each row its ``household_id`` and ``member_id``, or the kind of its fault.
        """
        both = asked.join(self._plain, on=PERSON, how="left", suffix="_roster")
        found = pl.col("household_id").is_not_null()
        differs = (pl.col(NAME) != pl.col(f"{NAME}_roster")).fill_null(value=False)
        simple = both.filter(found).select(
            ROW,
            pl.when(~differs).then("household_id").alias("household_id"),
            pl.when(~differs).then("member_id").alias("member_id"),
            pl.when(differs).then(pl.lit("name-contradicts")).alias("fault"),
        )
        rest = both.filter(~found).select(asked.columns)
        return pl.concat([simple, self._closer(rest)])

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
        one = both.group_by(ROW).agg(
            pl.col("household_id").filter("_best").n_unique().alias("households"),
            pl.col("household_id").filter("_best").first(),
            pl.col("member_id").filter("_best").first(),
            pl.col("member_id").filter("_best").n_unique().alias("members"),
            (pl.col("_best") & ~pl.col("_named")).any().alias("agrees"),
            pl.col("_known").any().alias("found"),
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
        )
        return one.select(
            ROW,
            pl.when(fault.is_null()).then("household_id").alias("household_id"),
            pl.when(fault.is_null() & (pl.col("members") == 1))
            .then("member_id")
            .alias("member_id"),
            fault.alias("fault"),
        )
