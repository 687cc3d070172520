"""Files as departments send them, and where each of their rows belongs; nobody in them is real.

``python tests/intake/corpus.py`` writes them anew into ``tests/intake/files``. What must become
of a row is written by hand, row by row, beside it: the household it is placed with, or the kind
under which it is listed.
"""

from __future__ import annotations

import csv
import datetime
import io
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import attrs

FILES = Path(__file__).parent / "files"
V = "610702100200"
KEY = b"the key of the corpus, 32 bytes.."
ONE, TWO, THREE = "61070219800101107X", "610702198002021210", "610702197003031221"
"""Invented numbers that check: of h1's first and second member and of h2's."""
OLD = "610702700303122"
"""The third of them as it was written before 1999."""


@attrs.frozen
class Case:
    """One file.

    Attributes:
        name: What it is called.
        rows: For each row of the file, what must become of it.
        columns: The columns of its mapping: header, field and further words.
        lines: Its cells, or its whole text.
        more: Further words of its source; ``ROSTER`` and ``PERSONS`` add those sources.
        table: What its rows are.
        facts: For a field, its facts in the order of the rows that are placed.
        cells: For a header, the kinds of its cells that cannot be read, and how many.
        encoding: How a text is written.
        form: ``csv``, ``xlsx`` or ``parquet``.
        merges: The cells of a sheet that are merged, as ``A2:A4``.
        refused: The code of the error with which it is refused.
    """

    name: str
    rows: Sequence[str]
    columns: dict[str, str]
    lines: Sequence[Sequence[Any]] | str
    more: str = ""
    table: str = "households"
    facts: dict[str, list[Any]] = attrs.field(factory=dict)
    cells: dict[str, dict[str, int]] = attrs.field(factory=dict)
    encoding: str = "utf-8"
    form: str = "csv"
    merges: tuple[str, ...] = ()
    refused: str = ""

    @property
    def path(self) -> Path:
        """Where it stands."""
        return FILES / f"{self.name}.{self.form}"

    def write(self) -> None:
        """Write it."""
        if self.form == "xlsx":
            self._book()
        elif self.form == "parquet":
            import polars as pl

            head, *rows = self.lines
            pl.DataFrame(rows, schema=list(head), orient="row").write_parquet(self.path)
        else:
            self.path.write_bytes(self.text.encode(self.encoding))

    @property
    def text(self) -> str:
        """It as text."""
        if isinstance(self.lines, str):
            return self.lines
        target = io.StringIO()
        csv.writer(target, lineterminator="\n").writerows(self.lines)
        return target.getvalue()

    def _book(self) -> None:
        import xlsxwriter

        book = xlsxwriter.Workbook(str(self.path))
        book.set_properties({"created": datetime.datetime(2021, 3, 5, tzinfo=datetime.UTC)})
        sheet = book.add_worksheet("数据")
        day = book.add_format({"num_format": "yyyy/m/d"})
        for at, line in enumerate(self.lines):
            for column, cell in enumerate(line):
                if isinstance(cell, date):
                    stamp = datetime.datetime.combine(cell, datetime.time())
                    sheet.write_datetime(at, column, stamp, day)
                elif cell is not None and cell != "":
                    sheet.write(at, column, cell)
        for merge in self.merges:
            first = merge.split(":")[0]
            column, row = ord(first[0]) - 65, int(first[1:]) - 1
            sheet.merge_range(merge, self.lines[row][column])
        book.close()

    def mapping(self) -> str:
        """Its mapping; rows of another table stand beside three households of a roster."""
        alone = self.table == "households" and "ROSTER" not in self.more
        base = "" if alone else ROSTER
        if "PERSONS" in self.more:
            base += PERSONS
        more = self.more.replace("ROSTER", "").replace("PERSONS", "")
        text = f'[[sources]]\nid = "it"\npath = "{self.path.name}"\nrows = "{self.table}"\n{more}\n'
        for header, field in self.columns.items():
            name, _, words = field.partition(" ")
            text += f'[[sources.columns]]\ncolumn = "{header}"\nfield = "{name}"\n'
            text += "".join(f"{word}\n" for word in words.split("; ") if word)
        return base + text


