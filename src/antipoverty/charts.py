"""Charts (图表) for notebooks and slides: functions that give Altair charts, in Chinese or English.

Each takes what another room gave: the counts of a screening, drafts of notices, coverage,
in-times, a book. Nothing is drawn of a single household. They need the extra ``report``.
"""

from __future__ import annotations

from antipoverty._casework.charts import cluster_chart, flow_of_states, in_time_distributions
from antipoverty._sampling.charts import coverage_over_time
from antipoverty._scoring.charts import funnel, league, run_chart
from antipoverty._screening.charts import (
    alerts_by_area,
    alerts_by_area_and_month,
    area_map,
    threshold_curve,
    trend,
    undecided_by_cause,
)
from antipoverty.report import to_svg

__all__ = [
    "alerts_by_area",
    "alerts_by_area_and_month",
    "area_map",
    "cluster_chart",
    "coverage_over_time",
    "flow_of_states",
    "funnel",
    "in_time_distributions",
    "league",
    "run_chart",
    "threshold_curve",
    "to_svg",
    "trend",
    "undecided_by_cause",
]
