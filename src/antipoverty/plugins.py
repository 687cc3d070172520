"""Packs that others wrote cannot stop or change a screening.

`installed` loads every installed pack in a process of its own, with a time limit, and
brings it over as data. `screen_each` screens with several packs side by side; what one
pack could not answer is undecided, with the pack's name and the code of what went wrong,
and the answers of the others are what they would be without it.
"""

from __future__ import annotations

import functools
import json
import pickle
import tempfile
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any, Generic

import attrs
import narwhals as nw

from antipoverty._base.days import days
from antipoverty._base.frames import to_native
from antipoverty._base.frozen import Frozen
from antipoverty._plugins.children import Answer, ask_each
from antipoverty._policy.data_only import MOST_BYTES, plain, read, written
from antipoverty._policy.discovery import offered
from antipoverty._screening.tables import HOUSEHOLDS, F
from antipoverty.conditions import Language
from antipoverty.errors import (
    AntipovertyError,
    BrokenPluginError,
    ForeignCodeError,
    SlowPluginError,
    UnknownHouseholdError,
    phrase,
)
from antipoverty.languages import Voice, current
from antipoverty.model import AreaTree, reference
from antipoverty.rules import Discovery, Pack, Verdict
from antipoverty.screening import Screening, Tables, screen

EVERY_RULE = "*"
"""Stands for the rule where a whole pack could not answer."""

_COLUMNS = ("household_id", "area", "pack", "rule_id", "verdict", "problem")


def installed(
    *,
    timeout: float = 30.0,
    memory: int = 2 * 2**30,
    entries: Iterable[EntryPoint] | None = None,
) -> Discovery:
    """Load every installed pack in a process of its own and bring it over as data.

    The function of a derived fact is code all the same: it runs in this process, where the fact
    is worked out. It must stand in the package of an installed pack.

    Args:
        timeout: Seconds that one pack may take to load, from the start of its process.
        memory: Bytes that it may take, where the system can limit them.
        entries: The entry points to load; those of the installed distributions by default.

    Returns:
        The packs that loaded, and for each other one its error: `SlowPluginError` when
        it took too long, `ForeignCodeError` when its rules are more than data,
        `BrokenPluginError` when it raised, took too much memory, or its process ended.
    """
    listed, broken = offered(entries)
    packs: dict[str, Pack] = {}
    commands = {
        one.name: ("antipoverty._plugins.loading", str(memory), one.name, one.value)
        for one in listed
    }
    packages = {one.value.partition(":")[0].partition(".")[0] for one in listed}
    for name, answer in ask_each(commands, timeout, MOST_BYTES).items():
        called = phrase(
            "the installed pack {name!r} ({commands})", name=name, commands=commands[name][-1]
        )
        try:
            packs[name] = _of_their_own(called, _pack(called, answer, timeout), packages)
        except AntipovertyError as problem:
            broken[name] = problem
    return Discovery(Frozen(packs), Frozen(dict(sorted(broken.items()))), plain=True)


def _pack(called: str, answer: Answer, timeout: float) -> Pack:
    """The pack that a child said, or what became of the child, as an error."""
    told = _line(called, "load", answer, timeout)
    if told[1:7] == b'"pack"':
        try:
            return read(told.removeprefix(b'{"pack": ').removesuffix(b"}"))
        except AntipovertyError as found:
            raise found.within(called) from None
    try:
        given = json.loads(told)
        code, message = str(given["code"]), str(given["message"])
    except (KeyError, TypeError, ValueError):
        code, message = "", "what it said cannot be read"
    kind = ForeignCodeError if code == ForeignCodeError.code else BrokenPluginError
    raise kind(phrase("{called} could not be loaded: {message}", called=called, message=message))


def _of_their_own(called: str, pack: Pack, packages: Collection[str]) -> Pack:
    """Refuse a function that stands elsewhere: a text must not reach any code there is."""
    schema = pack.schema
    for table in (schema.household, *schema.tables.values()):
        for field in table.fields.values():
            place = "" if field.about.derive is None else reference(field.about.derive.by)
            if place and place.partition(":")[0].partition(".")[0] not in packages:
                raise ForeignCodeError(
                    "{called}: {path} is derived by {place}, which stands in no package that "
                    "offers a pack; put the function into a module of the plugin",
                    called=called,
                    path=field.path,
                    place=place,
                )
    return pack


def _line(called: str, what: str, answer: Answer, timeout: float) -> bytes:
    """What a child said.

    Raises:
        SlowPluginError: It took too long.
        BrokenPluginError: It ended without saying anything, or could not be started.
    """
    if answer.line is not None:
        return answer.line
    if answer.why:
        raise BrokenPluginError(
            "{called} did not {what}: no process can be started: {why}",
            called=called,
            what=what,
            why=answer.why,
        )
    if answer.code is None:
        raise SlowPluginError(
            "{called} did not {what} in {timeout:g} seconds; give it longer, or uninstall it",
            called=called,
            what=what,
            timeout=timeout,
        )
    how = phrase("with {code}", code=answer.code)
    if answer.code < 0:
        how = phrase(
            "by signal {value}; it may have taken more memory or time than it is given",
            value=-answer.code,
        )
    raise BrokenPluginError(
        "{called} did not {what}: its process ended {how}", called=called, what=what, how=how
    )


