"""The conformance kit: what keeps its promises passes, and every fault is named."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import attrs
import polars as pl
import pytest

from antipoverty.conditions import household as h
from antipoverty.conditions import param, parse
from antipoverty.conditions import tree as nodes
from antipoverty.engines import Told
from antipoverty.errors import (
    AntipovertyError,
    FailedCheckError,
    InvalidArgumentError,
    NotConformingError,
    OverflowRiskError,
    UnknownPackError,
)
from antipoverty.model import Household
from antipoverty.packs import shaanxi_2531
from antipoverty.rules import Pack, Rule, Source, Text, Verdict, judge, parameter
from antipoverty.screening import Tables, screen
from antipoverty.testing import (
    check_engine,
    check_pack,
    engine_checks,
    over_tables,
    pack_checks,
    read_cases,
    read_judgement_cases,
)
from engines import why_not
from packs import a_pack, a_rule
from plugins import LIBRARY, install, plugins, run

ROOT = Path(__file__).parent.parent
SOURCE = Source("an example")
SINCE = date(2021, 1, 1)
TEXT = Text("规则", "rule")

CASES = """
as_of = 2021-12-01
[base.household]
area = "610702100200"
size = 1
[[cases]]
rule = "low"
name = "under"
side = "warn"
expect = "warn"
household = { net_income_12m = "5999.99" }
[[cases]]
rule = "low"
name = "on"
side = "on"
expect = "clear"
household = { net_income_12m = "6000" }
[[cases]]
rule = "low"
name = "over"
side = "clear"
expect = "clear"
household = { net_income_12m = "6000.01" }
[[cases]]
rule = "low"
name = "unknown"
side = "missing"
expect = "undecided"
missing = ["net_income_12m"]
"""


def made(**changes: Any) -> Pack:
    """A pack that keeps every promise, or one with something changed."""
    below = h.net_income_12m < param("line") * h.size
    facts = {"title": Text("收入低", "Low income"), "department": "rural-affairs", "source": SOURCE}
    line = parameter(
        "line", Text("标准", "the line"), "yuan/person", [("6000", SINCE, None, SOURCE)]
    )
    given: dict[str, Any] = {
        "parameters": [line],
        "departments": {"rural-affairs": Text("农业农村局", "Rural affairs")},
        "area": "61",
    }
    rules = changes.pop("rules", [a_rule(below, "low", since=SINCE, **facts)])
    return a_pack(*rules, id_="example", **given | changes)


def with_rule(**changes: Any) -> Pack:
    """The pack with its rule changed."""
    return made(rules=[attrs.evolve(made().rules["low"], **changes)])


GOOD = read_cases(CASES, made())

URGE = """
as_of = 2022-06-01
[[cases]]
rule = "urge"
name = "an alert of 15 days"
expect = "drawn"
facts = [{ name = "dangerous-house", ago = 15 }, { name = "unsafe-water", ago = 0 }]
[[cases]]
rule = "urge"
name = "an alert of 14 days"
expect = "not-drawn"
facts = [{ name = "dangerous-house", ago = 14 }, { name = "unsafe-water", ago = 0 }]
"""


def test_a_judgement_rule_needs_cases_of_both_kinds_that_hold() -> None:
    """The Shaanxi pack ships them; without them, or with one turned round, the rule is named."""
    pack = shaanxi_2531()
    shipped = [one for one in pack_checks(pack, examples=1) if one.rule == "urge"]
    assert [one.name for one in shipped] == ["covered", "cases"]
    for one in shipped:
        one()
    cases = read_judgement_cases(URGE, pack)
    turned = [attrs.evolve(case, expect="not-drawn" if case.drawn else "drawn") for case in cases]
    for listed, name in (((), "covered"), (cases[:1], "covered"), (turned, "cases")):
        failed = [
            one
            for one in pack_checks(pack, cases=listed, examples=1)
            if (one.rule, one.name) == ("urge", name)
        ]
        with pytest.raises(FailedCheckError, match=r"drawn|concludes"):
            failed[0]()


@pytest.mark.slow
def test_a_pack_that_keeps_every_promise_passes_in_one_call() -> None:
    """The checks that were tried come back, by name."""
    done = check_pack(made, cases=GOOD, examples=10)
    assert {check.name for check in done} == {
        *("pickles", "data-alone", "deterministic", "sources", "two-languages"),
        *("in-force", "text-form", "prose", "laws", "explained", "engines-agree"),
        *("bases", "covered", "cases"),
    }
    assert str(done[-1]) == "cases[low]"


@attrs.frozen(repr=False)
class Twisted(nodes.Not):
    """A condition of somebody's own."""


