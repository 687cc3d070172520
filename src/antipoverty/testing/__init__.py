"""What authors of packs, engines and systems need to trust theirs.

The names below are loaded when they are first used: naming the kit loads neither
Hypothesis, nor a solver, nor a test runner.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from antipoverty.errors import MissingExtraError

if TYPE_CHECKING:
    from antipoverty.testing.cases import Case, read_case_files, read_cases, uncovered
    from antipoverty.testing.conformance import (
        Check,
        check_engine,
        check_pack,
        engine_checks,
        over_tables,
        pack_checks,
        shipped_cases,
    )
    from antipoverty.testing.judgements import (
        JudgementCase,
        read_judgement_cases,
        read_judgement_files,
    )
    from antipoverty.testing.laws import (
        assert_area_complete,
        assert_deterministic,
        assert_engines_agree,
        assert_explained,
        assert_loss_never_clears,
        assert_monotone,
        assert_order_free,
        assert_policy_laws,
        assert_unit_safe,
        assert_window_safe,
    )
    from antipoverty.testing.mutation import (
        JudgementMutant,
        Mutant,
        Mutation,
        StatedMutant,
        judgement_mutants,
        mutants,
        mutate,
        mutate_judgements,
        mutate_stated,
        read_equivalents,
        stated_mutants,
    )
    from antipoverty.testing.proofs import (
        LadderProof,
        PackProof,
        Proof,
        covers,
        equal,
        exclusive,
        implies,
        is_equivalent,
        monotone,
        never_warns,
        one_tier,
        owes,
        prove_pack,
    )
    from antipoverty.testing.strategies import (
        amounts,
        area_codes,
        area_trees,
        areas,
        conditions,
        histories,
        household_codes,
        households,
        keepers,
        members,
        near_threshold,
        notices,
        packs,
        periods,
        plans,
        populations,
        records,
        rules,
        tables,
    )
    from antipoverty.testing.witnesses import (
        BoundaryCases,
        Unpinned,
        boundary_cases,
        cases_to_toml,
    )

_HOMES = {
    "cases": ("Case", "read_case_files", "read_cases", "uncovered"),
    "conformance": (
        *("Check", "check_engine", "check_pack", "engine_checks", "over_tables"),
        *("pack_checks", "shipped_cases"),
    ),
    "laws": (
        *("assert_area_complete", "assert_deterministic", "assert_engines_agree"),
        *("assert_explained", "assert_loss_never_clears", "assert_monotone"),
        *("assert_order_free", "assert_policy_laws", "assert_unit_safe", "assert_window_safe"),
    ),
    "judgements": ("JudgementCase", "read_judgement_cases", "read_judgement_files"),
    "mutation": (
        *("JudgementMutant", "Mutant", "Mutation", "judgement_mutants", "mutants", "mutate"),
        *("StatedMutant", "mutate_judgements", "mutate_stated", "read_equivalents"),
        "stated_mutants",
    ),
    "proofs": (
        *("PackProof", "Proof", "covers", "equal", "exclusive", "implies", "is_equivalent"),
        *("LadderProof", "monotone", "never_warns", "one_tier", "owes", "prove_pack"),
    ),
    "strategies": (
        *("amounts", "area_codes", "area_trees", "areas", "conditions", "histories"),
        *("household_codes", "households", "keepers", "members", "near_threshold", "notices"),
        *("packs", "periods", "plans", "populations", "records", "rules", "tables"),
    ),
    "witnesses": ("BoundaryCases", "Unpinned", "boundary_cases", "cases_to_toml"),
}
_MODULE_OF = {name: module for module, names in _HOMES.items() for name in names}

__all__ = [
    "BoundaryCases",
    "Case",
    "Check",
    "JudgementCase",
    "JudgementMutant",
    "LadderProof",
    "Mutant",
    "Mutation",
    "PackProof",
    "Proof",
    "StatedMutant",
    "Unpinned",
    "amounts",
    "area_codes",
    "area_trees",
    "areas",
    "assert_area_complete",
    "assert_deterministic",
    "assert_engines_agree",
    "assert_explained",
    "assert_loss_never_clears",
    "assert_monotone",
    "assert_order_free",
    "assert_policy_laws",
    "assert_unit_safe",
    "assert_window_safe",
    "boundary_cases",
    "cases_to_toml",
    "check_engine",
    "check_pack",
    "conditions",
    "covers",
    "engine_checks",
    "equal",
    "exclusive",
    "histories",
    "household_codes",
    "households",
    "implies",
    "is_equivalent",
    "judgement_mutants",
    "keepers",
    "members",
    "monotone",
    "mutants",
    "mutate",
    "mutate_judgements",
    "mutate_stated",
    "near_threshold",
    "never_warns",
    "notices",
    "one_tier",
    "over_tables",
    "owes",
    "pack_checks",
    "packs",
    "periods",
    "plans",
    "populations",
    "prove_pack",
    "read_case_files",
    "read_cases",
    "read_equivalents",
    "read_judgement_cases",
    "read_judgement_files",
    "records",
    "rules",
    "shipped_cases",
    "stated_mutants",
    "tables",
    "uncovered",
]


def __getattr__(name: str) -> Any:
    module = _MODULE_OF.get(name)
    if module is None:
        raise AttributeError(f"module 'antipoverty.testing' has no attribute {name!r}")
    try:
        value = getattr(importlib.import_module(f"antipoverty.testing.{module}"), name)
    except ModuleNotFoundError as missing:
        if missing.name != "hypothesis":
            raise
        raise MissingExtraError(
            "{name} needs the extra 'testing': pip install 'antipoverty[testing]'", name=name
        ) from None
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
