"""What the whole suite shares: examples that do not depend on the machine's speed.

``--fast-within SECONDS`` holds the tests that are not marked slow to a time, so that
``pytest -m "not slow"`` stays an answer while one works. Counted is the time of the
processors, which does not depend on what else the machine does.
"""

from __future__ import annotations

import gc
import os
import sys
import time
from collections.abc import Generator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "suite",
    deadline=None,
    max_examples=int(os.environ.get("ANTIPOVERTY_EXAMPLES", "30")),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    derandomize=True,
    print_blob=True,
)
settings.load_profile("suite")

SPENT = pytest.StashKey[dict[str, float]]()
"""The seconds that each test took which is not marked slow."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--fast-within",
        type=float,
        metavar="SECONDS",
        help="fail when the tests that are not marked slow take longer, by two processes",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.stash[SPENT] = {}


def _seconds() -> float:
    ended = os.times()
    return time.process_time() + ended.children_user + ended.children_system


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, Any, Any]:
    began = _seconds()
    done = yield
    if item.get_closest_marker("slow") is None:
        item.config.stash[SPENT][item.nodeid] = _seconds() - began
    return done


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, Any, Any]:
    done = yield
    sql = sys.modules.get("pyspark.sql")
    session = sql and sql.SparkSession.getActiveSession()
    if session is not None:  # what one test keeps in memory is of no use to the next
        session.catalog.clearCache()
        gc.collect()  # Python's last word on a frame frees what Spark holds for it
    return done


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    node.config.stash[SPENT].update(getattr(node, "workeroutput", {}).get("spent", {}))


def pytest_sessionfinish(session: pytest.Session) -> None:
    config = session.config
    if hasattr(config, "workeroutput"):
        config.workeroutput["spent"] = config.stash[SPENT]
    elif _over(config) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _over(config: pytest.Config) -> bool:
    within = config.getoption("--fast-within")
    return within is not None and sum(config.stash[SPENT].values()) > 2 * within


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    config = terminalreporter.config
    if config.getoption("--fast-within") is None:
        return
    spent = config.stash[SPENT]
    terminalreporter.line(f"tests not marked slow: {sum(spent.values()):.0f} s of two processors")
    if _over(config):
        terminalreporter.line("too long; mark some of these with @pytest.mark.slow:", red=True)
        for name in sorted(spent, key=lambda one: -spent[one])[:20]:
            terminalreporter.line(f"  {spent[name]:6.1f} s  {name}")
