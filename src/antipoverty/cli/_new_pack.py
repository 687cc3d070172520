"""The files a new pack begins with: installable, pinned down by cases, checked by one command.

They are written beside the folder they go to and moved there whole, so that a failure
leaves nothing half written.
"""

from __future__ import annotations

import importlib.util
import re
import tempfile
from pathlib import Path

from antipoverty._policy.discovery import offered
from antipoverty.errors import InvalidArgumentError

PYPROJECT = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "antipoverty-pack-@NAME@"
version = "0.1.0"
description = "Warning standards of @NAME@, a pack for antipoverty"
requires-python = ">=3.11"
dependencies = ["antipoverty"]

[project.optional-dependencies]
test = ["antipoverty[cli,testing]", "pytest>=8"]

[project.entry-points."antipoverty.packs"]
@NAME@ = "@MODULE@:pack"

[tool.hatch.build.targets.wheel]
packages = ["@MODULE@"]

[tool.pytest.ini_options]
testpaths = ["tests"]
"""

INIT = '''\
"""The warning standards of @NAME@."""

from importlib import resources

from antipoverty import Pack, pack_from_toml


def pack() -> Pack:
    """Read the pack from its file."""
    return pack_from_toml((resources.files(__name__) / "pack.toml").read_text(encoding="utf-8"))
'''

PACK = """\
[pack]
id = "@NAME@"
zh = "@NAME@ 预警标准"
en = "Warning standards of @NAME@"
version = "0.1"

[department.medical-insurance]
zh = "医疗保障局"
en = "Medical insurance"

[source.example]
title = { zh = "示例，请替换为文件名称与文号", en = "an example: put the document here" }
status = "illustrative"

[[record_kind]]
id = "medical_self_paid"
zh = "医疗自付费用"
en = "self-paid medical cost"
department = "medical-insurance"

[[record_kind]]
id = "medical_reimbursed"
zh = "医疗报销费用"
en = "reimbursed medical cost"
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
id = "@NAME@-medical-burden"
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
# 请政策部门审核签字 / for the policy office to read and sign
as_of = 2021-12-01

[base.household]
area = "610702100200"

[[case]]
rule = "@NAME@-medical-burden"
name = "超出标准一分 one fen over"
side = "warn"
expect = "warn"
records = [{ kind = "medical_self_paid", day = 2021-11-30, amount = "10000.01" }]

[[case]]
rule = "@NAME@-medical-burden"
name = "窗口首日，超出标准 over, on the first day of the window"
side = "warn"
expect = "warn"
records = [{ kind = "medical_self_paid", day = 2020-12-01, amount = "10000.01" }]

[[case]]
rule = "@NAME@-medical-burden"
name = "恰为标准 exactly on the line"
side = "on"
expect = "clear"
records = [{ kind = "medical_self_paid", day = 2020-12-01, amount = "10000" }]

[[case]]
rule = "@NAME@-medical-burden"
name = "窗口前一日 one day before the window"
side = "clear"
expect = "clear"
records = [{ kind = "medical_self_paid", day = 2020-11-30, amount = "20000" }]

[[case]]
rule = "@NAME@-medical-burden"
name = "其他费用 another kind of cost"
side = "clear"
expect = "clear"
records = [{ kind = "medical_reimbursed", day = 2021-11-30, amount = "20000" }]