def hidden_model() -> type[Household]:
    """A model that cannot be sent to another process."""

    class Hidden(Household):
        """Nobody finds it by its name."""

    return Hidden


def chance() -> Callable[[], Pack]:
    """A function that makes another pack each time."""
    versions = iter("12345")
    return lambda: made(version=next(versions))


FAULTY: dict[str, tuple[Callable[[], Any], str, str]] = {
    "a model inside a function": (
        lambda: made(model=hidden_model()),
        "pickles",
        "top of a module",
    ),
    "a condition of its own": (
        lambda: with_rule(when=Twisted(parse("water_safe"))),
        "data-alone",
        "foreign-code",
    ),
    "another pack each time": (chance, "deterministic", "its version is not the same"),
    "a published figure that nobody graded": (
        lambda: with_rule(source=Source("a document", "published")),
        "sources",
        "no grade",
    ),
    "a title in one language": (
        lambda: with_rule(title=Text("Low income", "Low income")),
        "two-languages",
        "no Chinese",
    ),
    "Chinese where English stands": (
        lambda: made(departments={"rural-affairs": Text("农业农村局", "农业农村局")}),
        "two-languages",
        "department 'rural-affairs'",
    ),
    "a parameter without a value": (
        lambda: made(parameters=[attrs.evolve(made().parameters["line"], values=())]),
        "in-force",
        "give every parameter",
    ),
    "a value for one city only": (
        lambda: made(
            parameters=[
                parameter(
                    "line",
                    Text("标准", "the line"),
                    "yuan/person",
                    [("6000", SINCE, None, SOURCE)],
                    area="6107",
                )
            ]
        ),
        "in-force",
        "rule 'low'",
    ),
    "a parameter named in Chinese only": (
        lambda: made(
            parameters=[attrs.evolve(made().parameters["line"], title=Text("标准", "标准"))]
        ),
        "prose",
        "in words",
    ),
    "another operator than the cases say": (
        lambda: with_rule(when=h.net_income_12m <= param("line") * h.size),
        "cases",
        "'on': the pack answers warn on 2021-12-01, not clear",
    ),
}


@pytest.mark.parametrize("fault", FAULTY)
def test_a_fault_of_a_pack_is_named_with_the_rule_and_what_to_do(fault: str) -> None:
    """Each check can fail, and says what it found."""
    make, name, told = FAULTY[fault]
    found = []
    for check in pack_checks(make(), cases=GOOD):
        if check.name == name:
            try:
                check()
            except FailedCheckError as problem:
                found.append(str(problem))
    assert len(found) == 1
    assert f", {name}: " in found[0]
    assert told in found[0]
    assert check.advice


def test_one_call_lists_every_failed_check() -> None:
    """Two faults at once are two problems of one error, which pytest shows as a failure."""
    odd = with_rule(
        title=Text("Low income", "Low income"), source=Source("a document", "published")
    )
    with pytest.raises(NotConformingError) as failed:
        check_pack(odd, cases=GOOD, examples=2)
    assert [one.message.split(": ")[0] for one in failed.value.problems] == [
        "pack 'example', sources",
        "pack 'example', two-languages",
    ]
    assert "fails 2 of" in str(failed.value)
    assert isinstance(failed.value, AssertionError)


def test_a_pack_without_cases_is_told_to_write_them() -> None:
    """Every rule needs a case on each side."""
    with pytest.raises(NotConformingError, match="no case on the side warn, on, clear, missing"):
        check_pack(made(), examples=2)


