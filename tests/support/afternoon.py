"""The files of an afternoon: a county's Excel export and a department's list, nobody real."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

HEADER = (
    *("户编号", "乡镇", "行政村", "户主姓名", "联系电话", "家庭人口数", "是否脱贫户"),
    *("是否监测户", "是否低保户", "人均纯收入(元)", "住房等级", "饮水安全"),
)
HOUSEHOLDS: list[list[Any]] = [
    ["HZ001", "铺镇", "联丰村", "示例甲", "00000000001", 3, *"是否否", 12800.5, "A级", "是"],
    ["HZ002", "铺镇", "新桥村", "示例乙", "00000000002", 2, *"否否否", 5200, "C级", "是"],
    ["HZ003", "铺镇", "皂树村", "示例丙", "00000000003", 2, *"是是是", 7000.25, "B级", "否"],
    ["HZ004", "铺镇", "刘堡村", "示例丁", "00000000004", 1, *"否否否", "约一万", "A级", "是"],
    ["HZ005", "铺镇", "无此村", "示例戊", "00000000005", 1, *"否否否", 9000, "A级", "是"],
]
MEMBER_HEADER = (
    *("户编号", "姓名", "身份证号", "年龄", "与户主关系", "是否在校"),
    *("就学阶段", "是否参加医保"),
)
MEMBERS: list[list[Any]] = [
    ["HZ001", "示例甲", "61070219800101001", 41, "户主", "", "", "是"],
    ["HZ001", "示例己", "61070219820202002", 39, "配偶", "", "", "是"],
    ["HZ001", "示例庚", "61070220100303003", 11, "子女", "是", "义务教育", "是"],
    ["HZ002", "示例乙", "61070219700404004", 51, "户主", "", "", "是"],
    ["HZ002", "示例辛", "61070220080505005", 13, "子女", "否", "义务教育", "否"],
    ["HZ003", "示例丙", "61070219600606006", 61, "户主", "", "", "是"],
    ["HZ003", "示例壬", "61070219650707007", 56, "配偶", "", "", "是"],
    ["HZ004", "示例丁", "61070219550808008", 66, "户主", "", "", "是"],
]
"""Members; of a resident number the first 17 digits."""
BILLS = [
    ["61070219820202002", "20210305", "18000.00"],
    ["61070219820202002", "20211011", "26500.75"],
    ["61070219600606006", "20210817", "3200"],
    ["61010119900101009", "20210901", "500"],
]
"""What medical insurance sends, by resident number; the last is of nobody here."""
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def number(first: str) -> str:
    """A resident number with its check character, of nobody."""
    left = sum(int(digit) * weight for digit, weight in zip(first, _WEIGHTS, strict=True)) % 11
    return first + "10X98765432"[left]


def write_files(folder: Path) -> None:
    """Write 导出.xlsx with its title, merged ids and total, and 医保.csv as Excel saves it."""
    import openpyxl

    book = openpyxl.Workbook()
    homes = book.active
    homes.title = "农户"
    homes.append(["铺镇农户花名册（2021年11月）"])
    homes.merge_cells(start_row=1, start_column=1, end_row=1, end_column=len(HEADER))
    homes.append(HEADER)
    for row in HOUSEHOLDS:
        homes.append(row)
    homes.append(["合计", None, None, None, None, sum(row[5] for row in HOUSEHOLDS)])
    members = book.create_sheet("成员")
    members.append(MEMBER_HEADER)
    last = None
    for household, name, first, *rest in MEMBERS:
        shown = None if household == last else household  # merged cells, as exports have them
        members.append([shown, name, number(first), *rest])
        last = household
    book.save(folder / "导出.xlsx")
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["身份证号", "结算日期", "自付金额(元)"])
    writer.writerows([f"'{number(first)}", *rest] for first, *rest in BILLS)
    (folder / "医保.csv").write_text(text.getvalue(), encoding="gb18030")
