"""Every error by its code, in Chinese and English (错误目录): what it means and what to do.

A message names the row, the rule and the fact, in English; the catalogue says for each code
what it is about, in both languages. A test holds it to the classes: none lacks its pair.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

CHINESE: Mapping[str, str] = MappingProxyType(
    {
        "antipoverty": "本软件的错误。",
        "area-not-covered": "该户不在政策包适用的地区内；请换用当地的政策包。",
        "bad-condition": "条件写得不对；具体原因见下。",
        "bad-field": "文件中有一个字段无法读取；开头写明了位置。",
        "bad-issuer": "通报的发出单位不高于被通报单位，或无权通报。",
        "bad-line": "文件中有一行无法读取。",
        "bad-notice": "这份通报不能使用。",
        "bad-policy-field": "政策文件的某个字段不认识、取值不允许或与另一项矛盾。",
        "bad-replacement": "通报所更正的那份不存在、事项不同、晚于它或已被更正。",
        "bad-workflow": "流程中的状态、步骤或时限不能使用。",
        "broken-chain": "事件与前一件接不上：被改动、丢失或重复。请与备份核对。",
        "broken-plugin": "已安装的政策包无法装入；请联系提供方。",
        "condition-syntax": "条件的文字不合语法。",
        "conflict": "别人先改了这一条；请重新读取后再决定。",
        "conflicting-fact": "同一编号的事实再次出现而内容不同；请先撤回前一次。",
        "conflicting-notices": "同一期既有表扬又有批评，而政策规定这是错误。",
        "derived-fact": "推算事实的函数出错，或给出的不是所声明的值；请联系提供方。",
        "duplicate-id": "两条规则、参数或政策包用了同一编号。",
        "duplicate-notice": "同一单位、同一期、同一级有两份通报，且互不更正。",
        "early-notice": "通报的印发日期早于其所属期的最后一天。",
        "empty-frame": "抽取名单中没有任何单位。",
        "engine-failed": "判定引擎崩溃、长时间无响应或在某一户上出错。",
        "engine-unavailable": "判定引擎没有安装、无法装入或屡次失败。",
        "failed-check": "政策包或引擎没有做到所承诺的一项；见下。",
        "foreign-code": "政策包里带有自己的程序代码，只允许写条件。",
        "illegal-step": "流程现在不允许这一步；缺什么见下。",
        "impossible-coverage": "抽取次数太少，做不到所要求的覆盖。",
        "inexact-number": "条件中有小数近似值或除法；请用精确的数。",
        "invalid-areas": "区划文件有孤立、重复或级别错误；什么都没有装入。",
        "invalid-argument": "给出的日期、语言、级别或名称在此不能使用。",
        "invalid-cases": "案例文件不能使用；问题逐条列出。",
        "invalid-code": "这不是区划、网格、户或居民代码。",
        "invalid-document": "回执、公告或名单与其格式不符。",
        "invalid-draw": "抽取所用的种子、名称或日期不能使用。",
        "invalid-file": "部门交来的文件不能使用；其中任何一行都没有采用。",
        "invalid-history": "以往的回执来自未来、重复或含有不认识的单位。",
        "invalid-mapping": "部门文件的对照表与其格式不符；什么都没有读取。",
        "invalid-model": "扩展模型声明了本软件不能使用的事实。",
        "invalid-money": "金额不是精确的元：是近似小数、不足一分或不是数。",
        "invalid-notices": "通报不能计分；问题逐条列出，没有生成记分板。",
        "invalid-outcomes": "抽中单位的结果与抽取记录矛盾；问题逐条列出。",
        "invalid-pack": "政策包有问题，逐条列出；没有生成政策包。",
        "invalid-period": "这不是周、月、季、半年或年。",
        "invalid-plan": "抽取方案自相矛盾或缺少规模；问题逐条列出。",
        "invalid-policy": "通报或考核政策有不能使用的字段。",
        "invalid-request": "追加抽取的要求无法执行；问题逐条列出。",
        "invalid-rule": "规则、参数或来源不能使用。",
        "invalid-size": "无法按这个规模或这些区划生成模拟数据。",
        "invalid-statistics": "统计数不能相加或计分；问题逐条列出。",
        "invalid-unit": "计量单位应写成以 * 和 / 连接的符号。",
        "invalid-workflow": "流程有问题，逐条列出；没有生成流程。",
        "kind-mismatch": "条件混用了数、是否、文字或日期，或用了不适用的运算。",
        "merged-cells": "户编号只写在合并单元格的首行，而对照表没有说其余行属于谁。",
        "missing-column": "表中缺少规则要读的列。",
        "missing-extra": "需要一个没有安装的可选部件；按提示安装。",
        "missing-table": "规则要读的表没有提供。",
        "no-teams": "回避和负荷的要求使某些地点排不出检查组。",
        "no-truth-value": "条件被当作是或否使用；请改用 &、|、~。",
        "not-canonical": "公开事件的结果没有按规定的形式书写。",
        "not-conforming": "政策包或引擎没有通过符合性检查；逐条列出。",
        "nothing-in-force": "该日没有任何规则有效；这不等于没有风险。",
        "outside-subset": "综合研判规则用到该引擎不能准确处理的内容。",
        "overflow-risk": "规则的运算可能超出 64 位整数。",
        "parameter-not-set": "参数在该地区、该日没有取值；绝不借用别的年份。",
        "personal-fact": "条件读取了可以认出个人的事实。",
        "personal-value": "填写的内容可能含个人信息；此处不重复其内容。",
        "problems": "有若干问题，一并列出。",
        "replacement-cycle": "通报互相更正成环，没有一份有效。",
        "reused-seed": "种子在以前的期次用过，知情人可以预知结果。",
        "seed-order": "秘密与先前公布的不符，或公告晚于公开事件。",
        "slow-plugin": "已安装的政策包装入时间过长。",
        "stale-equivalents": "登记的等价变异已不成立；请从清单中去掉。",
        "store": "台账数据库连接不上，或存的是别的内容。",
        "unannounced-draw": "抽取与公告确定的不一致；不同之处逐条列出。",
        "unconfirmed-guess": "对照表中还有无人确认的猜测；核对后去掉 guessed = true。",
        "unconfirmed-witness": "求解器找到的户与逐户判定不符；请报告，两者都不要采信。",
        "undated-table": "条件对没有日期的表使用了时间段。",
        "unit-mismatch": "条件中比较、相加或相乘的量单位不合。",
        "unknown-area": "代码格式正确，但区划中没有。",
        "unknown-case": "台账中没有这个编号的个案或问题。",
        "unknown-choice": "条件把字段与它不可能取的值比较。",
        "unknown-field": "条件读取了户或子表中没有的字段。",
        "unknown-household": "表中没有这个户编号，或该户已被剔除。",
        "unknown-pack": "没有安装这个名称的政策包。",
        "unknown-reference": "规则引用了不存在的参数、来源、数据项、部门或规则。",
        "unknown-table": "条件读取了模型中没有的子表。",
        "unknown-unit": "区划中没有这个单位，或记分板上没有它。",
        "unreadable-source": "来源无法读取：没有这个文件、工作表或列，或它不是表。",
        "unsupported-frame": "表的类型不认识，或各表类型不一致。",
        "vacuous": "检验了一条定律，但规则的某一面从未出现；对那一面什么也没有说明。",
        "weak-seed": "种子太短或太简单，可能被猜到。",
    }
)
"""What each code means and what to do, in Chinese; in English the class says it."""


def meaning(code: str, language: str, english: str = "") -> str:
    """Say what a code means.

    Args:
        code: The code.
        language: ``zh`` or ``en``.
        english: What the class says of itself.
    """
    return CHINESE.get(code, CHINESE["antipoverty"]) if language == "zh" else english


__all__ = ["CHINESE", "meaning"]
