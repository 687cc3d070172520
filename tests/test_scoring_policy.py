"""Policies: what is left open, what is refused, and that every problem is told at once."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from pydantic import ValidationError

from antipoverty.errors import InvalidPolicyError
from antipoverty.periods import Cadence
from antipoverty.scoring import AssessmentPolicy, RunRule


def test_the_default_is_the_published_mechanism_and_says_that_its_points_are_not() -> None:
    """Two months in the routine assessment, two quarters at the year end, illustrative points."""
    policy = AssessmentPolicy()
    assert policy.illustrative
    months, quarters = policy.rules
    assert (months.cadence, months.effect, months.length) == (Cadence.MONTH, "routine-points", 2)
    assert (quarters.cadence, quarters.effect) == (Cadence.QUARTER, "year-end-points")
    assert quarters.length == 2


def test_decimals_of_a_file_are_exact() -> None:
    """0.1 in a file is one tenth."""
    policy = AssessmentPolicy.from_toml("""
        [[rules]]
        id = "r"
        cadence = "month"
        effect = "routine-points"
        commended = 0.1
        decay = "by-age"
        decay_factor = 0.1
    """)
    assert policy.rules[0].commended == Decimal("0.1")
    assert policy.rules[0].decay_factor == Fraction(1, 10)


def test_a_float_is_refused() -> None:
    """A binary fraction is not an exact number, wherever it comes from."""
    for field, value in (("commended", 0.5), ("decay_factor", 0.5), ("cap", True)):
        with pytest.raises(ValidationError, match="exact number"):
            RunRule.model_validate(
                {"id": "r", "cadence": "month", "effect": "routine-points", field: value}
            )


def test_every_problem_of_a_file_is_told_at_once() -> None:
    """Unknown fields with a hint, wrong choices, wrong signs, in all the rules."""
    with pytest.raises(InvalidPolicyError) as caught:
        AssessmentPolicy.from_toml("""
            statsu = "published"
            [[rules]]
            id = "A b"
            cadence = "month"
            effect = "routine-points"
            count = "once"
            commended = 0.123
            cap = -1
            [[rules]]
            id = "b"
            cadence = "monthly"
            effect = "veto"
        """)
    told = str(caught.value)
    for words in (
        "statsu: there is no such field; did you mean 'status'?",
        "rules 1, count: there is no such field; did you mean 'counts'?",
        "rules 1, id:",
        "rules 1, commended: decimal input should have no more than 2 decimal places",
        "rules 1, cap: input should be greater than or equal to 0",
        "rules 2, cadence: input should be 'week', 'month'",
    ):
        assert words in told
    assert len(caught.value.problems) == 6


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ('effect = "veto"\ncommended = 1', "a veto has commended = 0"),
        ('effect = "veto"\ncap = 1', "neither cap nor floor"),
        ('effect = "veto"\ndecay = "by-age"\ndecay_factor = 0.5', "decay is for points only"),
        ('effect = "grade-step"\ncommended = 0.5', "grade steps are whole"),
        ('effect = "routine-points"\nwithout_notice = "pending"', "goes with pending_days"),
        ('effect = "routine-points"\npending_days = 5', "goes with pending_days"),
        ('effect = "routine-points"\ndecay = "by-age"', "decay goes with decay_factor"),
        ('effect = "routine-points"\ndecay_factor = 0.5', "decay goes with decay_factor"),
        (
            'effect = "routine-points"\ndecay = "by-age"\ndecay_factor = 1.5',
            "less than or equal to 1",
        ),
        ('effect = "routine-points"\ndecay = "by-age"\ndecay_factor = "1/0"', "exact number"),
        ('effect = "routine-points"\nlength = 0', "greater than or equal to 1"),
        ('effect = "routine-points"\ncriticised = 1', "less than or equal to 0"),
    ],
)
def test_a_rule_that_contradicts_itself_is_refused(fields: str, words: str) -> None:
    """Each contradiction, with what to do."""
    with pytest.raises(InvalidPolicyError, match=words):
        AssessmentPolicy.from_toml(f'[[rules]]\nid = "r"\ncadence = "month"\n{fields}')


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("rules = []", "at least one rule"),
        ('status = "published"', "names its source"),
        ("id = ", "it is not TOML"),
        ("rules = 3", "rules: "),
        (
            "".join(
                '[[rules]]\nid = "r"\ncadence = "month"\neffect = "routine-points"\n'
                for _ in range(2)
            ),
            "used twice: r",
        ),
    ],
)
def test_a_policy_that_cannot_be_used_is_refused(text: str, words: str) -> None:
    """A file without rules, a publication without a source, no TOML, an id twice."""
    with pytest.raises(InvalidPolicyError, match=words):
        AssessmentPolicy.from_toml(text)
