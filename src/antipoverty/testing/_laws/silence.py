"""The law of fair naming: a unit is never better off for having withheld a figure."""

from __future__ import annotations

from random import Random

from antipoverty.codes import AreaCode, Level
from antipoverty.errors import InvalidStatisticsError, Phrase, VacuousLawError, phrase, phrases
from antipoverty.errors.phrases import Both, said
from antipoverty.model import Area, AreaTree
from antipoverty.periods import Period
from antipoverty.scoring import Draft, NoticePolicy, Score, Statistic, draft_notices

_MONTH = Period.parse("2025-01")
_HOMES = {
    Level.CITY: "61{:02d}",
    Level.COUNTY: "6101{:02d}",
    Level.TOWNSHIP: "610101{:03d}",
    Level.VILLAGE: "610101001{:03d}",
}


def assert_silence_never_pays(
    policy: NoticePolicy, *, units: int = 8, examples: int = 200, seed: int = 0
) -> None:
    """Insist that withholding figures never improves a unit's place or notice.

    Args:
        policy: The policy of notices.
        units: How many invented units are compared.
        examples: How often figures are invented, and some of one unit's withheld.
        seed: The same seed invents the same figures.

    Raises:
        AssertionError: With what was withheld, and what it brought.
        VacuousLawError: No unit had a place or a notice that could have become better.
    """
    draw = Random(seed)  # noqa: S311 - invented figures, not secrets
    issuing, compared = next(
        (issuer, level) for issuer, levels in policy.notifies.items() for level in levels
    )
    codes = [AreaCode(_HOMES[compared].format(n)) for n in range(1, units + 1)]
    above = {code[:digits] for code in codes for digits in (2, 4, 6, 9) if digits < len(code)}
    areas = AreaTree(Area(code=code, name=code) for code in sorted({*above, *codes}))

    def drafted(figures: list[Statistic]) -> Draft:
        return draft_notices(
            figures,
            policy,
            period=_MONTH,
            issuer=codes[0][: issuing.digits],
            level=compared,
            issued_on=_MONTH.last,
            areas=areas,
        )

    tried = judged = 0
    for _ in range(examples):
        figures = [one for code in codes for one in _figures(code, policy, draw)]
        unit = draw.choice(codes)
        own = [one for one in figures if one.unit == unit]
        withheld = draw.sample(own, draw.randint(1, len(own)))
        try:
            both = [
                next(score for score in drafted(given).scores if score.unit == unit)
                for given in (figures, [one for one in figures if one not in withheld])
            ]
        except InvalidStatisticsError:  # a list names a unit that is not among these
            continue
        tried += 1
        judged += any(score.verdict is not None or score.rank is not None for score in both)
        if _better(*both):
            found = phrase(
                "withholding {names} takes a unit from {before} to {after}; policy {id} has "
                "incomplete = {incomplete!r}",
                names=", ".join(
                    f"{one.indicator} {one.numerator}/{one.denominator}" for one in withheld
                ),
                before=_told(both[0]),
                after=_told(both[1]),
                id=policy.id,
                incomplete=policy.incomplete,
            )
            raise AssertionError(f"{found}\n  {said(found)}")
    if not judged:
        raise VacuousLawError(
            "policy {id}: of {tried} units tried none had a place or a notice that withholding "
            "could better; the law says nothing",
            id=policy.id,
            tried=tried,
        )


def _figures(unit: AreaCode, policy: NoticePolicy, draw: Random) -> list[Statistic]:
    """Figures of a unit, from worst to best, around the least denominators."""
    made = []
    for one in policy.indicators:
        size = draw.choice((one.minimum, one.minimum + 1, one.minimum - 1, 10 * one.minimum))
        if one.nothing == "refused":
            size = max(size, 1)
        ends = sorted((one.best, one.worst))
        count = round(size * (ends[0] + (ends[1] - ends[0]) * draw.randint(0, 10) / 10))
        made.append(
            Statistic(
                unit=unit,
                period=_MONTH,
                indicator=one.id,
                numerator=count,
                denominator=size,
                nothing=size == 0,
            )
        )
    return made


def _sign(score: Score) -> int:
    return 0 if score.verdict is None else score.verdict.sign


def _better(before: Score, after: Score) -> bool:
    if _sign(after) > _sign(before):
        return True
    return before.rank is not None and after.rank is not None and after.rank < before.rank


def _told(score: Score) -> Phrase:
    verdict = score.verdict
    notice = phrase("no notice") if verdict is None else Both(verdict.value, verdict.zh)
    rank = phrase("no rank") if score.rank is None else phrase("rank {n}", n=score.rank)
    return phrases([notice, rank], ", ")
