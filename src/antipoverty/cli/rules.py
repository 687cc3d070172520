"""``rules`` lists and checks packs; ``pack new`` begins one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from antipoverty.cli import rule_cases, rule_proofs
from antipoverty.cli._new_pack import write_new_pack
from antipoverty.cli._shell import (
    NO,
    JsonFlag,
    console,
    print_json,
    print_table,
    read_day,
    read_pack,
)
from antipoverty.conditions import in_words
from antipoverty.errors import AntipovertyError, ProblemsError
from antipoverty.rules import Pack, Rule, discover_packs

Name = Annotated[str, typer.Argument(help="An installed pack's name, or the path of a pack file.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    rules = typer.Typer(help="List and check the rules of packs.", no_args_is_help=True)
    rules.command("list")(list_rules)
    rules.command("check")(check)
    rule_cases.register(rules)
    rule_proofs.register(rules)
    app.add_typer(rules, name="rules")
    packs = typer.Typer(help="Begin a pack of your own.", no_args_is_help=True)
    packs.callback()(lambda: None)
    packs.command("new")(new)
    app.add_typer(packs, name="pack")


def list_rules(
    pack: Annotated[str | None, typer.Option(help="A pack's name or file; all by default.")] = None,
    as_of: Annotated[str | None, typer.Option(help="Only what is in force on this day.")] = None,
    json: JsonFlag = False,
) -> None:
    """List the rules of a pack, or of every installed one."""
    found = discover_packs() if pack is None else None
    packs = [read_pack(pack)] if pack is not None else list(found.packs.values() if found else ())
    listed = [(one, rule) for one in packs for rule in _rules(one, as_of)]
    if json:
        print_json([_document(one, rule) for one, rule in listed])
        return
    for one in packs:
        print_table(
            f"{one.title.zh} / {one.title.en} ({one.id} {one.version})",
            ("规则 rule", "部门 department", "级别", "条件 condition", "状态 status"),
            (
                (
                    f"{rule.title.zh}\n{rule.id}",
                    one.departments[rule.department].zh,
                    rule.severity.zh,
                    in_words(rule.when, "zh", one.titles("zh")),
                    rule.source.status.value,
                )
                for owner, rule in listed
                if owner is one
            ),
        )
    for name, error in (found.broken if found else {}).items():
        console().print(f"broken: {name}: {error}", markup=False)


def _rules(pack: Pack, as_of: str | None) -> tuple[Rule, ...]:
    return tuple(pack.rules.values()) if as_of is None else pack.on(read_day(as_of)).rules


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
        "status": rule.source.status.value,
        "source_zh": rule.source.title.zh,
        "source_en": rule.source.title.en,
        "grade": rule.source.grade,
        "since": rule.since,
        "until": rule.until,
    }


def check(pack: Name, json: JsonFlag = False) -> None:
    """Check a pack: exit code 0 when it can be used, 1 with every problem listed."""
    try:
        found = read_pack(pack)
    except AntipovertyError as error:
        problems = error.problems if isinstance(error, ProblemsError) else (error,)
        if json:
            print_json(
                {
                    "usable": False,
                    "problems": [{"code": p.code, "message": p.message} for p in problems],
                }
            )
        else:
            console().print(str(error), markup=False)
        raise typer.Exit(NO) from None
    if json:
        print_json({"usable": True, "pack": found.id, "rules": len(found.rules), "problems": []})
    else:
        console().print(f"{found!r}: no problem found", markup=False)


def new(
    name: Annotated[str, typer.Argument(help="The pack's id, such as mian-county.")],
    folder: Annotated[Path, typer.Option("--dir", help="Where to write it.")] = Path(),
) -> None:
    """Write an installable pack with one rule, its cases, laws, checks and CI."""
    written = write_new_pack(name, folder)
    console().print(f"{written}: cd {written} && python check.py", markup=False)