def test_an_engine_of_the_library_that_answers_wrongly_is_caught(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The counterexample gives the rule's text, the day and the household's facts."""
    from antipoverty.engines.closure import CompiledPack

    right = CompiledPack.__call__

    def wrong(self: CompiledPack, household: Household) -> tuple[Verdict, ...]:
        swap = {Verdict.UNDECIDED: Verdict.CLEAR}
        return tuple(swap.get(one, one) for one in right(self, household))

    monkeypatch.setattr(CompiledPack, "__call__", wrong)
    (check,) = (one for one in pack_checks(made(), cases=GOOD) if one.name == "engines-agree")
    with pytest.raises(FailedCheckError) as failed:
        check()
    assert "closure says clear, the reference says undecided" in str(failed.value)
    assert 'net_income_12m < param("line") * size' in str(failed.value)


@pytest.mark.slow
@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_explanation_that_says_otherwise_is_caught(
    language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In either language."""
    from antipoverty.rules import Alert

    right = Alert.explain

    def wrong(self: Alert, asked: Any = "en") -> str:
        return "" if asked == language else right(self, asked)

    monkeypatch.setattr(Alert, "explain", wrong)
    (check,) = (one for one in pack_checks(made(), cases=GOOD) if one.name == "explained")
    with pytest.raises(FailedCheckError, match=f"the {language} text does not say"):
        check()


@pytest.mark.slow
def test_the_shaanxi_pack_conforms_with_the_cases_it_ships() -> None:
    """By its installed name, as any third-party pack is checked."""
    checks = pack_checks("shaanxi-2531", examples=3)
    assert checks[0].name == "loads"
    for check in checks:
        check()


def test_a_name_under_which_nothing_is_installed_is_refused() -> None:
    """The message lists what is."""
    with pytest.raises(UnknownPackError, match="did you mean 'shaanxi-2531'"):
        check_pack("shanxi-2531")


@pytest.mark.parametrize("given", [5, lambda: 5])
def test_what_is_no_pack_is_refused(given: Any) -> None:
    """Before any check is tried."""
    with pytest.raises(InvalidArgumentError, match="not a int"):
        check_pack(given)


def test_no_examples_at_all_are_refused() -> None:
    """They would pass every check."""
    for call in (
        lambda: pack_checks(made(), examples=0),
        lambda: engine_checks(over_tables(frames), examples=0),
    ):
        with pytest.raises(InvalidArgumentError, match="examples is a whole number from 1"):
            call()


# --- engines --------------------------------------------------------------------------


def frames(tables: Tables, pack: Pack, day: date) -> Any:
    """The library's own screening."""
    return screen(tables, pack, as_of=day).alerts


def homes_of(tables: Tables, pack: Pack, day: date) -> Iterator[Household]:
    """The households of tables, as the model has them."""
    screening = screen(tables, pack, as_of=day)
    for id_ in sorted(screening.judged["household_id"]):
        yield screening.household(id_)


def reference(tables: Tables, pack: Pack, day: date) -> list[tuple[str, str, Verdict]]:
    """The reference as an engine that gives triples."""
    return [
        (household.household_id, rule, verdict)
        for household in homes_of(tables, pack, day)
        for rule, verdict in judge(household, pack, as_of=day).verdicts.items()
    ]


@pytest.mark.slow
def test_the_librarys_screening_passes() -> None:
    """With a real pack as well."""
    done = check_engine(over_tables(frames), packs=[shaanxi_2531()], examples=2)
    assert [check.name for check in done] == [
        *("thresholds", "missing-facts", "child-rows", "windows", "areas"),
        *("many-rows", "many-households", "spans", "fractions", "overflow", "unseen-overflow"),
        *("in-force", "old-days", "each-fact"),
        *("rows-and-days", "groups", "ranks", "windows-of-all-sorts", "rosters", "deliveries"),
        *("amounts-and-tiers", "derived-facts"),
        *("rows-doubled", "days-shifted", "amounts-scaled", "population-split"),
        *("order", "ids", "words", "asked-again", "rules-apart"),
        "generated",
        "dirty",
        "pack-shaanxi-2531",
    ]


@pytest.mark.slow
def test_an_engine_is_asked_in_the_kind_of_frame_it_reads() -> None:
    """DuckDB reads its own relations."""
    if reason := why_not("duckdb"):
        pytest.skip(reason)
    for check in engine_checks(over_tables(frames, "duckdb"), examples=1)[:2]:
        check()


def trusting(tables: Tables, pack: Pack, day: date) -> Any:
    """The reference over tables as they come: bad rows are taken as they are."""
    from antipoverty.model import Household, Member, Record

    found = []
    for home in tables["households"].to_dicts():
        rows = {
            name: tuple(
                row.model_construct(**{row.KEY: "k"} | one)
                for one in tables[name].to_dicts()
                if one["household_id"] == home["household_id"]
            )
            for name, row in {"members": Member, "records": Record}.items()
        }
        household = Household.model_construct(**home | rows)
        try:
            verdicts = judge(household, pack.evolve(kinds=()), as_of=day).verdicts
        except (AntipovertyError, TypeError):
            continue
        found += [(household.household_id, rule, one) for rule, one in verdicts.items()]
    return list({(home, rule): (home, rule, one) for home, rule, one in found}.values())


def test_an_engine_that_looks_for_no_bad_rows_is_told_so() -> None:
    """Unless it says that others look for them; then it is not asked."""
    (check,) = (one for one in engine_checks(over_tables(trusting)) if one.name == "dirty")
    with pytest.raises(FailedCheckError, match="bad rows came"):
        check()
    names = {one.name for one in engine_checks(over_tables(trusting, checks=False))}
    assert "dirty" not in names


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["polars", "duckdb", "pandas"])
def test_the_librarys_screening_passes_with_bad_rows(kind: str) -> None:
    """Each kind of fault in turn, on more than one kind of frame."""
    if reason := why_not(kind):
        pytest.skip(reason)
    (check,) = (one for one in engine_checks(over_tables(frames, kind)) if one.name == "dirty")
    check()


