"""A planted province: clean tables, exported as twelve departments send them, with known damage.

Everything is invented by a formula of the seed: no name, number or telephone is anybody's.
For every row of every file it is known where it belongs, or under which kind it must be listed.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import attrs
import polars as pl

from antipoverty import shaanxi_areas
from antipoverty.synthetic import DEMO_DAY, Province

KEY = b"the key of the planted province, 32"
_SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰涛明超霞平刚桂英华玉兰建国秀珍志梅红文斌云"
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)

DAMAGE = (
    "number-lost",
    "number-invalid",
    "number-missing",
    "person-not-found",
    "person-in-two-households",
    "name-contradicts",
    "person-dead",
    "area-not-found",
    "no-id",
    "household-not-found",
    "twice",
    "too-many-cells",
)
"""The twelve kinds of damaged rows. Cells that cannot be read are damage besides."""


def chance(*what: object) -> int:
    """Sixty-four bits that follow from what is asked for and from nothing else."""
    text = "|".join(map(str, what)).encode()
    return int.from_bytes(hashlib.sha256(text).digest()[:8], "big")


def number_of(serial: int, born: date) -> str:
    """An invented resident number that checks: of no county there is, so of nobody."""
    order = f"{serial % 9 + 1}{serial // 9 % 10}{serial // 90 % 9 + 1}"
    body = f"619{serial // 810 % 1000:03d}{born:%Y%m%d}{order}"
    left = sum(int(one) * weight for one, weight in zip(body, _WEIGHTS, strict=True)) % 11
    return body + "10X98765432"[left]


@attrs.frozen
class Planted:
    """What was exported and what must be found.

    Attributes:
        folder: The files, with ``intake.toml``.
        clean: The clean tables.
        tables: The tables that must come in.
        damaged: For each source, the rows of each kind of damage.
        placed: For each source of rows tied to a household, the household of each other row.
        secrets: Every name, number and telephone that stands in the files.
        lost: The households of which something was lost.
    """

    folder: Path
    clean: dict[str, pl.DataFrame]
    tables: dict[str, pl.DataFrame]
    damaged: dict[str, dict[str, set[int]]]
    placed: dict[str, dict[int, str]]
    secrets: set[str]
    lost: set[str]


@attrs.define
class Export:
    """One department's file in the making, and what must become of each of its rows."""

    id: str
    department: str
    rows_of: str
    header: list[str]
    mapping: str
    path: str
    encoding: str = "utf-8"
    mark: str = ","
    title: str = ""
    delivery: str = ""
    rows: list[list[str]] = attrs.field(factory=list)
    household: dict[int, str] = attrs.field(factory=dict)
    damaged: dict[str, set[int]] = attrs.field(factory=dict)
    person: dict[int, str] = attrs.field(factory=dict)

    @property
    def top(self) -> int:
        """The number of the header's last row."""
        return 2 if self.title else 1

    def add(self, cells: Sequence[object], household: str, kind: str | None = None) -> int:
        """Add a row and give its number in the file."""
        self.rows.append(["" if one is None else str(one) for one in cells])
        number = self.top + len(self.rows)
        if kind is None:
            self.household[number] = household
        else:
            self.damaged.setdefault(kind, set()).add(number)
        return number

    def write(self, folder: Path) -> None:
        """Write the file with what stands around its rows."""
        lines = [self.header, *self.rows]
        if self.title:
            lines = [[self.title], *lines]
        if self.path.endswith(".xlsx"):
            import xlsxwriter

            book = xlsxwriter.Workbook(str(folder / self.path), {"strings_to_numbers": False})
            sheet = book.add_worksheet("数据")
            for at, line in enumerate(lines):
                sheet.write_row(at, 0, line)
            book.close()
            return
        with (folder / self.path).open("w", encoding=self.encoding, newline="") as target:
            writer = csv.writer(target, delimiter=self.mark)
            writer.writerows(lines)
            writer.writerow([])
            writer.writerow(["合计", str(len(self.rows))])

    def toml(self) -> str:
        """Its source of the mapping."""
        return (
            f'[[sources]]\nid = "{self.id}"\npath = "{self.path}"\nrows = "{self.rows_of}"\n'
            f'department = "{self.department}"\nheader = [{self.top}]\n{self.mapping}\n'
            f"{self.delivery}\n"
        )


