"""Why a unit is named: its figure, denominator and limits, and what would have sufficed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from antipoverty._scoring.chance import nearest_within, within
from antipoverty._scoring.indicators import NoticePolicy
from antipoverty._scoring.notices import NoticeVerdict
from antipoverty._scoring.rating import Baseline, Score
from antipoverty._scoring.statistics import Statistic
from antipoverty.conditions import Language

_SHOWN = 3
_NOTHING: Mapping[Language, str] = {"zh": "：自报无业务", "en": ": says there was nothing to count"}


def rounded(score: Fraction | None) -> Decimal:
    """A score with two decimals, for people; the exact one decides."""
    return Decimal(round((score or Fraction(0)) * 100)).scaleb(-2)


def shown(rate: Fraction, base: Baseline) -> str:
    """A rate for people: a share in per cent."""
    if base.indicator.unit == "share":
        return f"{rounded(100 * rate)}%"
    return str(rounded(rate))


def corrects(notice: str, why: str, language: Language) -> str:
    """The head of a correction's reason."""
    if language == "zh":
        return f"更正 {notice}{f'（{why}）' if why else ''}：".rstrip()
    return f"corrects {notice}{f' ({why})' if why else ''}: "


def place(score: Score, rated: int, expected: int, language: Language) -> str:
    """The rank, among how many of how many, and the score."""
    zh = language == "zh"
    if score.rank is None:
        return (
            f"不排名（应报{expected}个，参评{rated}个）"
            if zh
            else f"no rank ({rated} rated of {expected})"
        )
    if zh:
        return f"第{score.rank}名（参评{rated}个，应报{expected}个），得分{rounded(score.total)}"
    return f"rank {score.rank} of {rated} rated, {expected} expected, score {rounded(score.total)}"


def silence(score: Score, language: Language) -> str:
    """What a unit did not report; empty when it reported all."""
    said = []
    for one in score.missing:
        parts = [
            f"{unit} {period.zh if language == 'zh' else period}".removeprefix(f"{score.unit} ")
            for unit, period in one.parts[:_SHOWN]
        ]
        more = len(one.parts) - _SHOWN
        if more > 0:
            parts.append(f"另{more}项" if language == "zh" else f"{more} more")
        said.append(f"{one.indicator} ({', '.join(parts)})")
    if not said:
        return ""
    head = "未报送：" if language == "zh" else "did not report: "
    return head + ("、" if language == "zh" else "; ").join(said)


def figure_line(base: Baseline, figure: Statistic, language: Language) -> str:
    """One figure with its denominator, its limits, and where it lies."""
    zh, indicator = language == "zh", base.indicator
    name = indicator.title[language]
    size = figure.denominator
    head = f"{name} {figure.numerator}/{size}"
    if size == 0:
        return f"{name}{_NOTHING[language]}"
    head += f" = {shown(Fraction(figure.numerator, size), base)}"
    if size < indicator.minimum:
        return head + (
            f"，分母不足{indicator.minimum}，不参评"
            if zh
            else f", fewer than {indicator.minimum}: not rated"
        )
    low, high = counts(base, size)
    target = shown(base.target, base)
    head += (
        f"，总体{target}，偶然可解释的范围{low}-{high}"
        if zh
        else f"; all {target}; luck explains {low} to {high}"
    )
    side = base.side(figure)
    if side == 0:
        return head + ("，在范围内" if zh else "; inside")
    by = figure.numerator - high if side > 0 else low - figure.numerator
    bound = high if side > 0 else low
    if zh:
        return head + f"，{'高' if side > 0 else '低'}出{by}；为{bound}则不越界"
    return head + f"; {by} {'above' if side > 0 else 'below'}: {bound} would have been inside"


def counts(base: Baseline, size: int) -> tuple[int, int]:
    """The counts that luck explains for a denominator, the allowance for spread with it."""
    law, top = base.indicator.law, size
    if law == "poisson":
        top = 4 * within(size, base.target, base.high or Fraction(1, 2), law).upper + 64
        top = int(top * base.spread)
    low = nearest_within(0, size, base.target, base.low, law, base.spread)
    return low, nearest_within(top, size, base.target, base.high, law, base.spread)


def sufficed(
    score: Score, scores: Sequence[Score], policy: NoticePolicy, language: Language
) -> str:
    """What it would have taken not to be criticised, or what a commendation rests on."""
    zh = language == "zh"
    if score.verdict is not NoticeVerdict.CRITICISED:
        return ""
    if score.missing and policy.incomplete in ("worst", "criticised"):
        return "报送全部数据" if zh else "report every figure"
    if policy.choose == "threshold":
        return (
            f"得分不再满足 {policy.criticised}"
            if zh
            else f"a score that is not {policy.criticised}"
        )
    spared = [
        one
        for one in scores
        if one.total is not None and one.verdict is not NoticeVerdict.CRITICISED
    ]
    if policy.choose not in ("rank", "share") or not spared:
        return ""
    return (
        f"得分高于{rounded(spared[-1].total)}（{spared[-1].unit}）"
        if zh
        else f"a score above {rounded(spared[-1].total)} ({spared[-1].unit})"
    )


def reason(
    score: Score, scores: Sequence[Score], bases: Sequence[Baseline], language: Language
) -> str:
    """The reason a notice carries: the place, the figures, and what was not reported."""
    rated = sum(one.rank is not None for one in scores)
    said = [place(score, rated, len(scores), language)]
    if score.missing:
        said.insert(0, silence(score, language))
    outside = dict(score.outside)
    for base in bases:
        figure = score.figures.get(base.indicator.id)
        if figure is None:
            continue
        if base.indicator.id in outside:
            said.append(figure_line(base, figure, language))
        else:
            name = base.indicator.title[language]
            shown_as = f" {figure.numerator}/{figure.denominator}"
            said.append(name + (_NOTHING[language] if figure.nothing else shown_as))
    return ("；" if language == "zh" else "; ").join(said)


def explanation(
    score: Score,
    scores: Sequence[Score],
    bases: Sequence[Baseline],
    policy: NoticePolicy,
    language: Language,
) -> str:
    """Everything on one unit's place and verdict, a line each."""
    zh = language == "zh"
    rated = sum(one.rank is not None for one in scores)
    verdict = score.verdict
    named = "不发通报" if zh else "no notice"
    if verdict is not None:
        named = verdict.zh if zh else verdict.value
    lines = [f"{score.unit} {named}：" if zh else f"{score.unit} {named}:"]
    lines.append(place(score, rated, len(scores), language))
    lines += [silence(score, language)] if score.missing else []
    for base in bases:
        figure = score.figures.get(base.indicator.id)
        if figure is None:
            continue
        lines.append(figure_line(base, figure, language))
        if base.spread > 1:
            lines[-1] += (
                f"（离散为偶然的{rounded(base.spread)}倍，范围已放宽）"
                if zh
                else f" (limits widened: units vary {rounded(base.spread)} times as luck does)"
            )
        if policy.estimates == "shrunken" and figure.denominator:
            lines[-1] += (
                f"（按收缩估计{shown(base.shrunken(figure), base)}计分）"
                if zh
                else f" (scored by the shrunken estimate {shown(base.shrunken(figure), base)})"
            )
    enough = sufficed(score, scores, policy, language)
    if enough:
        lines.append(f"不被批评所需：{enough}" if zh else f"not to be criticised: {enough}")
    return "\n  ".join(lines)
