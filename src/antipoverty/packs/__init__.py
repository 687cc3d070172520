"""The packs that come with the library; each is also an installed entry point."""

from __future__ import annotations

import functools
from importlib import resources

from antipoverty._policy.workflow import Workflow
from antipoverty.conditions import in_words, quantity
from antipoverty.packs.low_income import LowIncomeHousehold
from antipoverty.rules import Pack, Source, Text, pack_from_toml


@functools.cache
def shaanxi_2531() -> Pack:
    """The warning standards of Shaanxi Province's "2531" mechanism (陕西省“2531”工作机制).

    Source:
        ``packs/shaanxi_2531/SOURCES.md``. Values that no source publishes for Shaanxi
        are marked illustrative, and every output that rests on one says so.
    """
    folder = resources.files("antipoverty.packs") / "shaanxi_2531"
    return pack_from_toml((folder / "pack.toml").read_text(encoding="utf-8"))


@functools.cache
def national_low_income() -> Pack:
    """Recognising low income and keeping from poverty, by national texts, in 2026 (低收入人口认定).

    What a province, a city or a county sets is required: the pack has no value of it, and a
    day is answered once `values_form` has been filled in.

    Source:
        ``packs/national_low_income/SOURCES.md``.
    """
    folder = resources.files("antipoverty.packs") / "national_low_income"
    text = (folder / "pack.toml").read_text(encoding="utf-8")
    return pack_from_toml(text, model=LowIncomeHousehold)


@functools.cache
def shaanxi_workflow() -> Workflow:
    """The comparison register's eight steps in and six steps out (纳入八步、退出六步).

    Source:
        ``packs/shaanxi_2531/workflow.toml``: the order of the steps is published, the
        time limits are not and are illustrative.
    """
    return _workflow("workflow.toml")


@functools.cache
def shaanxi_rectification() -> Workflow:
    """The rectification register's steps, from listing to zero (问题整改).

    Source:
        ``packs/shaanxi_2531/rectification.toml``; its time limits are illustrative.
    """
    return _workflow("rectification.toml")


def _workflow(name: str) -> Workflow:
    folder = resources.files("antipoverty.packs") / "shaanxi_2531"
    return Workflow.from_toml((folder / name).read_text(encoding="utf-8"))


_UNPUBLISHED = {
    "shaanxi-2531": (
        "Not published where we looked: the monitoring line after 2021, the income window, how "
        "often a department owes its data, the "
        "amount of accident compensation, the rule for a change in household labour, removal "
        "from the living guarantee, business closing, disaster amounts, time limits. The line "
        "is compared by 低于, under; whether 监测线内 includes the line itself is not stated. "
        "Nor is whether a medical burden is one person's or the household's: the pack adds up the "
        "household's, which warns of every household that a person's alone would; a county whose "
        "text says per person writes `any(by(records, member_id), ...)`."
    ),
    "national-low-income": (
        "Set locally, and so required here without a value: the guarantee, disposable income, the "
        "ratio of rigid spending, limits on assets, the line of keeping from poverty. Not found: "
        "any Shaanxi line after 2021, its ratio of rigid spending, its limits on assets, a "
        "national guide of 2026."
    ),
}
"""What the sources of a pack do not say."""


def sources_page(pack: Pack) -> str:
    """Write a pack's page of sources: every rule and value, its grade and its status."""
    lines = [
        f"# Sources of `{pack.id}` {pack.version}",
        "",
        f"{pack.title.zh} / {pack.title.en}",
        "",
        "Grades: A read in an official or national-press text; B a mirror, reprint or county "
        "news; C weak. What is not *published* for its area is *illustrative*: an example, "
        "to be replaced before anyone is visited on its account.",
        "",
        _UNPUBLISHED.get(pack.id, ""),
        "",
        "## Parameters",
        "",
        "| parameter | value | area | days | status | grade | source |",
        "|---|---|---|---|---|---|---|",
    ]
    for one in pack.parameters.values():
        if not one.values and one.note is not None:
            lines.append(
                f"| {one.title.zh} `{one.id}` | *required*, {one.unit} | | | | | "
                f"{_both(one.note)} |"
            )
        for value in one.values:
            shown = quantity(value.value, one.unit, "en")
            until = value.until or "open"
            lines.append(
                f"| {one.title.zh} `{one.id}` | {shown} | {value.area or 'all'} "
                f"| {value.since} to {until} {_sourced(value.source)}"
            )
    lines += [
        "",
        "## Rules",
        "",
        "| rule | condition | status | grade | source |",
        "|---|---|---|---|---|",
    ]
    for rule in pack.rules.values():
        condition = in_words(rule.when, "zh", pack.titles("zh")).replace("|", "\\|")
        lines.append(f"| {rule.title.zh} `{rule.id}` | {condition} {_sourced(rule.source)}")
    if pack.judgements:
        lines += [
            "",
            "## Judgement rules",
            "",
            "| rule | concludes | status | grade | source |",
            "|---|---|---|---|---|",
        ]
    for judged in sorted(pack.judgements.values(), key=lambda rule: rule.id):
        lines.append(
            f"| {judged.title.zh} `{judged.id}` | `{judged.concludes}` {_sourced(judged.source)}"
        )
    return "\n".join(lines) + "\n"


def _sourced(source: Source) -> str:
    title, note = (_both(text) for text in (source.title, source.note))
    told = f" ({note})" if note else ""
    return f"| {source.status.value} | {source.grade or '–'} | {title}{told} |"


def _both(text: Text) -> str:
    return text.zh if text.zh == text.en else f"{text.zh} / {text.en}"