def _column(header: str, field: str, more: str = "") -> str:
    return f'[[sources.columns]]\ncolumn = "{header}"\nfield = "{field}"\n{more}\n'


def _yuan(fen: int | None, places: int = 2) -> str:
    if fen is None:
        return ""
    sign, rest = ("-" if fen < 0 else ""), abs(fen)
    return f"{sign}{rest // 10**places}.{rest % 10**places:0{places}d}"


def _yes(flag: bool | None, words: tuple[str, str] = ("是", "否")) -> str:
    return "" if flag is None else words[0] if flag else words[1]


def _day(day: date | None, seed: object) -> str:
    if day is None:
        return ""
    forms = ("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%Y年%m月%d日", "%Y.%m.%d")
    return day.strftime(forms[chance("day", seed) % len(forms)])


def _spelling(number: str, seed: object) -> str:
    """One of the ways in which departments write a number."""
    ways: list[Callable[[str], str]] = [
        str,
        str.lower,
        lambda one: f"'{one}",
        lambda one: f" {one}\u3000",
        lambda one: "".join(chr(ord(digit) + 0xFEE0) for digit in one),
        lambda one: f"{one[:6]} {one[6:14]} {one[14:]}",
    ]
    if number[6:8] == "19":
        ways.append(lambda one: one[:6] + one[8:17])
    return ways[chance("way", seed) % len(ways)](number)


