"""Notices from a file: every problem of every line, at once."""

from __future__ import annotations

import io
from datetime import date

import pytest
from pydantic import ValidationError

from antipoverty.errors import InvalidNoticesError
from antipoverty.periods import Period
from antipoverty.scoring import Notice, NoticeVerdict, read_notices, write_notices
from scoring_histories import AREAS

HEADER = "notice_id,unit,period,verdict,level,issued_on,reason,replaces\n"


def test_a_file_is_read_in_both_languages() -> None:
    """Verdicts and levels may be Chinese words; blanks around a field do not matter."""
    lines = [
        HEADER,
        "a,610703,2022-11,表扬,省,2022-12-05,走访全覆盖,\n",
        "b, 610703 ,2022-Q4,criticised,city,2023-01-05,,\n",
        "c,610703,2022-11,撤销,省,2023-02-01,,a\n",
    ]
    first, second, third = read_notices(lines, areas=AREAS)
    assert first.verdict is NoticeVerdict.COMMENDED
    assert first.reason == "走访全覆盖"
    assert second.period == Period.parse("2022-Q4")
    assert (third.verdict, third.replaces) == (NoticeVerdict.WITHDRAWN, "a")


def test_every_problem_is_listed_with_its_line() -> None:
    """One run finds all there is to correct, in the order of the lines."""
    lines = [
        HEADER,
        "a,610799,2022-11,表扬,省,2022-12-05,,\n",
        "b,610703,2022-13,good,省,2022-12-05,,\n",
        "c,610703,2022-12,commended,province,2022-12-05,,\n",
        "d,610703,2022-12,commended,province,2023-01-05,,\n",
        "e,6107,2022-12,commended,county,2023-01-05,,\n",
        "f,610703,2022-12,commended,city,2023-01-05,,g\n",
        "g,610703,2022-12,commended,city,2023-01-05,,f\n",
        "h,610703,2022-12,commended,city,2023-01-05,,zz\n",
        "i,610703\n",
        "j,610703,2022-10,withdrawn,city,2023-01-05,,\n",
        "d,610704,2022-12,commended,province,2023-01-05,,\n",
        "k,61070,2022-12,commended,province,2023-01-05,,\n",
    ]
    with pytest.raises(InvalidNoticesError) as caught:
        read_notices(lines, areas=AREAS)
    told = [str(one) for one in caught.value.problems]
    assert [(text.split(":")[0], text[text.rindex("[") :]) for text in told] == [
        ("line 2", "[unknown-unit]"),
        ("line 3", "[bad-line]"),
        ("line 3", "[bad-line]"),
        ("line 4", "[early-notice]"),
        ("line 5", "[duplicate-notice]"),
        ("line 6", "[bad-issuer]"),
        ("line 7", "[replacement-cycle]"),
        ("line 9", "[bad-replacement]"),
        ("line 10", "[bad-line]"),
        ("line 11", "[bad-line]"),
        ("line 12", "[duplicate-notice]"),
        ("line 13", "[bad-line]"),
    ]


def test_a_line_that_cannot_be_read_is_still_there_to_be_replaced() -> None:
    """One mistake gives one problem: its correction is not said to replace nothing."""
    lines = [
        HEADER,
        "a,610703,2022-11,good,省,2022-12-05,,\n",
        "b,610703,2022-11,表扬,省,2022-12-06,,a\n",
    ]
    with pytest.raises(InvalidNoticesError) as caught:
        read_notices(lines)
    assert len(caught.value.problems) == 1


def test_a_line_inside_quotes_keeps_the_count() -> None:
    """A reason of two lines does not shift the numbers: the line is where the row ends."""
    lines = [
        HEADER,
        'a,610703,2022-11,表扬,省,2022-12-05,"two\n',
        'lines",\n',
        "b,610703,2022-12,表扬,省,2022-12-05,,\n",
    ]
    with pytest.raises(InvalidNoticesError, match="line 4: notice b"):
        read_notices(lines)


def test_a_header_must_be_that_of_notices() -> None:
    """A missing column and one that is not known are both told."""
    with pytest.raises(InvalidNoticesError, match=r"lacks notice_id(?s:.*)has 'points'"):
        read_notices(["unit,period,verdict,level,issued_on,points\n"])
    with pytest.raises(InvalidNoticesError, match="lacks notice_id"):
        read_notices([])


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2022年11月", "2022-11"),
        ("2022年1月", "2022-01"),
        ("2022/1", "2022-01"),
        ("2022年第4季度", "2022-Q4"),
        ("2022年四季度", "2022-Q4"),
        ("2022年上半年", "2022-H1"),
        ("2022年下半年", "2022-H2"),
        ("2022年第6周", "2022-W06"),
        ("2022年", "2022"),
    ],
)
def test_a_period_may_be_written_in_chinese(written: str, meant: str) -> None:
    """Each cadence, as officials and spreadsheets write it."""
    (read,) = read_notices([HEADER, f"a,610703,{written},表扬,省,2023年1月5日,,\n"])
    assert (str(read.period), read.issued_on) == (meant, date(2023, 1, 5))


def test_what_a_spreadsheet_spoils_is_told_with_its_line() -> None:
    """A month turned into a word, days there are not, extra cells, a file parted by full commas."""
    lines = [
        HEADER,
        "n1,610702,Nov-22,表扬,省,2022/12/05,,\n",
        "n2,610702,2022年13月,表扬,省,2022/2/30,,\n",
        ",,,,,,,\n",
        "n3,610702,2022年11月,表扬,省,2022/12/05,,,more\n",
        "\n",
        "n4,610702,2022年11月,表扬,省,2022/13/05,,\n",
        "n\x005,610702\n",
    ]
    with pytest.raises(InvalidNoticesError) as caught:
        read_notices(lines)
    told = [str(one).split(":")[0] for one in caught.value.problems]
    assert told[:5] == ["line 2", "line 3", "line 3", "line 5", "line 7"]
    for header in ("notice_id，unit，period\n", "notice_id;unit\n", "notice_id\tunit\n"):
        with pytest.raises(InvalidNoticesError, match="not parted by ','"):
            read_notices([header])
    with pytest.raises(InvalidNoticesError, match="has 'unit' twice"):
        read_notices(["unit," + HEADER])


def test_notices_survive_being_written() -> None:
    """Also a reason with commas, quotes and line breaks."""
    lines = [HEADER, 'a,610703,2022-11,表扬,省,2022-12-05,"甲, ""乙""\n丙",\n']
    read = read_notices(lines)
    assert read_notices(io.StringIO(write_notices(read), newline="")) == read


def test_a_reason_is_never_shown_in_a_message_or_a_repr() -> None:
    """It is free text, and may hold what a message must not."""
    fields = {
        "notice_id": "a",
        "unit": "610703",
        "period": "2022-11",
        "verdict": "commended",
        "level": "province",
        "issued_on": date(2022, 12, 1),
    }
    assert "张三" not in repr(Notice.model_validate(fields | {"reason": "张三"}))
    with pytest.raises(ValidationError) as caught:
        Notice.model_validate(fields | {"reason": ["张三"]})
    assert "张三" not in str(caught.value)
