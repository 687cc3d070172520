"""The model: exact money, declared bounds, and silence about personal values."""

from __future__ import annotations

import json
import logging
import pprint
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any, Required, get_origin, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from antipoverty.conditions import Rows
from antipoverty.errors import InvalidModelError, InvalidMoneyError, InvalidUnitError
from antipoverty.model import (
    MAX_ROWS_PER_HOUSEHOLD,
    Area,
    AreaCode,
    AreaFacts,
    Fact,
    Household,
    HouseholdFacts,
    Keeper,
    KeeperFacts,
    Member,
    MemberFacts,
    Money,
    Record,
    RecordFacts,
    Row,
    Unit,
    exact_number,
    schema_of,
)

HOME: dict[str, Any] = {"household_id": "h-1", "area": "610702100200"}
YUAN = Unit.parse("yuan")
SECRETS = {"head_name": "张三丰", "phone": "13912345678"}
MEMBER = {"member_id": "m-1", "name": "李四光", "resident_id": "11010519491231002X"}


@given(fen=st.integers(-(10**12), 10**12))
def test_money_survives_being_printed_and_read(fen: int) -> None:
    """Whole fen print as yuan with two decimals and are read back exactly."""
    assert Money.of(str(Money(fen))) == Money(fen)
    assert Money.of(Decimal(fen) / 100) == Money(fen)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (6000.5, "a float cannot hold"),
        (float("nan"), "a float"),
        (6000, "could be yuan or fen"),
        (True, "written as text"),
        ("6,000", "finite decimal"),
        ("6000.001", "whole number of fen"),
        ("nan", "finite decimal"),
        ("Infinity", "finite decimal"),
        ("六千", "finite decimal"),
        ("", "finite decimal"),
        (" 6000", "finite decimal"),
        ("1/0", "finite decimal"),
        (Decimal("NaN"), "finite decimal"),
        ("6_000", "finite decimal"),
        ("６０００", "finite decimal"),
        ("1/4", "finite decimal"),
        ("6.12E+05", "finite decimal"),
        ("1e999999999", "finite decimal"),
        ("9" * 5000, "finite decimal"),
        (Decimal("sNaN"), "finite decimal"),
        (Decimal("1E+400"), "more than 40 digits"),
        (Decimal("1E+999999999"), "more than 40 digits"),
        (Decimal("1E-999999999"), "more than 40 digits"),
    ],
)
def test_money_that_is_not_exact_is_refused_with_a_reason(value: object, reason: str) -> None:
    """Floats, bare whole numbers and malformed text each say why they are refused."""
    with pytest.raises(InvalidMoneyError, match=reason):
        exact_number(value, YUAN)


@pytest.mark.parametrize("fen", [True, 1.0, "1", Decimal(1), None])
def test_fen_are_a_whole_number(fen: Any) -> None:
    """A wrong type is refused, and the amount is not shown."""
    with pytest.raises(InvalidMoneyError, match=f"not a {type(fen).__name__}"):
        Money(fen)


def test_an_amount_of_money_is_no_other_number() -> None:
    """A share or a count of persons is never read from money."""
    with pytest.raises(InvalidMoneyError, match="a number of person"):
        exact_number(Money(5), Unit.parse("person"))


def test_a_household_holds_money_as_fen() -> None:
    """Yuan come in as text, Decimal or Money and are held as whole fen."""
    for given_ in ("17400.05", Decimal("17400.05"), Money(1740005)):
        assert Household(**HOME, net_income_12m=given_).net_income_12m == 1740005


@pytest.mark.parametrize(
    ("facts", "kind"),
    [
        ({"net_income_12m": 17400.5}, "invalid-money"),
        ({"net_income_12m": 17400}, "invalid-money"),
        ({"rigid_spending_12m": "-0.01"}, "out-of-bounds"),
        ({"size": 0}, "out-of-bounds"),
        ({"size": 100}, "out-of-bounds"),
        ({"size": "3"}, "int_type"),
        ({"size": 3.0}, "int_type"),
        ({"dwelling_grade": "E"}, "unknown-choice"),
        ({"monitored": 1}, "bool_type"),
        ({"area": "6107"}, "invalid-code"),
        ({"area": "61070210020X"}, "invalid-code"),
        ({"household_id": "a b"}, "string_pattern_mismatch"),
        ({"sise": 3}, "extra_forbidden"),
    ],
)
def test_a_bad_fact_is_refused_by_a_stable_type_of_error(facts: dict[str, Any], kind: str) -> None:
    """Strict types, declared bounds and known words; nothing is coerced."""
    with pytest.raises(ValidationError) as caught:
        Household(**(HOME | facts))
    assert caught.value.errors()[0]["type"] == kind


