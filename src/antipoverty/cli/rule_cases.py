"""``rules cases`` writes the cases that pin a pack down; ``rules mutate`` asks what they miss."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from antipoverty._base.csvfiles import read_text
from antipoverty.cli._language import spoken
from antipoverty.cli._shell import (
    NO,
    JsonFlag,
    ValuesFile,
    day_option,
    print_json,
    progress,
    read_pack,
)
from antipoverty.cli._tables import console, print_line, print_table
from antipoverty.errors import VacuousLawError
from antipoverty.rules import Pack
from antipoverty.testing.cases import read_case_files
from antipoverty.testing.judgements import FOLDER, read_judgement_files
from antipoverty.testing.mutation import (
    JudgementMutant,
    Mutant,
    Mutation,
    StatedMutant,
    mutate,
    mutate_judgements,
    mutate_stated,
    read_equivalents,
)
from antipoverty.testing.witnesses import boundary_cases, cases_to_toml

M = TypeVar("M", Mutant, JudgementMutant, StatedMutant)

Name = Annotated[str, typer.Argument(help="An installed pack's name, or the path of a pack file.")]
Rules = Annotated[
    list[str] | None,
    typer.Option("--rule", metavar="ID", help="A rule's id; all rules by default. Repeatable."),
]


def register(rules: typer.Typer) -> None:
    """Add the commands."""
    rules.command("cases")(write_cases)
    rules.command("mutate")(find_missed)


def write_cases(
    pack: Name,
    rule: Rules = None,
    as_of: Annotated[
        date | None,
        day_option("--as-of", "The day of the answers; by default the first with all values."),
    ] = None,
    values: ValuesFile = None,
    out: Annotated[Path | None, typer.Option(help="Where to write; else it is printed.")] = None,
) -> None:
    """Write the cases that pin rules down: both sides of each threshold, each fact missing."""
    policy = read_pack(pack, values)
    running = policy.rules if as_of is None else [one.id for one in policy.on(as_of).rules]
    tables = [boundary_cases(id_, policy, as_of=as_of) for id_ in rule or running]
    text = cases_to_toml(tables, note=f"{policy.title.zh} / {policy.title.en} ({policy.id})")
    if out is None:
        console().out(text, end="", highlight=False)
        return
    out.write_text(text, encoding="utf-8")
    print_table(
        f"{out}: {policy.id}",
        ("rule", "test cases", "not pinned"),
        (
            (
                one.rule.id,
                len(one),
                "\n".join(f"{left.part}: {spoken(left.reason)}" for left in one.unpinned),
            )
            for one in tables
        ),
    )


def find_missed(
    pack: Name,
    tests: Annotated[
        Path,
        typer.Option(help="Folder of the pack's case files (*.toml); in it 'judgements', if any."),
    ],
    rule: Rules = None,
    equivalents: Annotated[
        Path | None, typer.Option(help="TOML of changes that no household tells, with reasons.")
    ] = None,
    values: ValuesFile = None,
    json: JsonFlag = False,
) -> None:
    """Change one thing of the rules at a time and report what the cases do not notice.

    The exit code is 1 when they miss something.
    """
    policy = read_pack(pack, values)
    listed = read_equivalents(read_text(equivalents)) if equivalents else None
    prove = prover()
    judged, plain, stating = _apart(rule, policy)
    cases = read_case_files(tests, policy)
    with progress("mutants") as told:
        found = _if_any(
            lambda: mutate(
                policy, cases, rules=plain, equivalents=listed, prove=prove, progress=told
            )
        )
    together_cases = read_judgement_files(tests / FOLDER, policy)
    with progress("judgement mutants") as told:
        together = _if_any(
            lambda: mutate_judgements(
                policy, together_cases, rules=judged, equivalents=listed, progress=told
            )
        )
    with progress("mutants of amounts and tiers") as told:
        stated = _if_any(
            lambda: mutate_stated(policy, cases, ids=stating, equivalents=listed, progress=told)
        )
    both: Found = (found, together, stated)
    if not any(one.mutants for one in both):
        raise VacuousLawError(
            "the pack {id!r} has no rule to change; its cases say nothing", id=policy.id
        )
    if json:
        print_json(_document(both, proved=prove is not None))
    else:
        _show(both, proved=prove is not None)
    if any(one.survivors for one in both):
        raise typer.Exit(NO)


def _if_any(tried: Callable[[], Mutation[M]]) -> Mutation[M]:
    """What was tried of one sort of change; a pack may have none of it."""
    try:
        return tried()
    except VacuousLawError:
        return Mutation(0, (), ())


Found = tuple[Mutation[Mutant], Mutation[JudgementMutant], Mutation[StatedMutant]]


def _apart(ids: list[str] | None, pack: Pack) -> tuple[list[str] | None, ...]:
    """Tell judgement rules, other rules and ladders apart; what is none is left to be refused."""
    if ids is None:
        return None, None, None
    judged = [one for one in ids if one in pack.judgements]
    stating = [one for one in ids if one in pack.rules or one in pack.ladders]
    aside = {*judged, *(one for one in ids if one in pack.ladders)} - {*pack.rules}
    return judged, [one for one in ids if one not in aside], stating


def prover() -> Callable[[Mutant], bool] | None:
    """What proves that a mutant is equivalent, where the extra ``proofs`` is installed."""
    if importlib.util.find_spec("z3") is None:
        return None
    from antipoverty.testing.proofs import is_equivalent

    return is_equivalent


def _document(found: Found, *, proved: bool) -> dict[str, object]:
    return {
        "mutants": sum(one.mutants for one in found),
        "noticed": sum(one.noticed for one in found),
        "proofs": proved,
        "survivors": [_plain(mutant) for one in found for mutant in one.survivors],
        "equivalent": [
            _plain(mutant) | {"why": why} for one in found for mutant, why in one.equivalent
        ],
    }


def _plain(mutant: Mutant | JudgementMutant | StatedMutant) -> dict[str, str]:
    return {"rule": mutant.rule.id, "kind": mutant.kind, "change": mutant.change}


def _show(found: Found, *, proved: bool) -> None:
    survivors = [mutant for one in found for mutant in one.survivors]
    equivalent = [pair for one in found for pair in one.equivalent]
    if survivors:
        print_table(
            "What no case notices",
            ("rule", "change"),
            ((one.rule.id, one.change) for one in survivors),
        )
    if equivalent:
        print_table(
            "What no household tells apart",
            ("rule", "change", "why"),
            ((one.rule.id, one.change, spoken(why)) for one, why in equivalent),
        )
    if found[0].survivors and not proved:
        print_line("Without z3 nothing was proved equivalent: install antipoverty[proofs]")
    print_line(
        "{changes:,} changes, {noticed:,} noticed, {equivalent:,} equivalent, {missed:,} missed",
        changes=sum(one.mutants for one in found),
        noticed=sum(one.noticed for one in found),
        equivalent=len(equivalent),
        missed=len(survivors),
    )