[[case]]
rule = "@NAME@-medical-burden"
name = "金额未知 the amount is not known"
side = "missing"
expect = "undecided"
records = [{ kind = "medical_self_paid", day = 2021-11-30 }]
"""

TEST_PACK = '''\
"""The pack keeps what the library promises of every pack, and its cases pin it down."""

import pytest
from @MODULE@ import pack

from antipoverty.testing import mutate, pack_checks, shipped_cases

CASES = shipped_cases("@MODULE@", pack())


@pytest.mark.parametrize("check", pack_checks(pack, cases=CASES), ids=str)
def test_the_pack_conforms(check):
    """One test for each check and rule; every case gets the verdict written beside it."""
    check()


def test_the_cases_notice_every_change():
    """A moved threshold, a window a day too long, another operator: some case tells."""
    assert mutate(pack(), CASES).survivors == ()
'''

TEST_LAWS = '''\
"""Laws of this policy; the kit looks for a household that breaks one and shows it."""

from @MODULE@ import pack

from antipoverty.testing import assert_monotone


def test_a_greater_cost_never_clears_a_warning():
    """Whoever is warned of stays so when a bill is higher."""
    assert_monotone("@NAME@-medical-burden", "records.amount", worse="up", pack=pack())
'''

CHECK = '''\
"""Install the pack with what its tests need, and run them: python check.py."""

import subprocess
import sys

for step in (
    ["pip", "install", "--quiet", "--editable", ".[test]"],
    ["pytest"],
):
    print("$ python -m", *step, flush=True)
    done = subprocess.run([sys.executable, "-m", *step])
    if done.returncode:
        sys.exit(done.returncode)
'''

WORKFLOW = """\
name: check
on: [push, pull_request]
jobs:
  check:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with:
          python-version: "3.12"
      - run: python check.py
"""

README = """\
# @NAME@

预警标准包：规则和参数在 `@MODULE@/pack.toml`，案例在 `@MODULE@/cases`。参数为示例，使用前请替换并注明来源。

A pack of warning standards for antipoverty. Rules and parameters are in `@MODULE@/pack.toml`, the
cases that pin them down in `@MODULE@/cases`. The value is an example: replace it, with its source.

```
python check.py
antipoverty rules list --pack @NAME@
pytest --antipoverty-pack @NAME@
```

`check.py` installs the pack and runs its tests; `.github/workflows/check.yml` runs the same on every
push. `tests/test_pack.py` asks all that the library promises of a pack and whether the cases notice
every change of a rule; `tests/test_laws.py` holds what must be true of every household.
"""

FILES = {
    "pyproject.toml": PYPROJECT,
    "README.md": README,
    "check.py": CHECK,
    ".github/workflows/check.yml": WORKFLOW,
    "@MODULE@/__init__.py": INIT,
    "@MODULE@/pack.toml": PACK,
    "@MODULE@/cases/medical-insurance.toml": CASES,
    "tests/test_pack.py": TEST_PACK,
    "tests/test_laws.py": TEST_LAWS,
}


def write_new_pack(name: str, folder: Path) -> Path:
    """Write the files of a new pack under a folder, and give the pack's own folder.

    Raises:
        InvalidArgumentError: The name is no pack id or is taken, or the pack's folder is
            there already and not empty. Nothing was written.
    """
    module = name.replace("-", "_") + "_pack"
    _refuse(name, module)
    target = folder / name
    if target.is_symlink() or (target.exists() and not _is_empty(target)):
        raise InvalidArgumentError(
            f"{target} is there already and not empty; choose another name or folder"
        )
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{name}-", dir=folder) as place:
        written = Path(place) / name
        for path, text in FILES.items():
            file = written / _filled(path, name, module)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(_filled(text, name, module), encoding="utf-8", newline="\n")
        if target.exists():
            target.rmdir()
        written.rename(target)
    return target


def _filled(text: str, name: str, module: str) -> str:
    return text.replace("@NAME@", name).replace("@MODULE@", module)


def _is_empty(folder: Path) -> bool:
    return folder.is_dir() and not any(folder.iterdir())


def _refuse(name: str, module: str) -> None:
    """Refuse a name that is no id, or that something installed has."""
    if len(name) > 40 or not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name):
        raise InvalidArgumentError(
            f"{name!r} is not a pack's id; use at most 40 lower-case letters, digits and single "
            "'-' between them, beginning with a letter, such as mian-county (Chinese names in pinyin)"
        )
    entries, double = offered()
    if name in double or any(entry.name == name for entry in entries):
        raise InvalidArgumentError(f"a pack {name!r} is installed already; choose another name")
    if importlib.util.find_spec(module) is not None:
        raise InvalidArgumentError(
            f"a package {module!r} is installed already; choose another name than {name!r}"
        )