def _source(id_: str, rows: str, columns: dict[str, str]) -> str:
    text = f'[[sources]]\nid = "{id_}"\npath = "{id_}.csv"\nrows = "{rows}"\n'
    return text + "".join(
        f'[[sources.columns]]\ncolumn = "{header}"\nfield = "{field}"\n'
        for header, field in columns.items()
    )


H = {"户编号": "household_id", "村": "area"}
ROSTER = _source("roster", "households", H)
PERSONS = _source(
    "persons",
    "members",
    {
        "户编号": "household_id",
        "编号": "member_id",
        "姓名": "name",
        "身份证号": "resident_id",
        "迁出": "left_on",
        "死亡": "died_on",
    },
)
BESIDE = {
    "roster.csv": f"户编号,村\nh1,{V}\nh2,{V}\nh3,{V}\n",
    "persons.csv": (
        "户编号,编号,姓名,身份证号,迁出,死亡\n"
        f"h1,m1,甲一,{ONE},,\nh1,m2,乙二,{TWO},,\nh2,m3,丙三,{THREE},,\n"
        "h3,m4,丁四,610702196004041216,2021-03-01,\nh3,m5,戊五,610702195005051219,,2021-03-01\n"
        "h1,m6,己六,610702194006061211,,\nh2,m7,己六,610702194006061211,,\n"
        "h2,m8,庚七,610702193007071214,2021-03-01,\nh3,m9,庚七,610702193007071214,,\n"
    ),
}
"""The files that stand beside the others: a roster of households and one of their members."""

_SIZE = {**H, "人口": "size"}
_M = {"户编号": "household_id", "年龄": "age"}
_YUAN = 'net_income_12m unit = "元"'
_WAN = 'net_income_12m unit = "万元"'
_INCOME = {**H, "收入": _YUAN}
_DAY = {**H, "日": "monitored_since"}
_FLAG = {**H, "监测": "monitored"}
_BILL = {"日期": "day", "金额": 'amount unit = "元"'}
_BY_PERSON = 'PERSONS\nperson = "证件"\nconstants = {kind = "outpatient"}'
_PLAIN = f"户编号,村,人口\nh1,{V},3\nh2,{V},\n"
_PLAIN_ROWS = ["header", "h1", "h2"]
_ENGLISH = {one: one for one in ("household_id", "area", "size")}
_D = date(2021, 3, 5)


def _homes(header: str, cells: Sequence[str]) -> str:
    """A table of households h1, h2 ... with one more column."""
    lines = [f"h{number},{V},{cell}" for number, cell in enumerate(cells, 1)]
    return "\n".join((f"户编号,村,{header}", *lines, ""))


def _bills(header: str, cells: Sequence[str]) -> str:
    return "\n".join((f"{header},日期,金额", *(f"{cell},2021-03-05,1" for cell in cells), ""))