def test_models_are_frozen() -> None:
    """A household cannot be changed after it was made."""
    household = Household(**HOME)
    with pytest.raises(ValidationError):
        household.size = 3  # type: ignore[misc]


@pytest.mark.parametrize(
    "show",
    [
        repr,
        str,
        "{}".format,
        lambda h: logging.Formatter().format(logging.LogRecord("x", 20, "x", 1, "%s", (h,), None)),
    ],
)
def test_personal_values_never_show(show: Any) -> None:
    """No name, number or amount is in a repr, a string or a log line."""
    household = Household(**HOME, **SECRETS, net_income_12m="98765.43", members=(Member(**MEMBER),))
    for text in (
        show(household),
        show(household.members[0]),
        show([household]),
        household.model_dump_json(),
    ):  # type: ignore[index]
        for secret in (*SECRETS.values(), "李四光", "11010519491231002X"):
            assert secret not in text
    assert "98765" not in show(household)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda household: Household(**HOME, **(SECRETS | {"phone": ["13912345678"]})),
        lambda household: Household(**SECRETS),
        lambda household: Household(**HOME, net_income_12m="98765.433"),
        lambda household: Household(**HOME, members=(MEMBER | {"resident_id": "13912345678"},)),
        lambda household: Household.model_validate_json(
            '{"phone": "13912345678", "head_name": "张三丰'
        ),
        lambda household: setattr(household, "phone", "13912345678"),
        lambda household: Record(record_id="r", kind="13912345678 张三丰"),
    ],
)
def test_a_refused_value_is_nowhere_in_the_error(spoil: Any) -> None:
    """A service that logs all it can get of an error logs no value."""
    with pytest.raises(ValidationError) as caught:
        spoil(Household(**HOME))
    error = caught.value
    for text in (str(error), repr(error), str(error.errors()), error.json()):
        for secret in (*SECRETS.values(), "李四光", "98765"):
            assert secret not in text
    assert error.errors()[0]["type"]
    assert error.__cause__ is None


def test_pretty_printers_see_the_key_alone() -> None:
    """Rich, devtools and pprint show no amount and no name."""
    household = Household(**HOME, **SECRETS, net_income_12m="98765.43", size=3)
    assert list(household.__repr_args__()) == [("household_id", "h-1")]
    assert list(household.__rich_repr__()) == [("household_id", "h-1")]
    assert pprint.pformat(household) == repr(household)


@pytest.mark.parametrize(
    "id_", ["h\x1b[31m", "h\u202e1", "\ufeffh1", "h\u200b1", "h\x00", "h1\n", "h|1", "", "h" * 65]
)
def test_an_id_shows_all_its_characters(id_: str) -> None:
    """What steers a terminal, hides or turns the line round is no part of an id."""
    with pytest.raises(ValidationError):
        Household(household_id=id_, area="610702100200")


def test_a_child_row_stands_once() -> None:
    """A member counted twice would be judged twice; rows beyond the bound could overflow."""
    twice = ({"member_id": "m-1"}, {"member_id": "m-2"}, {"member_id": "m-1"})
    with pytest.raises(ValidationError, match="members has m-1 twice") as caught:
        Household(**HOME, members=twice)
    assert caught.value.errors()[0]["type"] == "duplicate-id"
    crowd = tuple(Member(member_id=f"m-{i}") for i in range(MAX_ROWS_PER_HOUSEHOLD + 1))
    assert Household(**HOME, members=crowd[:-1]).members == crowd[:-1]
    with pytest.raises(ValidationError, match="more than 10000 rows"):
        Household(**HOME, members=crowd)


def test_errors_never_show_the_value() -> None:
    """A refused personal value or amount is not in the message."""
    with pytest.raises(ValidationError) as caught:
        Member(member_id="m-1", resident_id="110105194912310021")
    assert "1949" not in str(caught.value)
    with pytest.raises(ValidationError) as caught:
        Household(**HOME, net_income_12m="98765.433")
    assert "98765" not in str(caught.value)


def test_a_household_survives_json_without_its_personal_values() -> None:
    """What is written is read back, personal values only when asked for."""
    household = Household(
        **HOME,
        **SECRETS,
        net_income_12m="-3.05",
        members=(Member(**MEMBER),),
        records=(Record(record_id="r-1", kind="job_loss"),),
    )
    bare = Household.model_validate_json(household.model_dump_json())
    assert bare.net_income_12m == -305
    assert bare.head_name is None
    assert bare.members is not None
    assert bare.members[0].resident_id is None
    whole = Household.model_validate_json(household.model_dump_json(context={"personal": True}))
    assert whole == household


