"""Rules say when a household needs a visit; a pack is a whole policy; `judge` applies it.

>>> from datetime import date
>>> from antipoverty.conditions import household as h, param
>>> from antipoverty.model import Household
>>> rule = Rule(
...     id="income-under-line", title=Text("收入低于监测线", "Income under the line"),
...     department="rural-affairs", when=h.net_income_12m < param("line") * h.size,
...     source=Source("an example"), since=date(2021, 1, 1))
>>> line = parameter("line", Text("监测线", "the line"), "yuan/person",
...                  [("6000", date(2021, 1, 1), date(2021, 12, 31), Source("an example"))])
>>> pack = Pack("example", Text("示例", "Example"), rules=[rule], parameters=[line],
...             departments={"rural-affairs": Text("农业农村局", "Rural affairs")})
>>> household = Household(household_id="h1", area="610702100200", size=3, net_income_12m="17400")
>>> judge(household, pack, as_of=date(2021, 12, 1))
<Judgement h1: 1 warn, 0 undecided, of 1 rules>
"""

from __future__ import annotations

from antipoverty._base.provenance import Source, Status, Text
from antipoverty._judging.one import Alert, Judgement, Verdict, fact_label, judge, judge_rule
from antipoverty._policy.amounts import Amount, Stated
from antipoverty._policy.combine import combine
from antipoverty._policy.differences import Difference, differences
from antipoverty._policy.discovery import GROUP, Discovery, discover_pack, discover_packs
from antipoverty._policy.extending import Extends, Extension, extend
from antipoverty._policy.lacking import Lacking, values_form
from antipoverty._policy.ladders import NO_TIER, Ladder, Placed, Tier, ladder_in_words
from antipoverty._policy.pack import InForce, Pack
from antipoverty._policy.parts import (
    Parameter,
    ParameterValue,
    RecordKind,
    Rule,
    Severity,
    parameter,
)
from antipoverty._policy.toml import (
    extension_from_toml,
    pack_from_toml,
    parent_of,
    values_from_toml,
)

__all__ = [
    "GROUP",
    "NO_TIER",
    "Alert",
    "Amount",
    "Difference",
    "Discovery",
    "Extends",
    "Extension",
    "InForce",
    "Judgement",
    "Lacking",
    "Ladder",
    "Pack",
    "Parameter",
    "ParameterValue",
    "Placed",
    "RecordKind",
    "Rule",
    "Severity",
    "Source",
    "Stated",
    "Status",
    "Text",
    "Tier",
    "Verdict",
    "combine",
    "differences",
    "discover_pack",
    "discover_packs",
    "extend",
    "extension_from_toml",
    "fact_label",
    "judge",
    "judge_rule",
    "ladder_in_words",
    "pack_from_toml",
    "parameter",
    "parent_of",
    "values_form",
    "values_from_toml",
]
