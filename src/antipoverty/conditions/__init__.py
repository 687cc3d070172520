"""The condition language (条件语言): what a rule may ask of a household.

A condition is one small typed tree with two ways to write it, Python operators and
a text an official can review, and one meaning, which `truth` defines.

>>> condition = parse("any(members, 6 <= age <= 15 and not in_school)")
>>> condition == members.any(members.age.between(6, 15) & ~members.in_school)
True
>>> in_words(condition, "en")
'there are members (age is at least 6 years and age is at most 15 years and not in school)'
"""

from antipoverty.conditions.build import (
    Facts,
    ago,
    facts,
    household,
    members,
    param,
    periods,
    ratio,
    records,
    score,
    yuan,
)
from antipoverty.conditions.derived import fields_derived, walked
from antipoverty.conditions.evidence import (
    Evidence,
    Threshold,
    Worked,
    derivations,
    evidence,
    fields_read,
    params_read,
    tables_read,
    thresholds,
    unsettled,
    words_of,
)
from antipoverty.conditions.meaning import Truth, reach, span, truth
from antipoverty.conditions.prose import in_words, quantity
from antipoverty.conditions.setting import Setting
from antipoverty.conditions.text import check_size, parse, parse_value
from antipoverty.conditions.tree import Condition, Node, Rows, Value
from antipoverty.conditions.windows import Window
from antipoverty.languages import Language

__all__ = [
    "Condition",
    "Evidence",
    "Facts",
    "Language",
    "Node",
    "Rows",
    "Setting",
    "Threshold",
    "Truth",
    "Value",
    "Window",
    "Worked",
    "ago",
    "check_size",
    "derivations",
    "evidence",
    "facts",
    "fields_derived",
    "fields_read",
    "household",
    "in_words",
    "members",
    "param",
    "params_read",
    "parse",
    "parse_value",
    "periods",
    "quantity",
    "ratio",
    "reach",
    "records",
    "score",
    "span",
    "tables_read",
    "thresholds",
    "truth",
    "unsettled",
    "walked",
    "words_of",
    "yuan",
]
