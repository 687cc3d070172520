"""The files a new pack begins with."""

from __future__ import annotations

import re
from pathlib import Path

from antipoverty.errors import InvalidRuleError

PYPROJECT = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "antipoverty-pack-{name}"
version = "0.1.0"
description = "Warning standards of {name}, a pack for antipoverty"
requires-python = ">=3.11"
dependencies = ["antipoverty"]

[project.entry-points."antipoverty.packs"]
{name} = "{module}:pack"

[tool.hatch.build.targets.wheel]
packages = ["{module}"]
"""

INIT = '''\
"""The warning standards of {name}."""

from importlib import resources

from antipoverty import Pack, pack_from_toml


def pack() -> Pack:
    """Read the pack from its file."""
    return pack_from_toml((resources.files(__name__) / "pack.toml").read_text(encoding="utf-8"))
'''

PACK = """\
[pack]
id = "{name}"
zh = "{name} 预警标准"
en = "Warning standards of {name}"
version = "0.1"

[department.medical-insurance]
zh = "医疗保障局"
en = "Medical insurance"

[source.example]
title = "示例，请替换为文件名称与文号 / an example: put the document here"
status = "illustrative"

[[record_kind]]
id = "medical_self_paid"
zh = "医疗自付费用"
en = "self-paid medical cost"
department = "medical-insurance"

[[parameter]]
id = "medical.line"
zh = "医疗自付标准"
en = "the self-paid line"
unit = "yuan"

[[parameter.value]]
value = "10000"
since = 2021-01-01
until = "open"
source = "example"

[[rule]]
id = "{name}-medical-burden"
zh = "医疗费用负担重"
en = "Heavy medical burden"
department = "medical-insurance"
when = '''
sum(records, amount, where=kind == "medical_self_paid", months=12) > param("medical.line")
'''
severity = "urgent"
source = "example"
since = 2021-01-01
"""

CASES = """\
as_of = 2021-12-01

[base.household]
area = "610702100200"

[[case]]
rule = "{name}-medical-burden"
name = "one fen over"
side = "warn"
expect = "warn"
records = [{{ kind = "medical_self_paid", day = 2021-11-30, amount = "10000.01" }}]

[[case]]
rule = "{name}-medical-burden"
name = "exactly on the line"
side = "on"
expect = "clear"
records = [{{ kind = "medical_self_paid", day = 2020-12-01, amount = "10000" }}]

[[case]]
rule = "{name}-medical-burden"
name = "one day before the window"
side = "clear"
expect = "clear"
records = [{{ kind = "medical_self_paid", day = 2020-11-30, amount = "20000" }}]

[[case]]
rule = "{name}-medical-burden"
name = "the amount is not known"
side = "missing"
expect = "undecided"
records = [{{ kind = "medical_self_paid", day = 2021-11-30 }}]
"""

TEST = '''\
"""The pack answers its cases."""

from pathlib import Path

import pytest
from {module} import pack

from antipoverty.testing.cases import read_cases, uncovered

PACK = pack()
CASES = read_cases((Path(__file__).parent / "cases.toml").read_text(encoding="utf-8"), PACK)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{{case.rule}}: {{case.name}}")
def test_the_pack_answers_its_cases(case):
    """Each case gets the verdict written beside it."""
    assert case.run(PACK) is case.expect


def test_every_rule_is_pinned_down():
    """A case on each side of the threshold, on it, and with the fact missing."""
    assert uncovered(PACK, CASES) == {{}}
'''

README = """\
# {name}

预警标准包：规则和参数在 `{module}/pack.toml`，案例在 `tests/cases.toml`。参数为示例，使用前请替换并注明来源。

A pack of warning standards for antipoverty. Rules and parameters are in `{module}/pack.toml`, the
cases that pin them down in `tests/cases.toml`. The value is an example: replace it, with its source.

```
pip install -e .
pytest
antipoverty rules list --pack {name}
```
"""


def write_new_pack(name: str, folder: Path) -> Path:
    """Write the files of a new pack under a folder, and give the pack's own folder.

    Raises:
        InvalidRuleError: The name is no pack id, or the folder is there already.
    """
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,40}", name):
        raise InvalidRuleError(
            f"{name!r} is not a pack's id; use lower-case letters, digits and '-'"
        )
    target = folder / name
    if target.exists():
        raise InvalidRuleError(f"{target} is there already; choose another name or folder")
    module = name.replace("-", "_") + "_pack"
    files = {
        "pyproject.toml": PYPROJECT,
        "README.md": README,
        f"{module}/__init__.py": INIT,
        f"{module}/pack.toml": PACK,
        "tests/cases.toml": CASES,
        "tests/test_pack.py": TEST,
    }
    for path, text in files.items():
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        (target / path).write_text(text.format(name=name, module=module), encoding="utf-8")
    return target
