"""Packs of others cannot stop or change a screening: real plugins that fail in every way."""

from __future__ import annotations

import json
import textwrap
from datetime import date
from pathlib import Path
from typing import Any

import attrs
import pytest

from antipoverty.conditions import Condition, parse
from antipoverty.conditions import tree as nodes
from antipoverty.errors import ForeignCodeError
from antipoverty.model import Household, schema_of
from antipoverty.packs import shaanxi_2531
from antipoverty.plugins import EVERY_RULE, plain, screen_each
from antipoverty.rules import Pack, Rule, judge
from antipoverty.screening import Tables, screen
from engines import EAGER, rows, tables_as
from plugins import install, plugins, run

EXAMPLE = Path(__file__).parent.parent / "examples" / "plugin-county"
DAY = date(2021, 12, 1)

PACK = """
from datetime import date
import attrs
from antipoverty import Pack, Rule, Source, Text
from antipoverty.conditions import Condition, household as h, parse

def made(name, when="water_safe == False", since=date(2021, 1, 1), **more):
    when = parse("not water_safe") if isinstance(when, str) else when
    return Pack(name, Text("示例", "Example"), **more,
                departments={"d": Text("部门", "department")},
                rules=[Rule(id=name + "-water", title=Text("水", "Water"), department="d",
                            when=when, source=Source("an example"), since=since)])
"""