@days
def screen_each(
    tables: Tables[F],
    packs: Discovery | Mapping[str, Pack],
    *,
    as_of: date,
    areas: AreaTree | None = None,
    timeout: float | None = None,
    memory: int = 4 * 2**30,
) -> Screenings[F]:
    """Screen with several packs side by side; one that fails leaves the others as they are.

    Args:
        tables: The households, in any frames `screen` reads, with the columns of all packs.
        packs: What `installed` found, or packs by name.
        as_of: The day the answers are for.
        areas: The known areas; a household in another is set aside.
        timeout: Seconds that one pack may take, from the start of its process. Each then
            screens in a process of its own first, which is ended when it is late or takes
            too much memory, and only with those that come through is screened: twice the
            work, on tables that fit into memory. Without it no pack is tried.
        memory: Bytes that such a process may take, where the system can limit them.
    """
    listed = packs if isinstance(packs, Discovery) else Discovery(packs, {})
    given, failed = listed.packs, dict(listed.broken)
    tables = tables.converted()
    found: dict[str, Screening[F]] = {}
    for name, pack in given.items():
        try:
            data = pack if listed.plain else plain(pack)
            if timeout is not None:
                _try(name, data, tables, (as_of, areas), timeout, memory)
            found[name] = screen(tables, data, as_of=as_of, areas=areas)
        except AntipovertyError as problem:
            failed[name] = problem
        except Exception as cause:  # a pack that breaks an engine hides no other
            failed[name] = BrokenPluginError(
                "the pack {name!r} could not be screened with: {name2}",
                name=name,
                name2=type(cause).__name__,
            )
    places = {name: given[name].area for name in failed if name in given}
    return Screenings(as_of, Frozen(found), Frozen(failed), tables, Frozen(places))


def _try(
    name: str,
    pack: Pack,
    tables: Tables[Any],
    given: tuple[date, AreaTree | None],
    timeout: float,
    memory: int,
) -> None:
    """Screen in another process, within limits.

    Raises:
        SlowPluginError: It took too long.
        BrokenPluginError: Its process ended before it had screened.
    """
    frames = {table: frame.collect("polars").to_native() for table, frame in tables.lazy().items()}
    with tempfile.TemporaryDirectory(prefix="antipoverty-") as folder:
        task = Path(folder) / "task"
        task.write_bytes(pickle.dumps((frames, written(pack), *given)))
        command = ("antipoverty._plugins.trial", str(memory), str(task))
        answer = ask_each({name: command}, timeout, MOST_BYTES)[name]
    _line(f"the pack {name!r}", "screen", answer, timeout)


@attrs.frozen(repr=False, eq=False, slots=False)
class Screenings(Generic[F]):
    """The answers of several packs for one population.

    Attributes:
        as_of: The day the answers are for.
        screenings: The answer of each pack that gave one, by name.
        failed: The error of each that gave none, by name.
    """

    as_of: date
    screenings: Mapping[str, Screening[F]]
    failed: Mapping[str, AntipovertyError]
    _tables: Tables[F]
    _places: Mapping[str, str]

    def __repr__(self) -> str:
        broken = ", ".join(f"{name} [{one.code}]" for name, one in sorted(self.failed.items()))
        return (
            f"<Screenings on {self.as_of}: {len(self.screenings)} packs answered"
            f"{f'; undecided: {broken}' if broken else ''}>"
        )

    @functools.cached_property
    def alerts(self) -> F:
        """One row per household, pack and rule that warns or is undecided.

        Columns ``household_id, area, pack, rule_id, verdict, problem``, in the kind that
        came in. A pack that failed has one undecided row for every household of its
        area (of all areas when it did not load), with ``*`` for the rule and the code of
        its error as ``problem``; elsewhere ``problem`` is empty.
        """
        parts = [
            one.lazy_alerts.with_columns(nw.lit(name).alias("pack"), nw.lit("").alias("problem"))
            for name, one in self.screenings.items()
        ]
        parts += [self._undecided(name, problem) for name, problem in self.failed.items()]
        if not parts:
            nothing = {name: nw.lit("").alias(name) for name in _COLUMNS[2:]}
            parts = [self._homes().head(0).with_columns(*nothing.values())]
        found = nw.concat([part.select(*_COLUMNS) for part in parts], how="vertical")
        native: F = to_native(found, self._tables.kind)
        return native

    def _homes(self) -> nw.LazyFrame[Any]:
        text = [nw.col(name).cast(nw.String) for name in ("household_id", "area")]
        known = ~(nw.col("household_id").is_null() | nw.col("area").is_null())
        return self._tables.lazy()[HOUSEHOLDS].select(*text).filter(known).unique()

    def _undecided(self, name: str, problem: AntipovertyError) -> nw.LazyFrame[Any]:
        return (
            self._homes()
            .filter(nw.col("area").str.starts_with(self._places.get(name, "")))
            .with_columns(
                nw.lit(name).alias("pack"),
                nw.lit(EVERY_RULE).alias("rule_id"),
                nw.lit(Verdict.UNDECIDED.value).alias("verdict"),
                nw.lit(problem.code).alias("problem"),
            )
        )

    def explain(self, household_id: str, language: Language | None = None) -> str:
        """Explain what each pack finds for one household, and which packs gave no answer."""
        language = current(language)
        say = Voice(language)
        lines = []
        for name, screening in self.screenings.items():
            head = say(f"政策包 {name}", f"pack {name}")
            try:
                lines.append(f"{head}:\n{screening.explain(household_id, language)}")
            except UnknownHouseholdError:
                lines.append(f"{head}: " + say("未判定此户", "did not judge it"))
        for name, problem in self.failed.items():
            undecided = say(f"政策包 {name}：待核实，", f"pack {name}: undecided, ")
            lines.append(f"{undecided}{problem}")
        return "\n\n".join(lines)


__all__ = ["EVERY_RULE", "Screenings", "installed", "plain", "screen_each"]