class Planter:
    """Exports a province.

    Args:
        households: How many.
        seed: What everything follows from.
        often: One row in so many is damaged.
        declared: Whether the mapping says what each department delivers.
    """

    def __init__(self, households: int, seed: int, often: int, *, declared: bool = False) -> None:
        self.seed, self.often, self.declared = seed, often, declared
        self.areas = shaanxi_areas()
        frames = Province(seed, self.areas, DEMO_DAY).frames(0, households)
        homes = frames["households"].with_columns(pl.col("area").str.slice(0, 12))
        taken = self._well_named(homes["area"].unique().to_list())
        homes = homes.filter(pl.col("area").is_in(taken))
        kept = homes.select("household_id")
        self.tables = {
            "households": homes,
            "members": frames["members"].join(kept, on="household_id", how="semi"),
            "records": frames["records"].join(kept, on="household_id", how="semi"),
        }
        self.secrets: set[str] = set()
        self.person: dict[str, tuple[str, str, str]] = {}  # member: number, name, household
        self.of: dict[str, list[str]] = {}
        for at, row in enumerate(self.tables["members"].iter_rows(named=True)):
            age = row["age"] if row["age"] is not None else 40
            born = date(2021 - age, 1 + chance(seed, "m", at) % 12, 1 + chance(seed, "d", at) % 28)
            self.person[row["member_id"]] = (
                number_of(at, born),
                self.name(at),
                row["household_id"],
            )
            self.of.setdefault(row["household_id"], []).append(row["member_id"])
        self.lost: set[str] = set()
        self.blank: dict[tuple[str, str], set[str]] = {}
        self.dropped: set[str] = set()
        self.fate: dict[str, str] = {}
        self.dead: list[tuple[str, str, date]] = []
        self.member_of: dict[str, str] = {}
        self.exports: list[Export] = []

    def _well_named(self, codes: list[str]) -> list[str]:
        """The villages that their names lead to."""
        from antipoverty.intake import Gazetteer

        gazetteer = Gazetteer(self.areas)
        return [one for one in codes if gazetteer.find(self._names(one)).code == one]

    def _names(self, code: str) -> tuple[str, ...]:
        return tuple(self.areas[code[:digits]].name for digits in (6, 9, 12))

    def name(self, at: object) -> str:
        """An invented name, unlike any word of a mapping or a report."""
        bits = chance(self.seed, "name", at)
        given = "".join(_GIVEN[bits >> shift & 31] for shift in (5, 10, 15))
        return _SURNAMES[bits & 31] + given

    def damage(self, source: str, key: object, kinds: Sequence[str]) -> str | None:
        """The kind of damage a row is given, for most rows none."""
        bits = chance(self.seed, "damage", source, key)
        return kinds[bits // self.often % len(kinds)] if bits % self.often == 0 else None

    def plant(self, folder: Path) -> Planted:
        """Write all files and the mapping."""
        self._households()
        self._supplement("housing", "住房等级", "dwelling_grade", "住房.xlsx")
        self._supplement("water", "饮水是否安全", "water_safe", "饮水.tsv")
        self._roster()
        for one in _MEMBER_FILES:
            self._by_person(*one)
        senders = self.tables["records"]["department"].unique(maintain_order=True).to_list()
        for sender in senders:
            self._records(sender)
        folder.mkdir(parents=True, exist_ok=True)
        for export in self.exports:
            export.write(folder)
        (folder / "intake.toml").write_text(
            "\n".join(one.toml() for one in self.exports), encoding="utf-8"
        )
        return Planted(
            folder,
            self.tables,
            self._expected(),
            {one.id: one.damaged for one in self.exports},
            {one.id: one.household for one in self.exports},
            self.secrets,
            self.lost,
        )

    def _secret(self, *texts: str) -> None:
        self.secrets.update(texts)

    def _households(self) -> None:
        flags = {
            "formerly_poor": "是否脱贫户",
            "monitored": "是否监测户",
            "minimum_living": "是否低保",
            "evident_hardship": "生活是否困难",
        }
        counts = {
            "size": "家庭人口数",
            "labourers": "劳动力",
            "labourers_prev": "上年劳动力",
            "away_months": "务工月数",
            "working_land": "耕地（亩）",
        }
        sums = [
            one
            for one in self.tables["households"].columns
            if "income" in one or one in ("rigid_spending_12m", "school_cost_year")
        ]
        mapping = 'areaNames = ["县区", "乡镇", "行政村"]\n' + _column("户编号", "household_id")
        mapping += _column("户主姓名", "head_name") + _column("联系电话", "phone")
        mapping += "".join(_column(zh, name) for name, zh in (flags | counts).items())
        mapping += "".join(_column(f"{name}(元)", name, 'unit = "元"') for name in sums)
        out = Export(
            "rural",
            "rural-affairs",
            "households",
            [
                "户编号",
                "县区",
                "乡镇",
                "行政村",
                "户主姓名",
                "联系电话",
                *flags.values(),
                *counts.values(),
                *(f"{name}(元)" for name in sums),
            ],
            mapping,
            "农户.csv",
            "gb18030",
            title="农户基本情况表",
        )
        kinds = ("area-not-found", "no-id", "too-many-cells", "twice")
        for at, row in enumerate(self.tables["households"].iter_rows(named=True)):
            household = row["household_id"]
            head, phone = self.name(f"head {at}"), f"13{chance(self.seed, 'tel', at) % 10**9:09d}"
            self._secret(head, phone)
            kind = self.damage("rural", household, kinds)
            names = list(self._names(row["area"]))
            if kind == "area-not-found":
                names[2] = "无此地名村"
            cells = [
                "" if kind == "no-id" else household,
                *names,
                head,
                phone,
                *(_yes(row[one]) for one in flags),
                *(row[one] for one in counts),
                *(_yuan(row[one]) for one in sums),
            ]
            if kind == "too-many-cells":
                cells.append("多出一格")
            if kind == "twice":
                out.add(cells, household)
            out.add(cells, household, kind)
            if kind not in (None, "twice"):
                self.lost.add(household)
                self.dropped.add(household)
        self.exports.append(out)

    def _wrong(self, household: str) -> str:
        return f"{household[:-5]}9999X"

    def _supplement(self, sender: str, header: str, fact: str, path: str) -> None:
        tsv = path.endswith("tsv")
        out = Export(
            sender,
            sender,
            "households",
            ["序号", "户编号", header],
            _column("户编号", "household_id") + _column(header, fact),
            path,
            "utf-16" if tsv else "utf-8",
            "\t" if tsv else ",",
        )
        words = {"A": "A级", "B": "B级", "C": "C级危房", "D": "D级危房", True: "是", False: "否"}
        kinds = ("household-not-found", "no-id", "twice")
        for at, row in enumerate(self.tables["households"].iter_rows(named=True)):
            household = row["household_id"]
            if row[fact] is None:
                continue
            kind = self.damage(sender, household, kinds)
            said = {"household-not-found": self._wrong(household), "no-id": ""}
            if kind != "no-id" and household in self.dropped:
                kind = "household-not-found"
            cells = [at + 1, said.get(kind or "", household), words[row[fact]]]
            if household in self.dropped:
                cells[1] = "" if kind == "no-id" else household
            if kind == "twice":
                out.add(cells, household)
            out.add(cells, household, kind)
            if kind not in (None, "twice"):
                self._lose("households", household, [fact], household)
        self.exports.append(out)

    def _lose(self, table: str, key: str, facts: Sequence[str], household: str) -> None:
        self.lost.add(household)
        for fact in facts:
            self.blank.setdefault((table, fact), set()).add(key)

    def _roster(self) -> None:
        mapping = "".join(
            _column(header, field)
            for header, field in {
                "成员编号": "member_id",
                "姓名": "name",
                "身份证号": "resident_id",
                "年龄": "age",
                "死亡日期": "died_on",
            }.items()
        ) + _column("户编号", "household_id", "fillDown = false")
        out = Export(
            "police",
            "public-security",
            "members",
            ["户编号", "成员编号", "姓名", "身份证号", "年龄", "死亡日期"],
            mapping,
            "户籍.csv",
            title="户籍人口",
        )
        homes = self.tables["households"]["household_id"].to_list()
        kinds = ("household-not-found", "person-in-two-households", "twice", "person-left")
        for at, row in enumerate(self.tables["members"].iter_rows(named=True)):
            member, household = row["member_id"], row["household_id"]
            number, name, _ = self.person[member]
            self._secret(number, name)
            kind = self.damage("police", member, kinds)
            if household in self.dropped:
                kind = "household-not-found"
            cells = [household, member, name, _spelling(number, member), row["age"], ""]
            if kind == "person-in-two-households":
                other = homes[(homes.index(household) + 1) % len(homes)]
                if other in self.dropped or other == household:
                    kind = None
                else:
                    out.add([other, f"{member}-b", *cells[2:]], other, kind)
                    self.lost.add(other)
            if kind == "household-not-found" and household not in self.dropped:
                cells[0] = self._wrong(household)
            if kind == "twice":
                out.add(cells, household)
            if kind == "person-left":  # somebody besides the members, who died
                out.add(cells, household)
                number, name = number_of(700_000 + at, date(1950, 1, 1)), self.name(f"dead {at}")
                self._secret(number, name)
                died = DEMO_DAY - timedelta(days=400 + at % 200)
                self.dead.append((number, name, died))
                cells = [household, f"{member}-d", name, number, 71, _day(died, at)]
            out.add(cells, household, kind)
            if kind in ("household-not-found", "person-in-two-households"):
                self.lost.add(household)
                self.dropped.add(member)
                self.fate[member] = kind
        self.exports.append(out)

    def _stranger(self, at: object) -> tuple[str, str]:
        serial = 400_000 + chance(self.seed, "stranger", at) % 290_000
        number, name = number_of(serial, date(1966, 6, 6)), self.name(f"stranger {at}")
        self._secret(number, name)
        return number, name

    def _number(self, kind: str | None, member: str) -> str:
        number = self.person[member][0]
        if kind == "number-lost":
            return f"{number[0]}.{number[1:6]}E+17"
        if kind == "number-invalid":
            return number[:-1] + ("1" if number[-1] != "1" else "2")
        if kind == "number-missing":
            return ""
        return _spelling(number, f"{member} {kind}")

    def _by_person(
        self,
        sender: str,
        path: str,
        facts: dict[str, tuple[str, dict[Any, str]]],
        how: dict[str, Any],
    ) -> None:
        names = bool(how.get("names"))
        mapping = 'person = "公民身份号码"\n' + ('personName = "姓名"\n' if names else "")
        for fact, (header, words) in facts.items():
            both = {word: str(value) for value, word in words.items() if isinstance(value, str)}
            more = "words = {" + ", ".join(f'"{a}" = "{b}"' for a, b in both.items()) + "}"
            flags = [words[one] for one in (True, False) if one in words]
            if flags:
                more = f'trueValues = ["{flags[0]}"]\nfalseValues = ["{flags[1]}"]'
            mapping += _column(header, fact, more)
        out = Export(
            f"{sender}-persons",
            sender,
            "members",
            ["姓名", "公民身份号码", *(header for header, _ in facts.values())],
            mapping,
            path,
            how.get("encoding", "utf-8"),
            how.get("mark", ","),
            how.get("title", ""),
        )
        kinds = ["number-lost", "number-invalid", "number-missing", "person-not-found"]
        kinds += ["name-contradicts"] if names else []
        for row in self.tables["members"].iter_rows(named=True):
            member, household = row["member_id"], row["household_id"]
            values = [row[fact] for fact in facts]
            if all(value is None for value in values):
                continue
            said = [
                "" if v is None else w[v] for v, (_, w) in zip(values, facts.values(), strict=True)
            ]
            kind = self.damage(out.id, member, kinds)
            if kind == "person-not-found":
                number, name = self._stranger(member)
                out.add([name, number, *said], household, kind)
                kind = None
            bad = kind in ("number-lost", "number-invalid", "number-missing")
            kind = kind if bad or member not in self.fate else self.fate[member]
            other = kind == "name-contradicts"
            name = self.name(f"other {member}") if other else self.person[member][1]
            self._secret(name)
            asked = self._number(kind if bad else None, member)
            out.add([name, asked, *said], household, kind)
            if kind is not None and member not in self.dropped:
                self._lose("members", member, list(facts), household)
        self.exports.append(out)

    def _records(self, sender: str) -> None:
        rows = self.tables["records"].filter(pl.col("department") == sender)
        by_person = sender in ("medical-insurance", "traffic-police", "education")
        names = sender == "medical-insurance"
        unit, places = ("万元", 6) if sender == "emergency" else ("元", 2)
        words = {one: f"类别{at}" for at, one in enumerate(sorted(rows["kind"].unique()))}
        listed = ", ".join(f'"{zh}" = "{one}"' for one, zh in words.items())
        mapping = f'constants = {{department = "{sender}"}}\n'
        if by_person:
            mapping += 'person = "证件号码"\n' + ('personName = "姓名"\n' if names else "")
        else:
            mapping += _column("户编号", "household_id", "fillDown = false")
        mapping += _column("流水号", "record_id") + _column(
            "数据项", "kind", f"words = {{{listed}}}"
        )
        mapping += _column("日期", "day") + _column(f"金额（{unit}）", "amount", f'unit = "{unit}"')
        who = ["姓名", "证件号码"] if by_person else ["户编号"]
        out = Export(
            f"{sender}-records",
            sender,
            "records",
            [*who, "流水号", "数据项", "日期", f"金额（{unit}）"],
            mapping,
            f"{sender}.csv",
            "gb18030" if by_person else "utf-8-sig",
            title="" if by_person else "部门数据",
        )
        if self.declared:
            listed = ", ".join(f'"{one}"' for one in words)
            out.delivery = (
                f'[sources.delivery]\nkinds = [{listed}]\narea = "61"\n'
                f"last = {DEMO_DAY}\nreceived = {DEMO_DAY}\n"
            )
        kinds = ["household-not-found", "no-id", "twice"]
        if by_person:
            kinds = [
                "number-lost",
                "number-invalid",
                "number-missing",
                "person-not-found",
                "person-dead",
                "twice",
                *(["name-contradicts"] if names else []),
            ]
        for row in rows.iter_rows(named=True):
            record, household = row["record_id"], row["household_id"]
            said = [
                record,
                words[row["kind"]],
                _day(row["day"], record),
                _yuan(row["amount"], places),
            ]
            kind = self.damage(out.id, record, kinds)
            member = self.of[household][chance(self.seed, "who", record) % len(self.of[household])]
            if kind == "person-not-found" or (kind == "person-dead" and not self.dead):
                number, name = self._stranger(record)
                out.add([name, number, f"{record}-x", *said[1:]], household, "person-not-found")
                kind = None
            if kind == "person-dead":
                number, name, died = self.dead[chance(self.seed, record) % len(self.dead)]
                after = died + timedelta(days=1 + chance(record) % 30)
                out.add(
                    [name, number, f"{record}-x", said[1], _day(after, record), said[3]],
                    household,
                    kind,
                )
                kind = None
            self._record(out, row, said, kind, member, by_person)
        self.exports.append(out)

    def _record(
        self,
        out: Export,
        row: dict[str, Any],
        said: list[str],
        kind: str | None,
        member: str,
        by_person: bool,
    ) -> None:
        record, household = row["record_id"], row["household_id"]
        cascade = self.fate.get(member) if by_person else None
        if not by_person and household in self.dropped:
            cascade = "household-not-found"
        bad = kind in ("number-lost", "number-invalid", "number-missing", "no-id")
        if not bad and cascade is not None:
            kind = cascade
        name = (
            self.name(f"other {record}") if kind == "name-contradicts" else self.person[member][1]
        )
        self._secret(name)
        who = [name, self._number(kind if bad else None, member)]
        if not by_person:
            wrong = kind == "household-not-found" and household not in self.dropped
            who = ["" if kind == "no-id" else self._wrong(household) if wrong else household]
        if kind == "twice":
            out.add([*who, *said], household)
        out.add([*who, *said], household, kind)
        if by_person:
            self.member_of[record] = member
        if kind not in (None, "twice"):
            self.lost.add(household)
            self.dropped.add(record)

    def _expected(self) -> dict[str, pl.DataFrame]:
        """The tables that must come in: the clean ones without what was lost."""
        made: dict[str, pl.DataFrame] = {}
        for table, key in (
            ("households", "household_id"),
            ("members", "member_id"),
            ("records", "record_id"),
        ):
            dropped = sorted(self.dropped)
            frame = self.tables[table].filter(
                ~pl.col("household_id").is_in(dropped) & ~pl.col(key).is_in(dropped)
            )
            for (name, fact), keys in self.blank.items():
                if name == table:
                    frame = frame.with_columns(
                        pl.when(~pl.col(key).is_in(sorted(keys))).then(pl.col(fact)).alias(fact)
                    )
            made[table] = frame
        members = self.member_of
        made["records"] = made["records"].with_columns(
            pl.col("record_id")
            .replace_strict(members, default=None, return_dtype=pl.String)
            .alias("member_id")
        )
        return made


_FLAG = {True: "是", False: "否"}
_MEMBER_FILES: list[tuple[str, str, dict[str, tuple[str, dict[Any, str]]], dict[str, Any]]] = [
    (
        "education",
        "学籍.xlsx",
        {
            "in_school": ("是否在校", _FLAG),
            "schooling": (
                "学段",
                {"none": "未就学", "compulsory": "九年义务教育", "upper_secondary": "高中"},
            ),
        },
        {"names": True, "title": "学籍信息"},
    ),
    (
        "medical-insurance",
        "参保.txt",
        {"insured": ("参保状态", {True: "已参保", False: "未参保"})},
        {"encoding": "utf-16", "mark": "\t"},
    ),
    (
        "human-resources",
        "就业.csv",
        {
            "employed": ("就业", {True: "1", False: "0"}),
            "labour": ("劳动能力", {"full": "有劳动能力", "weak": "弱劳动能力", "none": "丧失"}),
        },
        {"encoding": "gb18030"},
    ),
    (
        "health",
        "健康.csv",
        {"health": ("健康状况", {"healthy": "良好", "chronic": "慢病", "serious": "重病"})},
        {"mark": ";"},
    ),
    ("disabled-federation", "残疾.csv", {"disabled": ("持证", _FLAG)}, {"title": "持证残疾人核对"}),
]
