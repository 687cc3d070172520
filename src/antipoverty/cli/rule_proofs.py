"""``rules prove`` says what holds of a pack for every household, or shows one that refutes it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, cast

import typer

from antipoverty.cli._language import languages, said
from antipoverty.cli._shell import (
    NO,
    JsonFlag,
    ValuesFile,
    day_option,
    print_json,
    print_text,
    progress,
    read_pack,
)
from antipoverty.cli._tables import print_table
from antipoverty.testing.proofs import Effort, PackProof, Proof, prove_pack
from antipoverty.testing.proofs import Worse as Direction


def register(rules: typer.Typer) -> None:
    """Add the command."""
    rules.command("prove")(prove)


def prove(
    pack: Annotated[
        str, typer.Argument(help="An installed pack's name, or the path of a pack file.")
    ],
    as_of: Annotated[
        date | None, day_option("--as-of", "The day of the answer; by default the pack's first.")
    ] = None,
    rule: Annotated[
        list[str] | None,
        typer.Option(metavar="ID", help="Only claims about this rule. Repeatable."),
    ] = None,
    covered: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CONDITION",
            help="A condition under which a category must warn or ask. Repeatable.",
        ),
    ] = None,
    by: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ID",
            help="A rule that may cover it, in place of those with a category. Repeatable.",
        ),
    ] = None,
    worse: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FACT=up|down",
            help="A fact and its worse direction, such as net_income_12m=down. Repeatable.",
        ),
    ] = None,
    rows: Annotated[int, typer.Option(help="Most rows, where no number is enough.")] = 8,
    seconds: Annotated[int, typer.Option(help="Most seconds for one question.")] = 10,
    values: ValuesFile = None,
    as_json: JsonFlag = False,
) -> None:
    """Prove a pack: 1 when a rule never warns, a gap is there, or a claim is not settled."""
    policy = read_pack(pack, values)
    with progress("proving") as tell:
        found = prove_pack(
            policy,
            as_of=as_of,
            rules=rule or (),
            covered=covered or (),
            by=by or (),
            worse=dict(map(_direction, worse or ())),
            effort=Effort(rows=rows, seconds=seconds),
            progress=tell,
        )
    if as_json:
        print_json(found.to_dict("zh"))
    else:
        _print(found)
    if not found.sound:
        raise typer.Exit(NO)


def _direction(text: str) -> tuple[str, Direction]:
    fact, _, way = text.partition("=")
    if way not in ("up", "down"):
        raise typer.BadParameter(f"{text!r} is no direction; write it as net_income_12m=down")
    return fact, cast("Direction", way)


def _print(found: PackProof) -> None:
    for language in languages():
        print_text(found.summary(language))
    wanted = (*found.never_warn, *found.gaps, *found.not_monotone, *found.vacuous, *found.unknown)
    for one in wanted:
        for language in languages():
            print_text(one.explain(language))
    pairs = (*found.implied, *found.exclusive)
    if pairs:
        print_table(
            said("Between rules, {day}", day=found.as_of),
            ("relation", "rule", "rule", "within"),
            ((said(_RELATIONS[one.claim.value]), *one.rules, _rows(one)) for one in pairs),
        )


_RELATIONS = {"implies": "implies", "exclusive": "never with"}


def _rows(one: Proof) -> str:
    if one.within.complete:
        return said("any rows")
    listed = ", ".join(f"{n} {table}" for table, n in one.within.rows.items())
    return said("up to {rows}", rows=listed)
