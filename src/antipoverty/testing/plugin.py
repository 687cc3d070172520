"""``pytest --antipoverty-pack NAME`` checks installed packs without a test file of their own.

Every check of a pack is an item of the run, so that a failed one is named, and ``-k``,
``-n`` and reports work as for any test. Without the option nothing of the library is
loaded, and the run is what it would be without this plugin.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from antipoverty.testing.conformance import Check

ALL = "all"
"""Stands for every installed pack."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("antipoverty", "packs of antipoverty")
    group.addoption(
        "--antipoverty-pack",
        action="append",
        default=[],
        metavar="NAME",
        help="check this installed pack; may be given several times, 'all' for every one",
    )
    group.addoption(
        "--antipoverty-examples",
        type=int,
        default=25,
        metavar="COUNT",
        help="how many draws of households each check of the engines tries",
    )
    group.addoption(
        "--antipoverty-timeout",
        type=float,
        default=60.0,
        metavar="SECONDS",
        help="how long a pack may take to load",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(
    session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Add the checks of the packs that were asked for."""
    for name in _names(config.getoption("--antipoverty-pack")):
        pack = PackUnderTest.from_parent(session, name=name, nodeid=f"antipoverty-pack/{name}")
        items.extend(pack.collect())


def _names(asked: list[str]) -> list[str]:
    if not asked:
        return []
    from antipoverty._policy.discovery import offered

    entries, double = offered()
    known = sorted([*(one.name for one in entries), *double])
    unknown = [name for name in asked if name not in known and name != ALL]
    if unknown:
        raise pytest.UsageError(
            f"no pack {unknown[0]!r} is installed; installed are: {', '.join(known) or 'none'}"
        )
    return known if ALL in asked else list(dict.fromkeys(asked))


class PackUnderTest(pytest.Collector):
    """An installed pack, whose items are its checks."""

    def collect(self) -> Iterator[pytest.Item]:
        """Give one item per check; a pack that cannot be loaded has one that says why."""
        try:
            from antipoverty.testing.conformance import checks_of_installed
        except ModuleNotFoundError as missing:
            raise pytest.UsageError(
                f"{missing.name} is not installed; run: pip install 'antipoverty[testing]'"
            ) from None
        option = self.config.getoption
        checks = checks_of_installed(
            self.name,
            examples=option("--antipoverty-examples"),
            timeout=option("--antipoverty-timeout"),
        )
        for check in checks:
            yield CheckOfPack.from_parent(self, name=str(check), check=check)


class CheckOfPack(pytest.Item):
    """One check of a pack."""

    def __init__(self, *, check: Check, **more: Any) -> None:
        super().__init__(**more)
        self._check = check

    def runtest(self) -> None:
        """Try the check."""
        self._check()

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Say what was found and what to do; a traceback into the library would not help."""
        if isinstance(excinfo.value, AssertionError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[str, None, str]:
        """Say which check this is."""
        return self.nodeid.partition("::")[0], None, f"{self._check.of}: {self.name}"
