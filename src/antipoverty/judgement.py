"""Judge the signals of one household together (综合研判): correlate, conclude, chain.

Rules over single facts are the business of `antipoverty.rules`. Here several facts of one
household, from several departments and days, lead to conclusions, and conclusions to
further ones. A fact taken back takes with it what rested on it.

>>> from datetime import date
>>> from antipoverty.packs import shaanxi_2531
>>> judge = Judge(shaanxi_2531())
>>> medical = Signal(id="m1", household_id="h1", kind="alert", name="medical-burden-general",
...                on=date(2022, 1, 3), department="medical-insurance", risk="illness")
>>> work = Signal(id="w1", household_id="h1", kind="alert", name="labour-loss",
...             on=date(2022, 1, 9), department="human-resources", risk="no_labour")
>>> judge.feed(medical).new
()
>>> [one.name for one in judge.feed(work)]
['illness-and-labour', 'several-departments', 'high-risk', 'no-help-yet']
>>> [one.name for one in judge.withdraw("h1", "m1").withdrawn]
['illness-and-labour', 'several-departments', 'high-risk', 'no-help-yet']
"""

from __future__ import annotations

from antipoverty._judging.answer import Answer, answer
from antipoverty._judging.conclusions import Conclusion, EngineName, Ground
from antipoverty._judging.frames import judge_all, judge_each
from antipoverty._judging.judge import Change, Judge, fact_of
from antipoverty._policy.judgement_rules import JudgementRule, Judgements
from antipoverty._policy.signals import Pattern, Signal, Tally

__all__ = [
    "Answer",
    "Change",
    "Conclusion",
    "EngineName",
    "Ground",
    "Judge",
    "JudgementRule",
    "Judgements",
    "Pattern",
    "Signal",
    "Tally",
    "answer",
    "fact_of",
    "judge_all",
    "judge_each",
]
