"""Values that a pack needs on a day and does not have: told first, and written to be filled in.

A value that a province, a city or a county sets is *required*: the pack says its unit, who
sets it and by which text, and gives none.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date, timedelta

import attrs

from antipoverty._base.days import days
from antipoverty._policy.ladders import Ladder
from antipoverty._policy.parts import Parameter, Rule
from antipoverty.conditions import params_read, quantity
from antipoverty.errors import ParameterNotSetError, phrase, phrases


@attrs.frozen
class Lacking:
    """A value that is needed.

    Attributes:
        parameter: The parameter.
        area: Where it is needed; empty for the whole of a pack without an area.
        rules: The ids of the rules that read it.
        day: The day it is needed on.
    """

    parameter: Parameter
    area: str
    rules: tuple[str, ...]
    day: date

    @property
    def ended(self) -> date | None:
        """The last day of the last value before; ``None`` where there was none."""
        ends = [one.until for one in self.parameter.values if one.until and one.until < self.day]
        return max(ends, default=None)

    @property
    def elsewhere(self) -> tuple[str, ...]:
        """The areas that have a value on the day."""
        return tuple(sorted({one.area for one in self.parameter.values if one.on(self.day)}))

    def __str__(self) -> str:
        told = ""
        if self.elsewhere:
            told = phrase(
                "; there is one for {elsewhere} alone", elsewhere=", ".join(self.elsewhere)
            )
        elif self.ended is not None:
            told = phrase("; the last value ended {ended}", ended=self.ended)
        where = self.area or "all areas"
        return phrase(
            "{id!r} in {where} (read by {rules}{told})",
            id=self.parameter.id,
            where=where,
            rules=", ".join(self.rules),
            told=told,
        )


def values_lacking(
    rules: Iterable[Rule | Ladder], parameters: Mapping[str, Parameter], area: str, day: date
) -> tuple[Lacking, ...]:
    """List the values that rules in force need on a day, for the places where they are needed."""
    found: dict[tuple[str, str], list[str]] = {}
    for rule in rules:
        place = max(rule.area, area, key=len)
        for name in params_read(*rule.trees):
            if parameters[name].at(place, day) is None:
                found.setdefault((name, place), []).append(rule.id)
    return tuple(
        Lacking(parameters[name], place, tuple(names), day)
        for (name, place), names in sorted(found.items())
    )


def not_set(pack: str, day: date, found: Iterable[Lacking]) -> ParameterNotSetError:
    """Make the error of a day for which values lack: first which, and how to give them."""
    listed = tuple(found)
    names = ", ".join(dict.fromkeys(one.parameter.id for one in listed))
    ends = [one.ended for one in listed if one.ended is not None]
    ended = phrase(" (its last ended on {ends})", ends=max(ends)) if ends else ""
    return ParameterNotSetError(
        "the pack {pack!r} has no value on {day} of {names}{ended}; write the form with "
        "`antipoverty rules values --pack {pack} --as-of {day} --out values.toml`, fill it in and "
        "give it with --values, or in Python with pack.with_value(...). A neighbouring year's "
        "value is never used. Needed: {listed}",
        pack=pack,
        day=day,
        names=names,
        ended=ended,
        listed=phrases(map(str, listed)),
    )


@days
def values_form(pack: str, day: date, found: Iterable[Lacking]) -> str:
    """Write the values that are needed as a file to fill in, with unit, source and last value."""
    lines = [
        f"# {pack}：{day} 所需而未定的标准值。",
        "# 填写 value、since、until、source 后用 --values 指定本文件；留空的一律不用。",
        f"# Values that {pack} needs on {day}. Fill in value, since, until and source, and",
        "# give the file with --values. Nothing is guessed: an entry left empty is refused.",
    ]
    for one in found:
        parameter, unit = one.parameter, one.parameter.unit
        lines += ["", "[[values]]", f"# {parameter.title.zh} / {parameter.title.en}"]
        lines.append(f"# 单位 unit: {unit}{f'（{unit.zh}）' if unit.zh else '（纯数）'}")
        if parameter.note is not None:
            lines += [f"# 依据：{parameter.note.zh}", f"# Set by: {parameter.note.en}"]
        for value in sorted(parameter.values, key=lambda each: each.since)[-1:]:
            shown = quantity(value.value, unit, "zh")
            days = f"{value.since} – {value.until or '…'}"
            lines.append(f"# 上一个 the last: {shown}，{value.area or '*'}，{days}")
        since = one.day.replace(month=1, day=1)
        if one.ended is not None:
            since = max(since, one.ended + timedelta(days=1))
        lines += [
            f"# 用于 read by: {', '.join(one.rules)}",
            f"parameter = {json.dumps(parameter.id)}",
            *([f"area = {json.dumps(one.area)}"] if one.area else []),
            'value = ""',
            f"since = {since}",
            f"until = {since.replace(month=12, day=31)}",
            'source = ""',
            'status = "published"',
        ]
    return "\n".join(lines) + "\n"


__all__ = ["Lacking", "not_set", "values_form", "values_lacking"]
