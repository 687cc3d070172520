"""What stands above each statement: what it answers, what is checked, what is taken on trust."""

from __future__ import annotations

from collections.abc import Iterator

from antipoverty._sql.judging import Judging
from antipoverty._sql.trees import commented

_TITLES = {
    "preflight": (
        "一、预检：逐项统计不合要求的行数；没有一行结果，才可运行后两条语句",
        "1. Preflight: counts the rows that are not as they must be; run the others only when it "
        "gives no row (roster-* and after-as-of are told, and the rules answer with them)",
    ),
    "alerts": (
        "二、结果：每户每条规则一行，warn 为预警，undecided 为待核实；不预警的不列",
        "2. Answers: a row for each household and rule that warns or is undecided; the others "
        "are clear",
    ),
    "undecided": (
        "三、待核实缘由：每个待核实的结果缺哪些数据",
        "3. Missing facts: what would settle each answer that is undecided",
    ),
    "amounts": (
        "四、金额：规则所述金额，low 至 high，均须除以 scale；以元计的折成分；缺数据时两者不同",
        "4. Amounts that rules state: from low to high, both over scale, in fen where the unit has "
        "yuan; they differ where facts are missing",
    ),
    "tiers": (
        "五、档次：is 为已定，may-be 为待核实而可能属于；确定不属任何一档的不列",
        "5. Tiers: is where it is decided, may-be for each that it may be in; who is surely in "
        "none is not listed",
    ),
}

_TRUST = (
    (
        "语句只查询，不建表、不改数据；结果只含户编号、区划代码、规则代码与结论，以及规则所述金额、所属档次。",
        "It only reads: it makes no table and changes nothing; only ids, areas, rules and "
        "verdicts, the amounts that rules state and tiers come out.",
    ),
    (
        "空值即不知：既不当作 0，也不当作否；三值逻辑与本库逐户判定一致。",
        "Null is not known, neither 0 nor no; the logic of three values is that of the library.",
    ),
    (
        "成员行数少于户内人口数的，所缺成员按不知处理；多于的，每行都不确定。",
        "Where fewer members came than the household states, those that lack are unknown; where "
        "more came, none is sure.",
    ),
    (
        "全凭数据提供方担保：金额以分为单位；部门数据齐全（没有记录即没有此事）；"
        "区划代码存在且为当日代码；编号不含个人信息；预检没有一行结果。",
        "Taken on trust: amounts are in fen; the records are complete (no record means none); "
        "area codes exist, as coded on the day; ids hold nothing personal; the preflight gave "
        "no row. A screening by the library checks and sets aside by itself; these do not.",
    ),
)


def header(judging: Judging, name: str) -> str:
    """Write the comment above a statement."""
    return "".join(f"-- {commented(line)}\n" for line in _lines(judging, name))


def _lines(judging: Judging, name: str) -> Iterator[str]:
    pack, dialect = judging.current.pack, judging.dialect
    yield from _TITLES[name]
    yield f"{pack.title.zh} {pack.title.en}: {pack.id} {pack.version}"
    yield f"判定日 as of {judging.current.day}; 方言 dialect {dialect.name}"
    if not dialect.proven:
        yield "此方言的语句由同一程序生成，未在数据库上运行验证，须先用样本核对"
        yield "This dialect was generated and not run: compare with a sample before you rely on it"
    if judging.current.illustrative:
        yield "含示例标准，不得作为正式依据"
        yield "Some values or rules are illustrative and no published policy"
    yield "所读数据 reads:"
    for table in (None, *judging.read_tables()):
        called = judging.names.get(table or "households", table or "households")
        yield f"  {called}: {', '.join(judging.columns_of(table))}"
    yield "库里没有其中某列的，以选项 lacking（如 members.born_on）重新生成，该列按不知处理"
    yield (
        "Where the database lacks one of these columns, write the statements again with the option "
        "lacking, as for members.born_on: it counts as not known"
    )
    for id_, values in sorted(judging.current.values.items()):
        one = pack.parameters[id_]
        shown = "; ".join(f"{value.area or '*'}: {value.value}" for value in values)
        fen = "，以分计 in fen" if one.unit.money else ""
        yield f"标准 {one.title.zh} ({id_}, {one.unit}{fen}) {shown}"
    for zh, en in _TRUST:
        yield zh
        yield en


__all__ = ["header"]
