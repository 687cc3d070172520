"""A pack file is TOML that an official can read: every problem in it is found at once.

The form is checked first and the meaning after, so a report lists mistyped keys, wrong
units, unknown facts and missing sources together, each with the rule or parameter it is in.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import attrs
from pydantic import ValidationError

from antipoverty._base.provenance import Source
from antipoverty._base.refusals import refusal
from antipoverty._base.tomlfiles import read_toml, toml_fault
from antipoverty._policy.amounts import Amount
from antipoverty._policy.extending import Extends, Extension, extend
from antipoverty._policy.judgement_rules import JudgementRule
from antipoverty._policy.ladders import Ladder, Tier
from antipoverty._policy.pack import Pack
from antipoverty._policy.pack_forms import (
    AmountForm,
    FileForm,
    GivenFile,
    JudgementForm,
    KindForm,
    LadderForm,
    ParameterForm,
    PatternForm,
    RuleForm,
    TierForm,
    ValueForm,
)
from antipoverty._policy.parts import (
    Parameter,
    ParameterValue,
    RecordKind,
    Rule,
    parameter_number,
)
from antipoverty._policy.signals import Pattern, Tally
from antipoverty.conditions import parse, parse_value
from antipoverty.errors import (
    AntipovertyError,
    InvalidArgumentError,
    InvalidPackError,
    InvalidRuleError,
    UnknownReferenceError,
    did_you_mean,
    phrase,
    phrases,
)
from antipoverty.model import Household, Schema, Unit, schema_of

_Made = TypeVar("_Made")


def pack_from_toml(
    text: str, *, model: type[Household] = Household, parent: Pack | None = None
) -> Pack:
    """Read a pack from the text of a TOML file.

    Args:
        text: The file's text; its form is described in the reference of pack files.
        model: The household model the rules read; with a parent it is the parent's.
        parent: The pack that a file with ``[extends]`` builds on.

    Raises:
        InvalidPackError: Every problem of the file; no pack is made.
    """
    if parent is not None:
        return extend(parent, extension_from_toml(text, parent))
    raw = _raw(text, "the pack file")
    form, problems = _formed(raw)
    reader = _Reader(form, schema_of(model), _ids(raw, "sources"), problems)
    parts = reader.parts(raw)
    if form.extends is not None:
        problems.append(
            InvalidRuleError(
                "it builds on the pack {pack!r}, which has to be given beside it",
                pack=form.extends.pack,
            )
        )
    elif form.values:
        problems.append(InvalidRuleError("[[values]] adds to the pack that [extends] names"))
    pack: Pack | None = None
    try:
        pack = Pack(
            form.pack.id,
            form.pack.title,
            version=form.pack.version,
            area=form.pack.area,
            departments=form.departments,
            risks=form.risks,
            model=model,
            **parts,
        )
    except InvalidPackError as more:
        made = {part.id for listed in parts.values() for part in listed}
        given = _ids(
            raw, "rules", "parameters", "kinds", "judgements", "ladders", "departments", "risks"
        )
        unreadable = given - made - set(form.departments) - set(form.risks)
        problems.extend(
            one
            for one in more.problems
            if not (isinstance(one, UnknownReferenceError) and one.name in unreadable)
        )
    except AntipovertyError as problem:
        problems.append(problem.within("[pack]"))
    if problems or pack is None:
        if form.pack.id == _UNNAMED["id"]:
            raise InvalidPackError("the pack file cannot be used", problems)
        raise InvalidPackError("the pack file of {id!r} cannot be used", problems, id=form.pack.id)
    return pack


def extension_from_toml(text: str, parent: Pack) -> Extension:
    """Read what a file with ``[extends]`` adds to a pack; `extend` puts several on one.

    Args:
        text: The file's text.
        parent: The pack it builds on, whose model its rules read.

    Raises:
        InvalidPackError: Every problem of the file.
    """
    raw = _raw(text, "the pack file")
    form, problems = _formed(raw)
    reader = _Reader(form, schema_of(parent.model), _ids(raw, "sources"), problems)
    parts = reader.parts(raw)
    values: dict[str, list[ParameterValue]] = {}
    for each in form.values:
        known = parent.parameters.get(each.parameter)
        made = reader.value(each, known.unit if known else Unit(), f"value of {each.parameter!r}")
        values.setdefault(each.parameter, []).extend(_made([made]))
    extends = form.extends
    if "extends" not in raw:
        problems.append(InvalidRuleError("it has no [extends], so it is a pack of its own"))
    found: list[Extension] = []
    try:
        found.append(
            Extension(
                id=form.pack.id,
                title=form.pack.title,
                extends=Extends(**({"pack": ""} if extends is None else dict(extends))),
                area=form.pack.area,
                version=form.pack.version,
                values=values,
                departments=form.departments,
                risks=form.risks,
                **parts,
            )
        )
    except AntipovertyError as problem:
        problems.append(problem.within("[pack]"))
    if problems:
        raise InvalidPackError("the pack file of {id!r} cannot be used", problems, id=form.pack.id)
    return found[0]


def parent_of(text: str) -> str | None:
    """Name the pack that a file builds on; ``None`` where it builds on none or cannot be read."""
    try:
        extends = read_toml(text).get("extends")
    except tomllib.TOMLDecodeError:
        return None
    name = extends.get("pack") if isinstance(extends, dict) else None
    return name if isinstance(name, str) else None


def _raw(text: str, what: str) -> dict[str, Any]:
    if not isinstance(text, str):
        raise InvalidArgumentError(
            "give the text of {what}, not {name}", what=what, name=type(text).__name__
        )
    try:
        return read_toml(text)
    except tomllib.TOMLDecodeError as problem:
        reason = toml_fault(problem)
    raise InvalidPackError("{what} is not TOML", [InvalidRuleError(reason)], what=what)


def _ids(raw: dict[str, Any], *sections: str) -> set[str]:
    """The ids that sections of the file give, also those of entries that cannot be read."""
    found: set[str] = set()
    for section in (raw.get(name, ()) for name in sections):
        if isinstance(section, dict):
            found |= set(section)
        elif isinstance(section, list):
            found |= {
                str(each["id"]) for each in section if isinstance(each, dict) and "id" in each
            }
    return found


def values_from_toml(text: str, pack: Pack) -> Pack:
    """Give a pack more values of its parameters, from the text of a TOML file.

    Each ``[[values]]`` has ``parameter, value, since, until, source`` and, where it
    matters, ``area, status, grade``; here ``source`` is the title itself.

    Raises:
        InvalidPackError: Every problem of the file.
    """
    raw = _raw(text, "the file of values")
    try:
        form = GivenFile.model_validate(raw)
    except ValidationError as errors:
        listed = [
            InvalidRuleError(
                "{place}: {problem}", place=_place(raw, error["loc"]), problem=refusal(error)
            )
            for error in errors.errors(include_input=False, include_url=False)
        ]
        raise InvalidPackError("the file of values cannot be read", listed) from None
    problems: list[AntipovertyError] = []
    for given in form.values:
        empty = [key for key in ("value", "source") if getattr(given, key) == ""]
        if empty:
            problems.append(
                InvalidRuleError(
                    "{parameter!r}: {empty} not filled in",
                    parameter=given.parameter,
                    empty=" and ".join(empty),
                )
            )
            continue
        try:
            pack = pack.with_value(
                given.parameter,
                given.value,
                since=given.since,
                until=None if given.until == "open" else given.until,
                source=Source(given.source, given.status, given.grade),
                area=given.area,
            )
        except AntipovertyError as problem:
            problems.append(problem)
    if problems:
        raise InvalidPackError("the values cannot be used", problems)
    return pack


_NEVER = parse("household_id is not known")
"""Stands in for a condition that cannot be read, so that the rest of its rule is checked."""


def _made(parts: Iterable[_Made | None]) -> list[_Made]:
    return [part for part in parts if part is not None]


_UNNAMED = {"id": "unnamed", "title": "?"}
"""Stands in for what a pack does not say of itself, so that the rest of the file is checked."""


def _formed(raw: dict[str, Any]) -> tuple[FileForm, list[AntipovertyError]]:
    """Check the form; what does not fit is reported and left out, or stood in for."""
    problems: list[AntipovertyError] = []
    try:
        return FileForm.model_validate(raw), problems
    except ValidationError as errors:
        spoiled: set[tuple[int | str, ...]] = set()
        for error in errors.errors(include_input=False, include_url=False):
            said, name = refusal(error), str(error["loc"][0])
            if error["type"] == "extra_forbidden" and len(error["loc"]) == 1:
                said = phrase(
                    "there is no such section{near}", near=did_you_mean(name, FileForm.model_fields)
                )
            problems.append(
                InvalidRuleError(
                    "{place}: {problem}", place=_place(raw, error["loc"]), problem=said
                )
            )
            spoiled.add(error["loc"][:2])
    kept: dict[str, Any] = {}
    for key, section in raw.items():
        if (key,) in spoiled:
            continue
        if isinstance(section, list):
            kept[key] = [e for i, e in enumerate(section) if (key, i) not in spoiled]
        else:
            kept[key] = {k: v for k, v in section.items() if (key, k) not in spoiled}
    if any(place[0] == "extends" for place in spoiled):  # what it builds on is known whole or not
        kept.pop("extends", None)
    kept["pack"] = _UNNAMED | kept.get("pack", {})
    return FileForm.model_validate(kept), problems


def _place(raw: Any, place: tuple[int | str, ...]) -> str:
    """Name a place in the file by the ids along it: rule 'x', key when."""
    words: list[str] = []
    for key in place:
        try:
            raw = raw[key]
        except (KeyError, IndexError, TypeError):
            raw = None
        if isinstance(key, int):
            id_ = raw.get("id") if isinstance(raw, dict) else None
            words.append(repr(id_) if id_ else phrase("number {number}", number=key + 1))
        else:
            words.append(str(key))
    return phrases(words, " ")


@attrs.frozen
class _Reader:
    """Makes the parts of a pack from their forms and collects what is wrong."""

    form: FileForm
    schema: Schema
    sources: set[str]
    problems: list[AntipovertyError]

    def _try(self, what: str, make: Callable[[], _Made]) -> _Made | None:
        try:
            return make()
        except AntipovertyError as problem:
            self.problems.append(problem.within(what))
            return None

    def source(self, name: str, what: str) -> Source:
        """Find a source; an unknown one is a problem, and another stands in for it."""
        if name in self.form.sources:
            return self.form.sources[name]
        if name not in self.sources:
            self.problems.append(
                UnknownReferenceError(
                    "{what} names the source {name!r}, which the file does not have{near}",
                    what=what,
                    name=name,
                    near=did_you_mean(name, self.form.sources),
                )
            )
        return Source(name or "?")

    def parts(self, raw: dict[str, Any]) -> dict[str, list[Any]]:
        """Make all parts of the file that can be made, as a pack takes them."""
        rules = _made(map(self.rule, self.form.rules))
        self.left_out(raw.get("rules"))
        return {
            "rules": rules,
            "parameters": _made(map(self.parameter, self.form.parameters)),
            "kinds": _made(map(self.kind, self.form.kinds)),
            "judgements": _made(map(self.judgement, self.form.judgements)),
            "ladders": _made(map(self.ladder, self.form.ladders)),
        }

    def kind(self, form: KindForm) -> RecordKind | None:
        return self._try(
            f"record kind {form.id!r}",
            lambda: RecordKind(form.id, form.title, form.department, form.every),
        )

    def parameter(self, form: ParameterForm) -> Parameter | None:
        what = f"parameter {form.id!r}"
        unit = self._try(what, lambda: Unit.parse(form.unit))

        values = [self.value(each, unit or Unit(), what) for each in form.values]
        if unit is None or None in values:
            return None
        return self._try(
            what, lambda: Parameter(form.id, form.title, unit, _made(values), form.note)
        )

    def value(self, each: ValueForm, unit: Unit, what: str) -> ParameterValue | None:
        def make() -> ParameterValue:
            source = self.source(each.source, what)
            try:
                return ParameterValue(
                    value=parameter_number(each.value, unit),
                    since=each.since,
                    until=None if each.until == "open" else each.until,
                    source=source,
                    area=each.area,
                )
            except AntipovertyError as problem:
                raise problem.within(phrase("value since {since}", since=each.since)) from None

        return self._try(what, make)

    def rule(self, form: RuleForm) -> Rule | None:
        what = f"rule {form.id!r}"
        when = self._try(what, lambda: parse(form.when, self.schema))
        amount = None if form.amount is None else self.amount(form.amount, what)
        source = self.source(form.source, what)

        def make() -> Rule:
            return Rule(
                id=form.id,
                title=form.title,
                department=form.department,
                when=_NEVER if when is None else when,
                severity=form.severity,
                source=source,
                since=form.since,
                until=form.until,
                area=form.area,
                risk=form.risk,
                category=form.category,
                advice=form.advice,
                amount=amount,
                supersedes=form.supersedes,
                instead_of=form.instead_of,
            )

        return self._try(what, make)

    def amount(self, form: AmountForm, what: str) -> Amount | None:
        return self._try(
            f"{what}: amount",
            lambda: Amount(parse_value(form.value, self.schema), form.unit, form.period),
        )

    def left_out(self, entries: Any) -> None:
        """Read the conditions of rules whose form does not fit, so that they are checked too."""
        known = {form.id for form in self.form.rules}
        for one in entries if isinstance(entries, list) else ():
            if isinstance(one, dict) and isinstance(one.get("when"), str):
                name = one.get("id")
                if name not in known:
                    self._try(f"rule {name!r}", functools.partial(parse, one["when"], self.schema))

    def ladder(self, form: LadderForm) -> Ladder | None:
        what = f"ladder {form.id!r}"
        tiers = [self.tier(each, f"{what}: tier {each.id!r}") for each in form.tiers]
        if None in tiers:
            return None
        return self._try(
            what,
            lambda: Ladder(
                id=form.id,
                title=form.title,
                tiers=_made(tiers),
                source=self.source(form.source, what),
                since=form.since,
                until=form.until,
                area=form.area,
            ),
        )

    def tier(self, form: TierForm, what: str) -> Tier | None:
        def make() -> Tier:
            when = None if form.when is None else parse(form.when, self.schema)
            if (when is None) is (form.rule is None):
                raise InvalidRuleError("it has `when`, or `rule` whose condition it takes")
            return Tier(id=form.id, title=form.title, when=when, rule=form.rule)

        return self._try(what, make)

    def judgement(self, form: JudgementForm) -> JudgementRule | None:
        what = f"judgement rule {form.id!r}"

        def make() -> JudgementRule:
            return JudgementRule(
                id=form.id,
                title=form.title,
                concludes=form.concludes,
                severity=form.severity,
                source=self.source(form.source, what),
                since=form.since,
                until=form.until,
                area=form.area,
                need=map(_pattern, form.need),
                where=form.where,
                within=form.within,
                count=(
                    Tally(of=_pattern(c.of), at_least=c.at_least, distinct=c.distinct)
                    for c in form.count
                ),
                lack=map(_pattern, form.lack),
                given=form.given,
                unless=form.unless,
                category=form.category,
                advice=form.advice,
            )

        return self._try(what, make)


def _pattern(form: PatternForm) -> Pattern:
    return Pattern(**dict(form))
