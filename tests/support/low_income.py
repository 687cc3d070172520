"""Values made up for tests: what a province, a city and a county would set."""

from __future__ import annotations

from datetime import date

from antipoverty.packs import national_low_income
from antipoverty.rules import Pack, values_form, values_from_toml

DAY = date(2026, 11, 29)
VALUES = {
    "assets.financial": "20000",
    "assets.houses": "1",
    "assets.vehicles": "0",
    "disposable.last_year": "18000",
    "guarantee.line": "6000",
    "prevention.line": "8500",
    "rigid.ratio": "0.8",
}


def filled_form() -> str:
    """The form of the values that the pack needs, filled in with these."""
    pack = national_low_income()
    text = values_form(pack.id, DAY, pack.lacking(DAY))
    for name, value in VALUES.items():
        entry = f'parameter = "{name}"\nvalue = ""'
        assert entry in text
        text = text.replace(entry, f'parameter = "{name}"\nvalue = "{value}"')
    return text.replace('source = ""', 'source = "made up for the test"').replace(
        'status = "published"', 'status = "illustrative"'
    )


def given_pack() -> Pack:
    """The pack with values made up for tests."""
    return values_from_toml(filled_form(), national_low_income())