CASES = (
    Case("utf8", _PLAIN_ROWS, _SIZE, _PLAIN, facts={"size": [3, None]}),
    Case("utf8-mark", _PLAIN_ROWS, _SIZE, _PLAIN, encoding="utf-8-sig"),
    Case("gb18030", _PLAIN_ROWS, _SIZE, _PLAIN, encoding="gb18030"),
    Case("utf16", _PLAIN_ROWS, _SIZE, _PLAIN, encoding="utf-16"),
    Case("utf16-no-mark", _PLAIN_ROWS, _SIZE, _PLAIN, encoding="utf-16-le"),
    Case("tabs", _PLAIN_ROWS, _SIZE, _PLAIN.replace(",", "\t")),
    Case("wide-commas", _PLAIN_ROWS, _SIZE, _PLAIN.replace(",", "，")),
    Case("windows-lines", _PLAIN_ROWS, _SIZE, _PLAIN.replace("\n", "\r\n")),
    Case(
        "decimal-commas",
        _PLAIN_ROWS,
        {**H, "收入": f'{_YUAN}; decimalChar = ","; groupChar = "."'},
        f"户编号;村;收入\nh1;{V};17.400,50\nh2;{V};9\n",
        facts={"net_income_12m": [1_740_050, 900]},
    ),
    Case(
        "titles",
        ["title", "title", "header", "h1"],
        _SIZE,
        f"铺镇农户花名册,,\n2021年3月,,\n户编号,村,人口\nh1,{V},3\n",
        "header = [3]",
    ),
    Case(
        "header-of-two-rows",
        ["header", "header", "h1"],
        {"基本/户编号": "household_id", "基本/村": "area", "收入/纯收入": _YUAN},
        f"基本,,收入\n户编号,村,纯收入\nh1,{V},5\n",
        "header = [1, 2]",
        facts={"net_income_12m": [500]},
    ),
    Case(
        "blank-rows-and-columns",
        ["header", "h1", "blank", "h2", "blank"],
        _SIZE,
        f"户编号,村,,人口,\nh1,{V},,3,\n,,,,\nh2,{V},,2,\n\u3000,,,,\n",
        facts={"size": [3, 2]},
    ),
    Case(
        "totals",
        ["header", "h1", "total", "h2", "total", "total"],
        _SIZE,
        f"户编号,村,人口\nh1,{V},3\n小计,,3\nh2,{V},2\n合 计：,,5\nTotal,,5\n",
    ),
    Case(
        "footers",
        ["header", "h1", "footer", "footer"],
        _SIZE,
        f"户编号,村,人口\nh1,{V},3\n填表人：某某,,\n审 核 人：某某,,\n",
    ),
    Case(
        "full-width",
        ["header", "h1"],
        _SIZE,
        "户编号,村,人口\nｈ１,６１０７０２１００２００,３\n",
        facts={"size": [3]},
    ),
    Case(
        "digits-kept-by-formulas",
        ["header", "h1"],
        _SIZE,
        f'户编号,村,人口\n"=""h1""","=""{V}""",3\n',
        facts={"size": [3]},
    ),
    Case(
        "line-end-in-a-header",
        ["header", "h1"],
        {**H, "家庭人口": "size"},
        f'户编号,村,"家庭\n人口"\nh1,{V},3\n',
        facts={"size": [3]},
    ),
    Case(
        "grouped-digits",
        _PLAIN_ROWS,
        _INCOME,
        f'户编号,村,收入\nh1,{V},"17,400.50"\nh2,{V},"-1,000"\n',
        facts={"net_income_12m": [1_740_050, -100_000]},
    ),
    Case(
        "stray-quotation-mark",
        _PLAIN_ROWS,
        _SIZE,
        f'户编号,村,备考,人口\nh1,{V},5"管,3\nh2,{V},,2\n',
        facts={"size": [3, 2]},
    ),
    Case(
        "days",
        ["header", *(f"h{n}" for n in range(1, 8))],
        _DAY,
        _homes(
            "日",
            (
                "2021-03-05",
                "2021/3/5",
                "2021.3.5",
                "20210305",
                "2021年3月5日",
                "5/3/2021",
                "44260",
            ),
        ),
        facts={"monitored_since": [_D] * 5 + [None] * 2},
        cells={"日": {"no-day": 2}},
    ),
    Case(
        "serial-days",
        _PLAIN_ROWS,
        {**H, "日": 'monitored_since format = "excel"'},
        _homes("日", ("44260", "44260.0")),
        facts={"monitored_since": [_D, _D]},
    ),
    Case(
        "months",
        _PLAIN_ROWS,
        {**H, "日": 'monitored_since format = "month"'},
        _homes("日", ("2021年3月", "202103")),
        facts={"monitored_since": [date(2021, 3, 1)] * 2},
    ),
    Case(
        "days-by-a-pattern",
        _PLAIN_ROWS,
        {**H, "日": 'monitored_since format = "%d/%m/%Y"'},
        _homes("日", ("05/03/2021", "31/13/2021")),
        facts={"monitored_since": [_D, None]},
        cells={"日": {"no-day": 1}},
    ),
    Case(
        "yes-and-no",
        ["header", "h1", "h2", "h3", "h4", "h5", "h6"],
        _FLAG,
        _homes("监测", ("是", "×", "√", "0", "不详", "可能")),
        facts={"monitored": [True, False, True, False, None, None]},
        cells={"监测": {"neither-yes-nor-no": 1}},
    ),
    Case(
        "own-words-of-yes",
        _PLAIN_ROWS,
        {**H, "监测": 'monitored trueValues = ["已纳入"]; falseValues = ["未纳入"]'},
        _homes("监测", ("已纳入", "未纳入")),
        facts={"monitored": [True, False]},
    ),
    Case(
        "words",
        ["header", "h1", "h2", "h3", "h4"],
        {**H, "类别": 'category words = {"突发户" = "sudden"}'},
        _homes("类别", ("脱贫不稳定户", "突发户", "marginal", "其他户")),
        facts={"category": ["unstable", "sudden", "marginal", None]},
        cells={"类别": {"unknown-word": 1}},
    ),
    Case(
        "ten-thousand-yuan",
        _PLAIN_ROWS,
        {**H, "收入": _WAN},
        _homes("收入", ("1.740050", "1.7400505")),
        facts={"net_income_12m": [1_740_050, None]},
        cells={"收入": {"no-number": 1}},
    ),
    Case(
        "unit-in-the-cells",
        _PLAIN_ROWS,
        {**H, "收入": f"{_YUAN}; bareNumber = false"},
        _homes("收入", ("约17400.5元", "没有")),
        facts={"net_income_12m": [1_740_050, None]},
        cells={"收入": {"no-number": 1}},
    ),
    Case(
        "per-head",
        _PLAIN_ROWS,
        {**_SIZE, "人均": f'{_YUAN}; per = "person"'},
        f"户编号,村,人口,人均\nh1,{V},3,5800.5\nh2,{V},,5800.5\n",
        facts={"net_income_12m": [1_740_150, None]},
        cells={"人均": {"no-size": 1}},
    ),
    Case(
        "ids-that-are-none",
        ["header", "number-lost", "personal-id", "personal-id", "no-id-form", "no-id", "h1"],
        _SIZE,
        "户编号,村,人口\n"
        + "".join(f"{id_},{V},1\n" for id_ in ("6.1E+17", "13800138000", ONE, "张家", "", "h1")),
    ),
    Case(
        "villages-that-are-none",
        ["header", "number-lost", "area-not-found", "area-missing", "area-not-found", "h1"],
        _SIZE,
        f"户编号,村,人口\na,6.1070E+13,1\nb,铺镇村,1\nc,,1\nd,6107,1\nh1,{V},1\n",
    ),
    Case(
        "more-cells-than-the-header",
        ["header", "h1", "too-many-cells"],
        _INCOME,
        _homes("收入", ("17400", "17,400")),
        facts={"net_income_12m": [1_740_000]},
    ),
    Case(
        "fewer-cells",
        ["header", "h1", "area-missing"],
        _SIZE,
        f"户编号,村,人口\nh1,{V}\nh2\n",
        facts={"size": [None]},
    ),
    Case(
        "the-same-row-twice",
        ["header", "h2", "h1", "twice"],
        _SIZE,
        f"户编号,村,人口\nh2,{V},2\nh1,{V},3\nh1,{V},3\n",
        facts={"size": [2, 3]},
    ),
    Case(
        "rows-that-contradict",
        ["header", "h2", "h1", "contradicts"],
        {**_SIZE, "监测": "monitored"},
        f"户编号,村,人口,监测\nh2,{V},2,否\nh1,{V},3,是\nh1,{V},4,是\n",
        facts={"size": [2, None], "monitored": [False, True]},
        cells={"人口": {"contradicts": 1}},
    ),
    Case(
        "outside-what-can-be",
        ["header", "h1", "h2", "h3"],
        _SIZE,
        _homes("人口", ("0", "100", "99")),
        facts={"size": [None, None, 99]},
        cells={"人口": {"out-of-bounds": 2}},
    ),
    Case(
        "not-known",
        ["header", "h1", "h2", "h3", "h4", "h5"],
        _SIZE,
        _homes("人口", ("不详", "—", "/", "#N/A", "NULL")),
        facts={"size": [None] * 5},
    ),
    Case(
        "merged-ids",
        ["header", "h1", "h1", "h2", "h2"],
        {"户编号": "household_id fillDown = true", "年龄": "age"},
        "户编号,年龄\nh1,40\n,11\nh2,70\n,68\n",
        table="members",
        facts={"age": [40, 11, 70, 68]},
    ),
    Case(
        "merged-ids-unsaid",
        [],
        _M,
        "户编号,年龄\nh1,40\n,11\n",
        table="members",
        refused="merged-cells",
    ),
    Case(
        "merged-ids-listed",
        ["header", "h1", "no-id", "h2"],
        {"户编号": "household_id fillDown = false", "年龄": "age"},
        "户编号,年龄\nh1,40\n,11\nh2,70\n",
        table="members",
    ),
    Case(
        "sheet-with-merged-ids",
        ["title", "header", "h1", "h1", "h1", "h2"],
        _M,
        [["户籍"], ["户编号", "年龄"], ["h1", 40], ["", 11], ["", 70], ["h2", 36]],
        "header = [2]",
        table="members",
        form="xlsx",
        merges=("A3:A5",),
        facts={"age": [40, 11, 70, 36]},
    ),
    Case(
        "sheet-below-blank-rows",
        ["title", "title", "header", "h1", "h2"],
        _SIZE,
        [[], [], ["", "户编号", "村", "人口"], ["", "h1", V, 3], ["", "h2", V, 2.0]],
        "header = [3]",
        form="xlsx",
        facts={"size": [3, 2]},
    ),
    Case(
        "sheet-of-numbers-and-days",
        _PLAIN_ROWS,
        {**_INCOME, "日": "monitored_since", "监测": "monitored"},
        [
            ["户编号", "村", "收入", "日", "监测"],
            ["h1", V, 17400.5, _D, True],
            ["h2", float(V), 0.1 + 0.7, "2021年3月5日", "否"],
        ],
        form="xlsx",
        facts={
            "net_income_12m": [1_740_050, 80],
            "monitored_since": [_D, _D],
            "monitored": [True, False],
        },
    ),
    Case(
        "sheet-with-a-header-of-two-rows",
        ["header", "header", "h1"],
        {"户编号": "household_id", "村": "area", "收入(元)/纯收入": _YUAN},
        [["户编号", "村", "收入（元）", ""], ["", "", "工资", "纯收入"], ["h1", V, 1, 2]],
        "header = [1, 2]",
        form="xlsx",
        merges=("A1:A2", "B1:B2", "C1:D1"),
        facts={"net_income_12m": [200]},
    ),
    Case(
        "parquet",
        ["h1", "h2"],
        {**_INCOME, "日": "monitored_since"},
        [["户编号", "村", "收入", "日"], ["h1", V, 17400.5, _D], ["h2", V, None, None]],
        form="parquet",
        facts={"net_income_12m": [1_740_050, None], "monitored_since": [_D, None]},
    ),
    Case(
        "names-of-villages",
        ["header", "area-not-found", "area-not-found", "area-ambiguous", "h1"],
        {"户编号": "household_id"},
        "户编号,县,镇,村\na,汉台区,铺镇,没有这村\nb,,,\nc,灞桥区,,李家村委会\nh1,汉台区,铺镇,联丰村委会\n",
        'areaNames = ["县", "镇", "村"]',
        facts={"area": [V]},
    ),
    Case(
        "numbers-in-every-spelling",
        [
            "header",
            "h1",
            "h1",
            "h1",
            "h2",
            "h2",
            "number-lost",
            "number-lost",
            "number-invalid",
            "number-missing",
            "person-not-found",
        ],
        _BILL,
        _bills(
            "证件",
            (
                ONE.lower(),
                f"'{ONE}",
                f" {TWO[:6]} {TWO[6:14]} {TWO[14:]}\u3000",
                OLD,
                "".join(chr(ord(one) + 0xFEE0) for one in THREE),
                "6.10702E+17",
                f"{TWO[:15]}000",
                f"{TWO[:-1]}1",
                "",
                "610702196101011211",
            ),
        ),
        _BY_PERSON,
        table="records",
        facts={"member_id": ["m1", "m1", "m2", "m3", "m3"], "amount": [100] * 5},
    ),
    Case(
        "persons-who-have-gone",
        ["header", "h3", "person-moved", "h3", "person-dead", "person-gone-undated"],
        _BILL,
        "证件,日期,金额\n610702196004041216,2021-03-01,1\n610702196004041216,2021-03-02,1\n"
        "610702195005051219,2021-02-28,1\n610702195005051219,2021-03-02,1\n"
        "610702195005051219,,1\n",
        _BY_PERSON,
        table="records",
    ),
    Case(
        "persons-in-two-households",
        ["header", "person-in-two-households", "h2", "h3"],
        _BILL,
        "证件,日期,金额\n610702194006061211,2021-03-05,1\n610702193007071214,2021-02-05,1\n"
        "610702193007071214,2021-03-05,1\n",
        _BY_PERSON,
        table="records",
        facts={"member_id": ["m8", "m9"]},
    ),
    Case(
        "names-that-contradict",
        ["header", "h1", "name-contradicts", "h1", "h1"],
        _BILL,
        _bills("证件,姓名", (f"{ONE},甲\u3000一", f"{ONE},甲二", f"{ONE},甲*", f"{ONE},")),
        _BY_PERSON + '\npersonName = "姓名"',
        table="records",
    ),
    Case(
        "facts-of-persons",
        ["header", "h1", "h2", "person-not-found"],
        {"在校": "in_school"},
        f"证件,在校\n{TWO},是\n{THREE},否\n610702196101011211,是\n",
        'PERSONS\nperson = "证件"',
        table="members",
    ),
    Case(
        "facts-of-households",
        ["header", "h1", "household-not-found", "h2"],
        {"户编号": "household_id", "等级": 'dwelling_grade words = {"C级" = "C"}'},
        "户编号,等级\nh1,C级\nh9,A级\nh2,D级危房\n",
        "ROSTER",
    ),
    Case(
        "records-of-no-household",
        ["header", "h1", "household-not-found"],
        {"户编号": "household_id", "日期": "day"},
        "户编号,日期\nh1,2021-03-05\nh9,2021-03-05\n",
        'constants = {kind = "traffic_accident"}',
        table="records",
        facts={"kind": ["traffic_accident"]},
    ),
    Case(
        "yuan",
        ["header", "a", "b", "c"],
        {**_ENGLISH, "net_income_12m": _YUAN},
        f"household_id,area,size,net_income_12m\na,{V},1,17400.5\nb,{V},1,18000\nc,{V},1,12000\n",
        facts={"net_income_12m": [1_740_050, 1_800_000, 1_200_000]},
    ),
    Case(
        "wan-yuan",
        ["header", "a", "b", "c"],
        {**_ENGLISH, "net_income_12m": _WAN},
        f"household_id,area,size,net_income_12m\na,{V},1,1.74\nb,{V},1,2\nc,{V},1,3\n",
        facts={"net_income_12m": [1_740_000, 2_000_000, 3_000_000]},
    ),
    Case(
        "as-excel-leaves-a-total",
        ["header", "h1", "number-lost", "blank", "total"],
        {"household_id": "household_id", "area": "area"},
        "household_id,area,away\nh1,61070210020001,是\nh2,6.1070E+13,否\n\n合计,2,\n",
    ),
    Case(
        "as-excel-leaves-empty-columns",
        _PLAIN_ROWS,
        {"household_id": "household_id", "area": "area"},
        "household_id,area,away,,\nh1,61070210020001,是,,\nh2,61070210020001,否,,\n",
    ),
    Case(
        "merged-household-cells",
        [],
        {"household_id": "household_id", "member_id": "member_id", "age": "age"},
        "household_id,member_id,age,in_school,insured\n6107020001,1,41,,true\n,2,39,,true\n"
        ",3,9,false,false\n6107020002,4,70,,true\n,5,68,,true\n",
        table="members",
        refused="merged-cells",
    ),
    Case(
        "anything-for-a-household",
        ["header", "h2", "no-id-form", "personal-id", "personal-id", "h1", "twice", "total"],
        {"household_id": "household_id", "area": "area"},
        "household_id,area\nh2,610111008211\n张三,610111008211\n610102198001010031,610111008211\n"
        "13800138000,610111008211\nh1,610111008211\nｈ１,610111008211\n合计,610111008211\n",
    ),
)


def main() -> None:
    """Write all files."""
    FILES.mkdir(exist_ok=True)
    for name, text in BESIDE.items():
        (FILES / name).write_text(text, encoding="utf-8")
    for case in CASES:
        case.write()


if __name__ == "__main__":
    main()