def whole(tables: Tables, pack: Pack, day: date) -> Any:
    """The library's own screening, with all that it says."""
    return screen(tables, pack, as_of=day)


def silent(tables: Tables, pack: Pack, day: date) -> Told:
    """Answers rightly, and says that no row was set aside."""
    rows = frames(tables, pack, day).rows()
    return Told({(home, rule): Verdict(one) for home, _, rule, one in rows}, set_aside={})


@pytest.mark.slow
def test_a_pack_that_warns_nobody_says_nothing_of_an_engine() -> None:
    """One that answers nothing at all would pass; with a rule that can be met it fails too."""
    never = with_rule(when=parse("size is known and size is not known"))
    for pack, told in ((never, "it says warn of none"), (made(), "the reference says")):
        checks = engine_checks(lambda *_: {}, name="mute", packs=[pack], examples=2)
        with pytest.raises(FailedCheckError, match=told):
            checks[-1]()


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["missing-facts", "areas", "overflow", "old-days", "ranks", "deliveries", "generated"]
)
def test_an_engine_that_sees_nothing_fails(name: str) -> None:
    """Of each sort there is a household that is warned, or of whom something is not known."""
    checks = {one.name: one for one in engine_checks(lambda *_: {}, name="mute", examples=1)}
    with pytest.raises(FailedCheckError, match="the reference says"):
        checks[name]()


@pytest.mark.slow
def test_all_that_an_engine_tells_is_compared() -> None:
    """Missing facts, amounts, tiers and rows set aside: the library's are right."""
    done = {one.name: one for one in engine_checks(over_tables(whole), examples=2)}
    for name in ("missing-facts", "amounts-and-tiers", "dirty"):
        done[name]()
    (check,) = (one for one in engine_checks(over_tables(silent)) if one.name == "dirty")
    with pytest.raises(FailedCheckError, match=r"it sets - aside, and .* is right"):
        check()


@pytest.mark.slow
def test_an_engine_may_give_triples_that_say_clear_too() -> None:
    """Rows that are clear are no difference."""
    asked = {"thresholds", "missing-facts", "child-rows"}
    every = engine_checks(over_tables(reference, checks=False), examples=1)
    for check in (mine := [one for one in every if one.name in asked]):
        check()
    assert {one.name for one in mine} == asked