def test_the_json_schema_has_labels_units_and_bounds() -> None:
    """Other systems read from the schema what a field means."""
    schema = Household.model_json_schema()
    size = schema["properties"]["size"]
    assert (size["title"], size["x-unit"], size["x-low"], size["x-high"]) == (
        "户籍人口 / registered members",
        "person",
        1,
        99,
    )
    assert (size["minimum"], size["maximum"]) == (1, 99)
    assert schema["properties"]["dwelling_grade"]["enum"] == ["A", "B", "C", "D", None]
    amount = schema["$defs"]["Record"]["properties"]["amount"]
    assert (amount["x-unit"], amount["x-low"], amount["x-high"]) == ("yuan", "0.00", "100000000.00")
    assert schema["properties"]["phone"]["x-personal"] is True
    json.dumps(schema)


def test_a_keeper_holds_areas_below_its_grids() -> None:
    """A keeper of a village holds its group grids and not the next village's."""
    keeper = Keeper(keeper_id="k-1", grids=(AreaCode("610702100200"),))
    assert keeper.holds("61070210020003")
    assert not keeper.holds("61070210020103")


def test_every_fact_has_labels_in_both_languages_and_numbers_have_bounds() -> None:
    """No field of the model is without its Chinese and English label."""
    for table in schema_of(Household):
        for field in table.fields.values():
            assert field.about.zh
            assert field.about.en


def test_units_multiply_and_only_like_units_are_equal() -> None:
    """Yuan per person times persons are yuan."""
    assert Unit.parse("yuan/person") * Unit.parse("person") == YUAN
    assert Unit.parse("1") == Unit()
    assert str(Unit.parse("mu*person/year")) == "mu*person/year"
    for text in ("Yuan", "yuan/", "yuan per person", "/person", "元"):
        with pytest.raises(InvalidUnitError):
            Unit.parse(text)


def test_a_pure_number_may_be_a_fraction_and_money_may_not() -> None:
    """Ratios are exact; an amount is a whole number of fen."""
    assert exact_number("1/3", Unit()) == Fraction(1, 3)
    with pytest.raises(InvalidMoneyError):
        exact_number("1/3", YUAN)


def test_an_extension_adds_facts_and_tables() -> None:
    """A county's class is read like the model itself."""

    class Loss(Row):
        KEY = "loss_id"
        DAY = "day"
        loss_id: Annotated[str, Fact(zh="编号", en="id")]
        day: Annotated[Any, Fact(zh="日期", en="day")] = None

    class OrchardHousehold(Household):
        orchard: Annotated[int | None, Fact(zh="果园", en="orchard", unit="mu", low=0, high=99)] = (
            None
        )
        losses: tuple[Loss, ...] | None = None

    schema = schema_of(OrchardHousehold)
    assert schema.household.fields["orchard"].about.unit == Unit.parse("mu")
    assert schema.tables["losses"].day == "day"
    assert set(schema.tables) == {"members", "records", "losses"}


def test_an_extension_that_cannot_be_used_says_why() -> None:
    """A fact without labels, a number without bounds, a reserved name."""

    class Bare(Household):
        orchard: int | None = None

    class Unbounded(Household):
        orchard: Annotated[int | None, Fact(zh="果园", en="orchard")] = None

    class Reserved(Household):
        where: Annotated[bool | None, Fact(zh="何处", en="where")] = None

    for model, reason in ((Bare, "no Fact"), (Unbounded, "without bounds"), (Reserved, "'where'")):
        with pytest.raises(InvalidModelError, match=reason):
            schema_of(model)


def test_no_field_can_hide_behind_a_method_of_rows() -> None:
    """Every public attribute of rows is a reserved name."""
    from antipoverty._model.facts import RESERVED  # private: every reserved name is refused

    public = {name for name in dir(Rows) if not name.startswith("_")}
    assert public <= RESERVED


@pytest.mark.parametrize(
    ("model", "given_"),
    [
        (Area, AreaFacts),
        (Household, HouseholdFacts),
        (Keeper, KeeperFacts),
        (Member, MemberFacts),
        (Record, RecordFacts),
    ],
)
def test_type_checkers_know_every_keyword_of_a_model(model: Any, given_: Any) -> None:
    """And which of them must be given."""
    wanted = {name: one.is_required() for name, one in model.model_fields.items()}
    hints = get_type_hints(given_, include_extras=True)
    assert {name: get_origin(hint) is Required for name, hint in hints.items()} == wanted
