"""In which language the library explains: of the call, of the block, of the program; no other."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest

from antipoverty import Household, judge, languages
from antipoverty.errors import InvalidArgumentError
from antipoverty.packs import shaanxi_2531


@pytest.fixture(autouse=True)
def _nobody_chose() -> Iterator[None]:
    yield
    languages.use(None)


JUDGEMENT = judge(
    Household(household_id="h1", area="610702100200", size=3, net_income_12m="12000",
              members=(), records=()),
    shaanxi_2531(),
    as_of=date(2021, 12, 1),
)  # fmt: skip
ZH, EN = JUDGEMENT.explain("zh"), JUDGEMENT.explain("en")


def spoken() -> str:
    """In which language an explanation comes whose call names none."""
    return {ZH: "zh", EN: "en"}[JUDGEMENT.explain()]


def test_the_call_comes_before_the_block_and_that_before_the_program() -> None:
    """Where nobody chose it is English; a choice can be taken back."""
    assert ZH != EN
    assert spoken() == "en"
    languages.use("zh")
    assert (spoken(), languages.current(otherwise="en")) == ("zh", "zh")
    with languages.using("en"):
        assert spoken() == "en"
        assert JUDGEMENT.explain("zh") == ZH
        with languages.using("zh"):
            assert spoken() == "zh"
        assert spoken() == "en"
    languages.use(None)
    assert spoken() == "en"


def test_the_environment_does_not_choose(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the command line looks at it, for itself."""
    for name in ("LANG", "LC_ALL", "LC_MESSAGES", "LANGUAGE"):
        monkeypatch.setenv(name, "zh_CN.UTF-8")
    assert spoken() == "en"


def test_a_block_is_of_its_own_thread_and_task() -> None:
    """What one request chose is not heard by another; what the program chose is heard by all."""
    both = threading.Barrier(2)

    def request(language: languages.Language) -> tuple[str, str]:
        with languages.using(language):
            both.wait(10)
            inside = spoken()
            both.wait(10)
        return inside, spoken()

    languages.use("zh")
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(request, languages.LANGUAGES)) == [("zh", "zh"), ("en", "zh")]

    async def task(language: languages.Language) -> str:
        with languages.using(language):
            await asyncio.sleep(0)
            return spoken()

    async def tasks() -> list[str]:
        return await asyncio.gather(*map(task, languages.LANGUAGES))

    assert asyncio.run(tasks()) == ["zh", "en"]


@pytest.mark.parametrize("wrong", ["fr", "", "ZH", 1])
def test_another_language_is_refused(wrong: str) -> None:
    """At the choice, not at the first explanation; what was chosen before stays."""
    languages.use("zh")
    for choose in (languages.use, languages.current, languages.using(wrong).__enter__):
        with pytest.raises(InvalidArgumentError):
            choose(wrong) if choose.__name__ != "__enter__" else choose()
    assert spoken() == "zh"
