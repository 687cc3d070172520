"""A case that stands in a file twice is refused: of two answers one would be read past."""

from __future__ import annotations

import re

import pytest

from antipoverty.errors import InvalidCasesError
from antipoverty.testing import read_cases, read_equivalents
from packs import a_pack, a_rule

PACK = a_pack(a_rule("size > 3", "large"), a_rule("size > 4", "larger"))
CASE = '[[cases]]\nrule = "{rule}"\nname = "four"\nside = "warn"\nexpect = "{expect}"\n'
BASE = 'as_of = 2022-06-01\n[base.household]\narea = "610702100200"\nsize = 4\n'


def test_two_cases_of_one_rule_have_two_names() -> None:
    """Those of two rules may have one; a mark before the text, as spreadsheets write, is none."""
    once = "\ufeff" + BASE + CASE.format(rule="large", expect="warn")
    assert len(read_cases(once + CASE.format(rule="larger", expect="clear"), PACK)) == 2
    with pytest.raises(InvalidCasesError) as caught:
        read_cases(once + CASE.format(rule="large", expect="clear"), PACK)
    assert "case 'large' 'four' stands there twice" in str(caught.value)
    assert "案例 'large' 'four' 出现了两次" in caught.value.text("zh")


def test_what_cannot_be_read_is_named_in_chinese() -> None:
    """Cases, and the list of changes that no household tells."""
    for read in (lambda text: read_cases(text, PACK), read_equivalents):
        with pytest.raises(InvalidCasesError) as caught:
            read("rules = 3")
        assert re.match("(案例|等价改动清单) 无法读取", caught.value.text("zh"))
