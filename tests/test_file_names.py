"""What a file calls a thing and what Python calls it is one word."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import attrs
import pytest
from pydantic import BaseModel

from antipoverty._base import forms as base_forms  # private: forms are no one's to call
from antipoverty._policy import pack_forms as forms  # private: forms are no one's to call
from antipoverty._scoring.policy import Declared  # private: the base of policy files
from antipoverty.casework import Workflow
from antipoverty.judgement import JudgementRule, Pattern, Tally
from antipoverty.rules import (
    Amount,
    Extends,
    Extension,
    Ladder,
    Pack,
    Parameter,
    ParameterValue,
    RecordKind,
    Rule,
    Source,
    Text,
    Tier,
)
from antipoverty.scoring import NoticePolicy
from antipoverty.testing import Case, JudgementCase
from antipoverty.testing import cases as case_forms
from antipoverty.testing import judgements as judgement_forms

WORKED_OUT = {"outside"}
"""What a pack works out of the rest, so that no file says it."""


def called(made: type) -> set[str]:
    """The words by which Python makes it."""
    return set(inspect.signature(made).parameters) - WORKED_OUT


@pytest.mark.parametrize(
    ("form", "made"),
    [
        (forms.ValueForm, ParameterValue),
        (forms.ParameterForm, Parameter),
        (forms.KindForm, RecordKind),
        (forms.RuleForm, Rule),
        (forms.AmountForm, Amount),
        (forms.TierForm, Tier),
        (forms.LadderForm, Ladder),
        (forms.ExtendsForm, Extends),
        (forms.PatternForm, Pattern),
        (forms.TallyForm, Tally),
        (forms.JudgementForm, JudgementRule),
        (base_forms.TextForm, Text),
        (base_forms.SourceForm, Source),
    ],
    ids=lambda one: one.__name__,
)
def test_a_part_has_the_same_words_in_a_file(form: type[BaseModel], made: type) -> None:
    """Each key of a table is an argument of the class, and each argument a key."""
    assert set(form.model_fields) == called(made)


def test_a_pack_has_the_same_words_in_a_file() -> None:
    """What `[pack]` and the sections are called is what `Pack` and `Extension` take."""
    head, sections = set(forms.PackForm.model_fields), set(forms.FileForm.model_fields)
    file = (head | sections) - {"pack", "sources"}  # a file cites its sources by name
    assert file == called(Extension)
    assert file - {"extends", "values"} == called(Pack) - {"model"}


def test_a_file_of_values_has_the_words_of_with_value() -> None:
    """What is said of a source besides its title is what `Source` calls it."""
    given = set(inspect.signature(Pack.with_value).parameters) - {"self"}
    more = set(forms.GivenForm.model_fields) - given
    assert given < set(forms.GivenForm.model_fields)
    assert more == {"status", "grade"} < called(Source)
    assert {*forms.GivenFile.model_fields} == {"values"} < called(Extension)


def test_cases_have_the_same_words_in_a_file() -> None:
    """A file says no less of a case than Python does, by the same words."""
    assert called(Case) <= set(case_forms._CaseForm.model_fields)
    assert called(JudgementCase) <= set(judgement_forms._CaseForm.model_fields)
    assert attrs.fields_dict(JudgementCase).keys() >= {"expect", "facts"}


def every(kind: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """A class of tables and all that are made of it."""
    yield kind
    for below in kind.__subclasses__():
        yield from every(below)


def test_no_table_of_a_file_has_a_second_name() -> None:
    """Where Python has the word for itself, the file's is the same without the stroke."""
    assert issubclass(Workflow, base_forms.Form)
    assert issubclass(NoticePolicy, Declared)
    aliases = {
        (kind.__name__, name, info.alias)
        for root in (base_forms.Form, case_forms.Form, Declared)
        for kind in every(root)
        for name, info in kind.model_fields.items()
        if info.alias not in (None, name)
    }
    assert aliases == {("Step", "from_", "from")}
