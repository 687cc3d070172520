"""A plan applies a design to areas or to lists: what `draw` is given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from antipoverty._base.frozen import Frozen
from antipoverty._sampling.design import LISTED, Design, Stage
from antipoverty._sampling.frames import Frame, Source, frame_of
from antipoverty.model import AreaTree


class Plan:
    """A design on areas or lists: what `draw` is given.

    Args:
        design: What is drawn from what.
        source: The areas; or, for a plan on lists, the units of each stratum.
        sizes: The size of each unit, for chances in proportion to it.
    """

    def __init__(
        self, design: Design, source: Source, sizes: Mapping[str, int] | None = None
    ) -> None:
        self.design = design
        self.source = source
        self.sizes = Frozen(sizes) if sizes else None
        self.dated = isinstance(source, AreaTree) and any(one.since or one.until for one in source)
        self._frames: dict[date | None, Frame] = {}

    def __repr__(self) -> str:
        mark = " (illustrative)" if self.design.illustrative else ""
        stages = ", then ".join(f"{s.take} {s.level} by {s.by}" for s in self.design.stages)
        return f"<Plan {self.design.id}{mark}: {stages} in every {self.design.strata}>"

    def frame(self, day: date) -> Frame:
        """The frame on a day; see `frame_of`."""
        key = day if self.dated else None
        if key not in self._frames:
            self._frames[key] = frame_of(self.design, self.source, day, self.sizes)
        return self._frames[key]


class WeeklyVillagePlan(Plan):
    """One village in every county, every week (每周在每个县随机抽取一个村).

    Args:
        areas: The tree.
        excluded: Codes left out, with all below them, and the reason of each.
        coverage: ``independent``, ``cycle`` or ``within(n)`` over a county's villages.
        source: The document that fixes these choices. The mechanism's own text fixes
            one village, every county, every week; nothing else is published.

    Source:
        Shaanxi's double random checks (双随机抽查), 2021.
    """

    def __init__(
        self,
        areas: AreaTree,
        *,
        excluded: Mapping[str, str] | None = None,
        coverage: str = "independent",
        source: str = "",
    ) -> None:
        stage = Stage("village", coverage=coverage)
        super().__init__(
            Design(
                "weekly-village",
                "county",
                (stage,),
                rural=True,
                excluded=excluded or {},
                cadence="week",
                source=source,
            ),
            areas,
        )


class OnSitePlan(Plan):
    """One county in every city, and one sample village in it (每市抽一县、县抽一村).

    Args:
        areas: The tree.
        excluded: Codes left out, with all below them, and the reason of each.
        coverage: The policy over a city's counties; the default lets none repeat until
            all were drawn, because the mechanism promises that all counties get covered.
        source: The document that fixes these choices, if there is one.

    Source:
        Shaanxi's double random checks (双随机抽查), 2021.
    """

    def __init__(
        self,
        areas: AreaTree,
        *,
        excluded: Mapping[str, str] | None = None,
        coverage: str = "cycle",
        source: str = "",
    ) -> None:
        stages = (
            Stage("county", coverage=coverage),
            Stage("village"),
        )
        super().__init__(
            Design("onsite", "city", stages, rural=True, excluded=excluded or {}, source=source),
            areas,
        )


class HouseholdPlan(Plan):
    """Households inside sample villages, none repeated until all were drawn (抽户).

    Args:
        households: The household ids of each village.
        take: How many households in each village.
        coverage: ``cycle`` lets none repeat across rounds.
        source: The document that fixes these choices, if there is one.
    """

    def __init__(
        self,
        households: Mapping[str, Sequence[str]],
        *,
        take: int,
        coverage: str = "cycle",
        source: str = "",
    ) -> None:
        stage = Stage(LISTED, take, coverage=coverage)
        super().__init__(Design("households", LISTED, (stage,), source=source), households)