def strict(rule: Rule) -> Rule:
    """The rule with every ``<`` and ``>`` made to hold on the line too."""

    def changed(node: Any) -> Any:
        if isinstance(node, nodes.Compare) and node.operator in "<>":
            return attrs.evolve(node, operator=node.operator + "=")
        return node

    return attrs.evolve(rule, when=rule.when.rebuilt(changed))


def on_the_line(tables: Tables, pack: Pack, day: date) -> Any:
    """Reads ``>`` as ``>=``."""
    return frames(tables, pack.evolve(rules=map(strict, pack.rules.values())), day)


def missing_is_clear(tables: Tables, pack: Pack, day: date) -> Any:
    """Leaves the undecided out."""
    return frames(tables, pack, day).filter(pl.col("verdict") == "warn")


def missing_is_zero(tables: Tables, pack: Pack, day: date) -> Any:
    """Fills unknown numbers with zero."""
    filled = {
        name: tables[name].with_columns(pl.selectors.integer().fill_null(0)) for name in tables
    }
    filled["households"] = filled["households"].with_columns(tables["households"]["size"])
    return frames(Tables(**filled), pack, day)


def a_day_late(tables: Tables, pack: Pack, day: date) -> Any:
    """Ends its windows on the day of the answer."""
    return frames(tables, pack, day + timedelta(days=1))


def one_value_everywhere(tables: Tables, pack: Pack, day: date) -> Any:
    """Takes the province's value in every city."""
    one = [
        attrs.evolve(each, values=tuple(v for v in each.values if not v.area))
        for each in pack.parameters.values()
    ]
    return frames(tables, pack.evolve(parameters=one), day)


def rules_everywhere(tables: Tables, pack: Pack, day: date) -> Any:
    """Forgets in which area a rule holds."""
    rules = [attrs.evolve(rule, area="") for rule in pack.rules.values()]
    return frames(tables, pack.evolve(rules=rules), day)


def unknown_word(tables: Tables, pack: Pack, day: date) -> Any:
    """Has a word of its own for a warning."""
    return frames(tables, pack, day).with_columns(verdict=pl.lit("yes"))


def crashing(tables: Tables, pack: Pack, day: date) -> Any:
    """Does not know child rows."""
    if "months" in str(pack.rules["rule-0"].when):
        raise NotImplementedError("windows")
    return frames(tables, pack, day)


def doubling(tables: Tables, pack: Pack, day: date) -> Any:
    """Gives every row twice."""
    return pl.concat([frames(tables, pack, day)] * 2)


def in_floats(tables: Tables, pack: Pack, day: date) -> Any:
    """Holds amounts in floats of 32 bits."""
    column = pl.col("rigid_spending_12m").cast(pl.Float32).cast(pl.Int64)
    given = {name: tables[name] for name in tables}
    given["households"] = given["households"].with_columns(column)
    return frames(Tables(**given), pack, day)


def refusing(tables: Tables, pack: Pack, day: date) -> Any:
    """Answers nothing at all."""
    raise OverflowRiskError("too large")


WRONG: dict[Callable[[Tables, Pack, date], Any], tuple[str, str]] = {
    on_the_line: ("thresholds", "the reference says clear"),
    missing_is_clear: ("missing-facts", "it says clear, the reference says undecided"),
    missing_is_zero: ("thresholds", "the reference says undecided"),
    a_day_late: ("windows", "records："),
    one_value_everywhere: ("areas", "param("),
    rules_everywhere: ("areas", "the reference says clear"),
    unknown_word: ("thresholds", "it gives 'yes'"),
    doubling: ("thresholds", "two rows of rule 'rule-0'"),
    in_floats: ("thresholds", "56,789,012.34 yuan"),
    refusing: ("generated", "it refuses every example"),
    crashing: ("windows", "NotImplementedError: windows"),
}


@pytest.mark.slow
@pytest.mark.parametrize("engine", WRONG, ids=lambda engine: engine.__name__)
def test_a_faulty_engine_is_caught_with_a_readable_counterexample(
    engine: Callable[[Tables, Pack, date], Any],
) -> None:
    """The check says by its name where the engine goes wrong."""
    name, told = WRONG[engine]
    (check,) = (one for one in engine_checks(over_tables(engine)) if one.name == name)
    with pytest.raises(FailedCheckError) as failed:
        check()
    message = str(failed.value)
    assert told in message
    assert message.startswith(f"engine {engine.__name__}, {name}:")
    assert len(message) < 1200  # in both languages


