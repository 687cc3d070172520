"""What is shown of a draft of notices: all that its charts and its page ask of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from antipoverty._scoring.gathering import Missing
from antipoverty._scoring.indicators import NoticePolicy
from antipoverty._scoring.notices import Notice
from antipoverty._scoring.rating import Baseline, Score
from antipoverty.codes import AreaCode
from antipoverty.languages import Language
from antipoverty.periods import Period


class Drafted(Protocol):
    """A draft, as `Draft` is one: who was compared, how, and what was found."""

    @property
    def notices(self) -> tuple[Notice, ...]: ...
    @property
    def scores(self) -> tuple[Score, ...]: ...
    @property
    def missing(self) -> tuple[Missing, ...]: ...
    @property
    def baselines(self) -> tuple[Baseline, ...]: ...
    @property
    def policy(self) -> NoticePolicy: ...
    @property
    def period(self) -> Period: ...
    @property
    def illustrative(self) -> bool: ...
    @property
    def rated(self) -> int: ...
    @property
    def intervals(self) -> Mapping[AreaCode, tuple[int, int]]: ...
    def explain(self, unit: str, language: Language | None = None) -> str: ...