FAULTS = {
    "raises": "raise RuntimeError('no licence')",
    "hangs": "import time; time.sleep(600)",
    "ends": "import os; os._exit(7)",
    "prints": "print('hello'); import sys; print('noise', file=sys.stderr)",
    "slow": "import time; time.sleep(1)",
    "evaluates": """
from antipoverty.conditions import tree as nodes

@attrs.frozen(repr=False)
class Own(nodes.Not):
    @property
    def parts(self):
        return (1 / 0,) if LIVE else (self.condition,)

LIVE = False
""",
    "future": "",
    "reaches": """
import textwrap
from typing import Annotated
from antipoverty.model import Derived, Fact, Household

class Home(Household):
    rest: Annotated[int | None, Fact(zh="其余", en="the rest", low=0, high=9, derive=Derived(
        by=textwrap.fill, reads={"width": "size"}, version="1", source=Source("x")))] = None
""",
}
ENDS = {
    "evaluates": "def pack(): return made('evaluates', Own(parse('water_safe')))",
    "future": "def pack(): return made('future', since=date(2031, 1, 1))",
    "reaches": "def pack(): return made('reaches', model=Home)",
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which every one of the plugins is installed."""
    folder = tmp_path_factory.mktemp("plugins")
    target = folder / "site"
    modules = {
        f"{name}_pack": f"{PACK}\n{fault}\n" + ENDS.get(name, f"def pack(): return made('{name}')")
        for name, fault in FAULTS.items()
    }
    offers = {name: f"{name}_pack:pack" for name in FAULTS}
    install(plugins(folder / "faulty", "faulty", modules, offers), target)
    install(EXAMPLE, target)
    return target


SCREEN = """
    import json
    from datetime import date
    from importlib.metadata import entry_points
    from antipoverty import Household, Tables
    from antipoverty.packs import shaanxi_2531
    from antipoverty.plugins import installed, screen_each
    from antipoverty.rules import Discovery
    from antipoverty.screening import screen
    offered = entry_points(group="antipoverty.packs")
    hangs = installed(timeout=2, entries=[one for one in offered if one.name == "hangs"])
    found = installed(timeout=120, entries=[one for one in offered if one.name != "hangs"])
    homes = [
        Household(household_id="dry", area="610725001202", size=2, water_safe=False,
                  members=(), records=()),
        Household(household_id="far", area="610102001200", size=2, water_safe=True,
                  members=(), records=()),
    ]
    tables = Tables.of(homes)
    packs = {**found.packs, "shaanxi-2531": shaanxi_2531()}
    both = Discovery(packs, {**found.broken, **hangs.broken})
    each = screen_each(tables, both, as_of=date(2021, 12, 1))
    alone = screen(tables, shaanxi_2531(), as_of=date(2021, 12, 1)).alerts.rows()
    print(json.dumps({
        "repr": repr(each), "alerts": each.alerts.rows(), "alone": alone,
        "broken": {name: str(one) for name, one in each.failed.items()},
        "explained": each.explain("far"), "zh": each.explain("far", "zh"),
    }, ensure_ascii=False))
"""


@pytest.fixture(scope="module")
def answer(site: Path) -> dict[str, Any]:
    """What a process that has all of them installed finds."""
    done = run(site, "-c", textwrap.dedent(SCREEN))
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.slow
def test_each_fault_is_named_with_its_code(answer: dict[str, Any]) -> None:
    """What raises, hangs, ends its process, brings code of its own, or is not in force."""
    codes = {name: text.split("[")[-1].rstrip("]\n") for name, text in answer["broken"].items()}
    assert codes == {
        "raises": "broken-plugin",
        "hangs": "slow-plugin",
        "ends": "broken-plugin",
        "evaluates": "foreign-code",
        "reaches": "foreign-code",
        "future": "nothing-in-force",
        "mian-county": "missing-table",
        "national-low-income": "nothing-in-force",  # it is of 2026
    }
    assert "RuntimeError: no licence" in answer["broken"]["raises"]
    assert "did not load in 2 seconds" in answer["broken"]["hangs"]
    assert "ended with 7" in answer["broken"]["ends"]
    assert "evaluates_pack.Own" in answer["broken"]["evaluates"]
    assert "rest is derived by textwrap:fill" in answer["broken"]["reaches"]


@pytest.mark.slow
def test_what_a_failed_pack_would_say_is_undecided_with_its_name_and_code(
    answer: dict[str, Any],
) -> None:
    """One row for every household of its area; of all areas when it did not load."""
    rows_ = [tuple(row) for row in answer["alerts"]]
    hangs = {row for row in rows_ if row[2] == "hangs"}
    assert hangs == {
        ("dry", "610725001202", "hangs", EVERY_RULE, "undecided", "slow-plugin"),
        ("far", "610102001200", "hangs", EVERY_RULE, "undecided", "slow-plugin"),
    }
    county = [row for row in rows_ if row[2] == "mian-county"]
    assert county == [
        ("dry", "610725001202", "mian-county", EVERY_RULE, "undecided", "missing-table")
    ]


@pytest.mark.slow
def test_the_answers_of_the_other_packs_are_what_they_are_alone(answer: dict[str, Any]) -> None:
    """The province's alerts do not change, and slow or noisy plugins answer like any other."""
    rows_ = [tuple(row) for row in answer["alerts"]]
    province = [
        (id_, area, rule, verdict)
        for id_, area, pack, rule, verdict, _ in rows_
        if pack == "shaanxi-2531"
    ]
    assert province == [tuple(row) for row in answer["alone"]]
    for name in ("slow", "prints"):
        assert [row for row in rows_ if row[2] == name] == [
            ("dry", "610725001202", name, f"{name}-water", "warn", "")
        ]


@pytest.mark.slow
def test_an_explanation_says_which_packs_gave_no_answer(answer: dict[str, Any]) -> None:
    """In both languages, with the code that leads to the page of errors."""
    assert "pack hangs: undecided" in answer["explained"]
    assert "[slow-plugin]" in answer["explained"]
    assert "政策包 hangs：待核实" in answer["zh"]
    assert "hangs [slow-plugin]" in answer["repr"]


@pytest.mark.slow
def test_a_plugin_slower_than_the_limit_is_named(site: Path) -> None:
    """The limit is the caller's."""
    code = """
        from importlib.metadata import entry_points
        from antipoverty.plugins import installed
        slow = entry_points(group="antipoverty.packs", name="slow")
        print(*installed(timeout=0.5, entries=slow).broken.values())
        print(*installed(timeout=60, entries=slow).packs)
    """
    done = run(site, "-c", textwrap.dedent(code))
    assert done.returncode == 0, done.stderr
    first, second = done.stdout.strip().splitlines()
    assert "did not load in 0.5 seconds" in first
    assert second == "slow"


COMMAND = "from antipoverty.cli import main; import sys; sys.exit(main(sys.argv[1:]))"


@pytest.mark.slow
def test_naming_one_pack_loads_no_other(site: Path) -> None:
    """Beside one that hangs and one that ends its process, a pack of one's own is listed."""
    done = run(site, "-c", COMMAND, "rules", "list", "--pack", "prints", timeout=60)
    assert done.returncode == 0, done.stderr
    assert "prints-water" in done.stdout
    unknown = run(site, "-c", COMMAND, "rules", "check", "prins", timeout=60)
    assert unknown.returncode == 2
    assert "did you mean 'prints'?" in unknown.stderr


@pytest.mark.slow
def test_listing_every_pack_names_those_that_cannot_be(site: Path) -> None:
    """Broken, slow, not in force on the day: each by name and code; the others are listed."""
    words = ("rules", "list", "--as-of", "2021-12-01", "--timeout", "20", "--json")
    done = run(site, "-c", COMMAND, *words, timeout=120)
    assert done.returncode == 0, done.stderr
    assert {rule["pack"] for rule in json.loads(done.stdout)} >= {"prints", "slow", "mian-county"}
    named = dict(
        line.removeprefix("broken: ").split(": ", 1)
        for line in done.stderr.splitlines()
        if line.startswith("broken: ")
    )
    assert done.stderr.count("无法读取：") == len(named)
    assert {name: text.split("[")[-1].rstrip("]") for name, text in named.items()} == {
        "ends": "broken-plugin",
        "evaluates": "foreign-code",
        "future": "nothing-in-force",
        "hangs": "slow-plugin",
        "national-low-income": "nothing-in-force",  # it is of 2026
        "raises": "broken-plugin",
        "reaches": "foreign-code",
    }


@pytest.mark.slow
def test_a_countys_pack_is_carried_over_with_its_facts_and_tables(site: Path) -> None:
    """Made again from its schema, it answers as the plugin's own pack does."""
    code = """
        from datetime import date
        from importlib.metadata import entry_points
        import mian_county
        from antipoverty.model import schema_of
        from antipoverty.plugins import installed
        from antipoverty.rules import judge
        entries = entry_points(group="antipoverty.packs", name="mian-county")
        found = installed(entries=entries)["mian-county"]
        own = mian_county.pack()
        assert found.model is not own.model
        assert schema_of(found.model) == schema_of(own.model)
        assert found.rules == own.rules and found.parameters == own.parameters
        facts = dict(household_id="h", area="610725001202", orchard=100, labourers=2,
                     members=(), records=())
        loss = dict(loss_id="l", day=date(2021, 4, 2), amount="5000.01", insured=False)
        row = found.model.tables_of_row()["orchard_losses"]
        theirs = found.model(**facts, orchard_losses=(row(**loss),))
        mine = own.model(**facts, orchard_losses=(mian_county.OrchardLoss(**loss),))
        day = date(2021, 12, 1)
        one, other = judge(theirs, found, as_of=day), judge(mine, own, as_of=day)
        assert one.explain("zh") == other.explain("zh") != ""
        assert len(one.alerts) == 2
    """
    done = run(site, "-c", textwrap.dedent(code))
    assert done.returncode == 0, done.stderr


@attrs.frozen(repr=False)
class Twisted(nodes.Not):
    """A condition of somebody's own."""


class OwnRule(Rule):
    """A rule that answers otherwise."""

    def covers(self, area: str) -> bool:
        """Fail."""
        raise ZeroDivisionError


class OwnPack(Pack):
    """A pack that answers otherwise."""


def twisted() -> dict[str, Pack]:
    """The Shaanxi pack with one thing that is not the library's."""
    pack = shaanxi_2531().evolve(judgements=())
    rule = pack.rules["unsafe-water"]
    inner = parse("water_safe", pack.schema)
    condition: Condition = Twisted(inner)
    return {
        "condition": pack.evolve(rules=[attrs.evolve(rule, when=condition)]),
        "rule": pack.evolve(
            rules=[OwnRule(**{a.name: getattr(rule, a.name) for a in attrs.fields(Rule)})]
        ),
        "pack": OwnPack(**pack.evolve()._parts()),
    }


@pytest.mark.parametrize("what", ["condition", "rule", "pack"])
def test_code_that_is_not_the_librarys_is_refused_before_it_can_run(what: str) -> None:
    """Also of a pack in hand; the message names the class."""
    pack = twisted()[what]
    with pytest.raises(ForeignCodeError, match="test_isolation"):
        plain(pack)
    households = [Household(household_id="h", area="610702100200", members=(), records=())]
    each = screen_each(Tables.of(households), {"odd": pack}, as_of=DAY)
    assert each.failed["odd"].code == "foreign-code"
    assert each.alerts.rows() == [
        ("h", "610702100200", "odd", EVERY_RULE, "undecided", "foreign-code")
    ]


def test_the_plain_pack_is_the_same_policy() -> None:
    """Its rules, values, kinds and judgement rules are those of the original."""
    pack = shaanxi_2531()
    same = plain(pack)
    assert same._parts() == pack._parts()
    assert schema_of(same.model) == schema_of(pack.model)


@pytest.mark.slow
@pytest.mark.parametrize("kind", EAGER)
def test_answers_side_by_side_come_back_in_the_kind_that_came_in(kind: str) -> None:
    """With a pack that answers and one that cannot."""
    households = [
        Household(household_id="h", area="610702100200", water_safe=False, members=(), records=())
    ]
    tables = tables_as(Tables.of(households), kind)
    packs = {"good": shaanxi_2531(), "odd": twisted()["rule"]}
    each = screen_each(tables, packs, as_of=DAY)
    alone = screen(tables, shaanxi_2531(), as_of=DAY)
    expected = {(*row[:2], "good", *row[2:], "") for row in rows(alone.alerts)}
    odd = ("h", "610702100200", "odd", EVERY_RULE, "undecided", "foreign-code")
    assert rows(each.alerts) == {*expected, odd}
    assert isinstance(alone.alerts, type(each.alerts))


def test_frames_are_read_once_so_what_is_done_to_them_later_changes_no_answer() -> None:
    """Every pack and every later question sees the tables as they were screened."""
    pytest.importorskip("pandas")
    households = [Household(household_id="h", area="610702100200", members=(), records=())]
    tables = tables_as(Tables.of(households), "pandas")
    each = screen_each(tables, {"odd": twisted()["rule"]}, as_of=DAY)
    tables["households"]["area"] = "610103001001"
    assert rows(each.alerts) == {
        ("h", "610702100200", "odd", EVERY_RULE, "undecided", "foreign-code")
    }


def test_a_pack_that_breaks_an_engine_is_named_without_what_the_engine_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An engine's own message could hold values, so only the kind of error is told."""

    def breaking(tables: Tables, pack: Pack, **more: Any) -> Any:
        if pack.id == "shaanxi-2531":
            raise ZeroDivisionError("17999.99")
        return screen(tables, pack, **more)

    monkeypatch.setattr("antipoverty.plugins.screen", breaking)
    households = [Household(household_id="h", area="610702100200", members=(), records=())]
    packs = {"odd": shaanxi_2531(), "good": shaanxi_2531().evolve(id="good")}
    each = screen_each(Tables.of(households), packs, as_of=DAY)
    assert list(each.screenings) == ["good"]
    assert "ZeroDivisionError" in str(each.failed["odd"])
    assert "17999.99" not in str(each.failed["odd"])


def test_no_pack_at_all_gives_no_answer() -> None:
    """An empty frame with the same columns."""
    households = [Household(household_id="h", area="610702100200", members=(), records=())]
    each = screen_each(Tables.of(households), {}, as_of=DAY)
    assert each.alerts.columns == [
        *("household_id", "area", "pack", "rule_id", "verdict", "problem")
    ]
    assert each.alerts.rows() == []
    assert judge(households[0], shaanxi_2531(), as_of=DAY).verdicts