# --- pytest ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example plugin and two that fail, installed in a folder."""
    folder = tmp_path_factory.mktemp("conformance")
    target = folder / "site"
    modules = {
        "hanging": "import time; time.sleep(600)",
        "uncased": "from antipoverty.packs import shaanxi_2531\n"
        "def pack(): return shaanxi_2531().evolve(id='uncased')",
    }
    offers = {"hanging": "hanging:pack", "uncased": "uncased:pack"}
    install(plugins(folder / "faulty", "faulty", modules, offers), target)
    install(ROOT / "examples" / "plugin-county", target)
    return target


def checked(site: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run pytest in an empty folder, with the packs installed."""
    base = ("-m", "pytest", "-p", "no:cacheprovider", "-p", "antipoverty.testing.plugin")
    empty = site.parent / "empty"
    empty.mkdir(exist_ok=True)
    return run(site, *base, "--antipoverty-examples", "3", *words, cwd=empty)


@pytest.mark.slow
def test_pytest_checks_an_installed_pack_without_a_test_file(site: Path) -> None:
    """The example plugin passes, one item a check."""
    done = checked(site, "--antipoverty-pack", "mian-county", "-v")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "antipoverty-pack/mian-county::cases[mian-orchard-loss] PASSED" in done.stdout


@pytest.mark.slow
def test_pytest_names_the_pack_that_hangs_and_goes_on_with_the_others(site: Path) -> None:
    """All installed ones, with a limit; what passes is not hidden by what fails."""
    done = checked(
        site,
        "--antipoverty-pack",
        "all",
        "--antipoverty-timeout",
        "10",
        "-k",
        "loads or covered and unsafe-water",
        "-v",
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "antipoverty-pack/hanging::loads FAILED" in done.stdout
    assert "did not load in 10 seconds" in done.stdout
    assert "antipoverty-pack/mian-county::loads PASSED" in done.stdout
    assert "antipoverty-pack/shaanxi-2531::covered[unsafe-water] PASSED" in done.stdout
    assert "antipoverty-pack/uncased::covered[unsafe-water] FAILED" in done.stdout
    assert "ship them as cases/*.toml" in done.stdout
    assert "Traceback" not in done.stdout


@pytest.mark.slow
def test_pytest_refuses_a_pack_that_is_not_installed(site: Path) -> None:
    """A mistyped name must not read as a passed check."""
    done = checked(site, "--antipoverty-pack", "mian-conty")
    assert done.returncode == 4
    assert "no pack 'mian-conty' is installed" in done.stderr + done.stdout


def test_the_pytest_plugin_loads_nothing_without_its_option(tmp_path: Path) -> None:
    """Whoever runs other tests does not wait for frames or for Hypothesis."""
    (tmp_path / "test_light.py").write_text(
        textwrap.dedent("""
            import sys

            def test_light():
                heavy = {"polars", "narwhals", "hypothesis", "pydantic", "attr", "typer"}
                assert heavy.isdisjoint(sys.modules)
                assert "antipoverty.testing.plugin" in sys.modules
                assert "antipoverty.rules" not in sys.modules
        """),
        encoding="utf-8",
    )
    words = ("-m", "pytest", "-q", "-p", "antipoverty.testing.plugin", "-p", "no:cacheprovider")
    done = subprocess.run(
        [sys.executable, *words, "-p", "no:hypothesispytest", str(tmp_path)],
        env={"PYTHONPATH": str(LIBRARY), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("named", [(), ("-p", "antipoverty.testing.plugin")])
def test_the_installed_library_brings_the_pytest_plugin(
    wheel: Path, named: tuple[str, ...]
) -> None:
    """A wheel of the library adds the option to pytest, once, also when it is named with -p."""
    done = run(wheel, "-m", "pytest", *named, "--help", library=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("--antipoverty-pack=NAME") == 1


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the library installed in it from a wheel."""
    target = tmp_path_factory.mktemp("wheel") / "site"
    install(ROOT, target)
    return target
