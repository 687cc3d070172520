"""One call says whether a pack or an engine keeps what the library promises of it.

`check_pack` and `check_engine` try everything and raise one error that names each failed
check, the rule, and what to do. `pack_checks` and `engine_checks` give the same checks one
by one, so that a test runner shows them one by one::

    @pytest.mark.parametrize("check", pack_checks(pack), ids=str)
    def test_the_pack_conforms(check):
        check()
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterable, Iterator
from importlib import resources
from importlib.metadata import EntryPoint

from antipoverty._policy.discovery import loaded, not_installed, offered
from antipoverty.engines import Engine
from antipoverty.errors import AntipovertyError
from antipoverty.plugins import installed
from antipoverty.rules import Pack
from antipoverty.testing._conformance import engine_checks as _engine_checks
from antipoverty.testing._conformance import pack_checks as _pack_checks
from antipoverty.testing._conformance.checks import Check, run_all
from antipoverty.testing._conformance.dirty import Dirty, dirty_tables, set_aside_alike
from antipoverty.testing._conformance.doors import doors_agree
from antipoverty.testing._conformance.engines import over_tables
from antipoverty.testing._search.subject import of_type, some
from antipoverty.testing.cases import Case, read_cases
from antipoverty.testing.judgements import FOLDER, JudgementCase, read_judgement_cases

AnyCase = Case | JudgementCase
"""A case of a rule, or of a judgement rule."""

Given = Pack | Callable[[], Pack] | str
"""A pack, the function that makes it, or the name under which it is installed."""


def pack_checks(
    pack: Given,
    *,
    cases: Iterable[AnyCase] | None = None,
    examples: int = 25,
    timeout: float = 60.0,
) -> tuple[Check, ...]:
    """Give every check of a pack, to be called one by one.

    Args:
        pack: The pack, the function that makes it, or the name it is installed under.
            Whether it is made the same way each time is only seen from the latter two.
        cases: Its cases, of both sorts; those it ships by default: ``cases/*.toml`` in the
            package of its entry point, or in the folder of the entry point's own name
            there, and those of judgement rules in ``judgements`` below.
        examples: How many draws of households each check of the engines tries.
        timeout: Seconds an installed pack may take to load.

    Raises:
        UnknownPackError: None is installed under the name.
        InvalidCasesError: The cases of a pack in hand cannot be read.
    """
    if isinstance(pack, str):
        names = _installed_names()
        if pack not in names:
            raise not_installed(pack, names)
        return checks_of_installed(pack, cases=cases, examples=examples, timeout=timeout)
    found, made = (pack, None) if isinstance(pack, Pack) else (_made(pack), pack)
    if cases is None:
        entries = [one for one in offered()[0] if one.name == found.id]
        cases = _of_entry(entries[0], found) if entries else ()
    return _all(found, made, cases, examples)


def checks_of_installed(
    name: str,
    *,
    cases: Iterable[AnyCase] | None = None,
    examples: int = 25,
    timeout: float = 60.0,
) -> tuple[Check, ...]:
    """Give every check of an installed pack; one that does not load has one check, which fails.

    Args:
        name: The name it is installed under.
        cases: Its cases; those it ships by default.
        examples: How many draws of households each check of the engines tries.
        timeout: Seconds it may take to load, in a process of its own.
    """
    entries, double = offered()
    if name in double:
        return (_loads(name, double[name]),)
    entry = next(one for one in entries if one.name == name)
    try:
        installed(timeout=timeout, entries=[entry])[name]
        pack = loaded(entry)
        listed = _of_entry(entry, pack) if cases is None else cases
    except AntipovertyError as problem:
        return (_loads(name, problem),)
    return (_loads(name, None), *_all(pack, lambda: loaded(entry), listed, examples))


def _all(
    pack: Pack, made: Callable[[], Pack] | None, cases: Iterable[AnyCase], examples: int
) -> tuple[Check, ...]:
    some(examples, "examples")
    listed = tuple(cases)
    return tuple(_pack_checks.checks_of(pack, made=made, cases=listed, examples=examples))


def check_pack(
    pack: Given,
    *,
    cases: Iterable[AnyCase] | None = None,
    examples: int = 25,
    timeout: float = 60.0,
) -> tuple[Check, ...]:
    """Check all that a pack must keep, in one call.

    Args:
        pack: The pack, the function that makes it, or the name it is installed under.
        cases: Its cases; those it ships by default.
        examples: How many draws of households each check of the engines tries.
        timeout: Seconds an installed pack may take to load.

    Returns:
        The checks that were passed.

    Raises:
        NotConformingError: Every failed check, with the rule and what to do.
    """
    checks = pack_checks(pack, cases=cases, examples=examples, timeout=timeout)
    return run_all(checks[0].of, checks)


def engine_checks(
    engine: Engine,
    *,
    name: str = "",
    packs: Iterable[Pack] = (),
    examples: int = 40,
) -> tuple[Check, ...]:
    """Give every check of an engine, to be called one by one.

    Args:
        engine: It judges households by a pack on a day; what reads tables becomes one by
            `over_tables`.
        name: What messages call it; the function's own name by default.
        packs: Packs that it must answer as well.
        examples: How many draws each check tries.
    """
    some(examples, "examples")
    called = name or getattr(engine, "__name__", type(engine).__name__)
    return tuple(_engine_checks.checks_of(engine, called, packs=packs, examples=examples))


def check_engine(
    engine: Engine,
    *,
    name: str = "",
    packs: Iterable[Pack] = (),
    examples: int = 40,
) -> tuple[Check, ...]:
    """Check that an engine gives the reference's answers, in one call.

    Args:
        engine: It judges households by a pack on a day; what reads tables becomes one by
            `over_tables`.
        name: What messages call it; the function's own name by default.
        packs: Packs that it must answer as well.
        examples: How many draws each check tries.

    Returns:
        The checks that were passed.

    Raises:
        NotConformingError: Every failed check, each with a smallest counterexample.
    """
    checks = engine_checks(engine, name=name, packs=packs, examples=examples)
    return run_all(checks[0].of, checks)


# --- installed packs ------------------------------------------------------------------


def _installed_names() -> list[str]:
    entries, double = offered()
    return [*(one.name for one in entries), *double]


def _made(make: Callable[[], Pack]) -> Pack:
    promise = "a pack is given as a Pack, a function that makes one, or its installed name"
    found = make() if callable(make) else make
    of_type(found, (Pack,), promise)
    return found


def _loads(name: str, problem: AntipovertyError | None) -> Check:
    def tried() -> None:
        if problem is not None:
            raise problem

    return Check(f"pack {name!r}", "loads", "let it load from its own files, at once", tried)


def _of_entry(entry: EntryPoint, pack: Pack) -> tuple[AnyCase, ...]:
    folders = ("cases", f"{entry.attr}/cases")
    judged = [f"{folder}/{FOLDER}" for folder in folders]
    return (
        *shipped_cases(entry.module, pack, *folders),
        *(
            case
            for text in _shipped(entry.module, judged)
            for case in read_judgement_cases(text, pack)
        ),
    )


def shipped_cases(package: str, pack: Pack, *folders: str) -> tuple[Case, ...]:
    """Read the cases that a package holds for a pack.

    Args:
        package: The package's name, such as ``mian_county``.
        pack: The pack.
        folders: Where in the package to look for ``*.toml``; ``cases`` by default.

    Raises:
        InvalidCasesError: A file of them cannot be read.
    """
    texts = _shipped(package, folders or ("cases",))
    return tuple(case for text in texts for case in read_cases(text, pack))


def _shipped(package: str, folders: Iterable[str]) -> Iterator[str]:
    """The text of every ``*.toml`` in some folders of a package, in order of name."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.submodule_search_locations is None:
        return
    for folder in folders:
        place = resources.files(package).joinpath(folder)
        files = place.iterdir() if place.is_dir() else ()
        for file in sorted(files, key=lambda one: one.name):
            if file.name.endswith(".toml"):
                yield file.read_text(encoding="utf-8")


__all__ = [
    "Check",
    "Dirty",
    "check_engine",
    "check_pack",
    "checks_of_installed",
    "dirty_tables",
    "doors_agree",
    "engine_checks",
    "over_tables",
    "pack_checks",
    "set_aside_alike",
    "shipped_cases",
]
