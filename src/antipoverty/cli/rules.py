"""``rules`` lists and checks packs; ``pack new`` begins one."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from antipoverty._base.csvfiles import read_text
from antipoverty.cli import rule_cases, rule_proofs, rule_sql, rule_values
from antipoverty.cli._language import chosen, languages, said
from antipoverty.cli._new_pack import write_new_pack
from antipoverty.cli._shell import (
    NO,
    JsonFlag,
    day_option,
    print_json,
    print_text,
    read_pack,
    read_parent,
)
from antipoverty.cli._tables import console, print_table
from antipoverty.conditions import in_words
from antipoverty.errors import (
    AntipovertyError,
    InvalidArgumentError,
    InvalidFileError,
    ProblemsError,
    UnknownPackError,
)
from antipoverty.plugins import installed
from antipoverty.rules import Amount, Discovery, Pack, Rule, differences, parent_of

Name = Annotated[str, typer.Argument(help="An installed pack's name, or the path of a pack file.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    rules = typer.Typer(
        help="List, check, test and prove the rules of packs (规则).", no_args_is_help=True
    )
    rules.command("list")(list_rules)
    rules.command("check")(check)
    rules.command("diff")(diff)
    rule_cases.register(rules)
    rule_values.register(rules)
    rule_proofs.register(rules)
    rule_sql.register(rules)
    app.add_typer(rules, name="rules")
    packs = typer.Typer(help="Begin a pack of your own (本地标准包).", no_args_is_help=True)
    packs.callback()(lambda: None)
    packs.command("new")(new)
    app.add_typer(packs, name="pack")


def list_rules(
    pack: Annotated[str | None, typer.Option(help="A pack's name or file; all by default.")] = None,
    as_of: Annotated[
        date | None, day_option("--as-of", "Only what is in force on this day.")
    ] = None,
    timeout: Annotated[
        float, typer.Option(help="Seconds an installed pack may take to load.")
    ] = 30,
    json: JsonFlag = False,
) -> None:
    """List the rules of a pack, or of every installed one; a pack that cannot be is named."""
    found = installed(timeout=timeout) if pack is None else Discovery({}, {})
    broken = dict(found.broken)
    packs = list(found.packs.values()) if pack is None else [read_pack(pack)]
    listed: list[tuple[Pack, Rule]] = []
    for one in packs:
        try:
            listed += [(one, rule) for rule in _rules(one, as_of)]
        except AntipovertyError as problem:
            if pack is not None:
                raise
            broken[one.id] = problem
    for name, error in sorted(broken.items()):
        sys.stderr.write(said("broken: {pack}: {error}", "\n", pack=name, error=error) + "\n")
    if json:
        print_json([_document(one, rule) for one, rule in listed])
        return
    for one in packs:
        if one.id in broken:
            continue
        print_table(
            chosen(*one.title, between=" / ") + f" ({one.id} {one.version})",
            ("rule", "department", "severity", "condition", "status"),
            (
                (
                    "\n".join([chosen(*rule.title, between="\n"), rule.id]),
                    chosen(*one.departments[rule.department]),
                    chosen(rule.severity.zh, rule.severity.value),
                    "\n".join(_asked(rule, one)),
                    said(rule.source.status.value),
                )
                for owner, rule in listed
                if owner is one
            ),
        )


def _asked(rule: Rule, pack: Pack) -> Iterator[str]:
    for to in languages():
        yield in_words(rule.when, to, pack.titles(to))
        if rule.amount is not None:
            yield f"→ {rule.amount.in_words(to, pack.titles(to))}"


def _rules(pack: Pack, day: date | None) -> tuple[Rule, ...]:
    return tuple(pack.rules.values()) if day is None else pack.on(day).rules


def _document(pack: Pack, rule: Rule) -> dict[str, Any]:
    return {
        "pack": pack.id,
        "id": rule.id,
        "zh": rule.title.zh,
        "en": rule.title.en,
        "department": rule.department,
        "severity": rule.severity.value,
        "when": str(rule.when),
        "when_zh": in_words(rule.when, "zh", pack.titles("zh")),
        "when_en": in_words(rule.when, "en", pack.titles("en")),
        "amount": None if rule.amount is None else _amount(rule.amount, pack),
        "status": rule.source.status.value,
        "source_zh": rule.source.title.zh,
        "source_en": rule.source.title.en,
        "grade": rule.source.grade,
        "since": rule.since,
        "until": rule.until,
    }


def _amount(amount: Amount, pack: Pack) -> dict[str, Any]:
    return {
        "value": str(amount.value),
        "unit": str(amount.unit),
        "period": None if amount.period is None else amount.period.value,
        "zh": amount.in_words("zh", pack.titles("zh")),
        "en": amount.in_words("en", pack.titles("en")),
    }


def check(pack: Name, json: JsonFlag = False) -> None:
    """Check a pack: exit code 0 when it can be used, 1 with every problem listed.

    Comparisons that turn round at a loss are remarked upon.
    """
    try:
        found = read_pack(pack)
    except (InvalidFileError, UnknownPackError):
        raise
    except AntipovertyError as error:
        problems = error.problems if isinstance(error, ProblemsError) else (error,)
        if json:
            print_json(
                {
                    "usable": False,
                    "problems": [
                        {"code": p.code, "message": p.message, "zh": p.message.chinese}
                        for p in problems
                    ],
                }
            )
        else:
            console().print("\n".join(map(error.text, languages())), markup=False)
        raise typer.Exit(NO) from None
    from antipoverty.testing.laws import unguarded_shares

    remarks = [
        f"rule {rule.id!r}: `{one}` turns round where what it takes a share of is negative; say "
        "what holds there, as by 'base > 0 and' before it"
        for rule in found.rules.values()
        for one in unguarded_shares(rule.when)
    ]
    if json:
        about = {"usable": True, "pack": found.id, "rules": len(found.rules)}
        print_json(about | {"problems": [], "remarks": remarks})
    else:
        what = said("{count} remarks", count=len(remarks)) if remarks else said("no problem found")
        print_text("\n".join([f"{found!r}: {what}", *remarks]))


def diff(
    pack: Name,
    before: Annotated[
        str | None,
        typer.Argument(help="The other pack; by default the one that the pack's file builds on."),
    ] = None,
    json: JsonFlag = False,
) -> None:
    """Show what a pack says otherwise than another, or than the one it builds on (差异)."""
    after, path = read_pack(pack), Path(pack)
    if before is not None:
        other = read_pack(before)
    else:
        name = parent_of(read_text(path)) if path.is_file() else None
        if name is None:
            raise InvalidArgumentError(
                "{pack} builds on no pack; name one to compare it with", pack=pack
            )
        other = read_parent(name, path)
    found = differences(other, after)
    if json:
        print_json(
            {
                "before": [other.id, other.version],
                "after": [after.id, after.version],
                "differences": [
                    {"sort": one.sort, "what": one.what, "id": one.id, "of": one.of}
                    | {"zh": one.said.zh, "en": one.said.en}
                    for one in found
                ],
            }
        )
        return
    print_table(
        f"{other.id} {other.version} → {after.id} {after.version}",
        ("difference", "part", "id", "what is said"),
        (
            (
                said(one.sort),
                said(one.what),
                one.id if one.of is None else f"{one.id}\n⇐ {one.of}",
                chosen(*one.said, between="\n"),
            )
            for one in found
        ),
    )


def new(
    name: Annotated[str, typer.Argument(help="The pack's id, such as mian-county.")],
    folder: Annotated[Path, typer.Option("--dir", help="Where to write it.")] = Path(),
) -> None:
    """Write an installable pack with one rule, its cases, laws, checks and CI."""
    written = write_new_pack(name, folder)
    console().print(f"{written}: cd {written} && python check.py", markup=False)
