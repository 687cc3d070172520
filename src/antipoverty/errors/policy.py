"""Errors of what is written and judged: conditions, rules, packs, screening, testing."""

from __future__ import annotations

from typing import ClassVar

from antipoverty.errors.base import (
    AntipovertyError,
    ProblemsError,
)

# --- the condition language


class ConditionError(AntipovertyError, ValueError):
    """A condition that cannot be made; the subclasses say why."""

    code: ClassVar[str] = "bad-condition"


class ConditionSyntaxError(ConditionError):
    """A text is not in the grammar of conditions."""

    code: ClassVar[str] = "condition-syntax"


class UnknownFieldError(ConditionError, AttributeError):
    """A condition reads a field that the household or the child table does not have."""

    code: ClassVar[str] = "unknown-field"


class UnknownTableError(ConditionError):
    """A condition reads a child table that the model does not have."""

    code: ClassVar[str] = "unknown-table"


class UnknownChoiceError(ConditionError):
    """A condition compares a field with a word it can never hold."""

    code: ClassVar[str] = "unknown-choice"


class UnitMismatchError(ConditionError):
    """A condition compares, adds or multiplies quantities whose units do not fit."""

    code: ClassVar[str] = "unit-mismatch"


class KindMismatchError(ConditionError):
    """A condition mixes numbers, flags, texts or days, or uses an operator they lack."""

    code: ClassVar[str] = "kind-mismatch"


class InexactNumberError(ConditionError):
    """A condition contains a float, or divides."""

    code: ClassVar[str] = "inexact-number"


class UndatedTableError(ConditionError):
    """A condition puts a window on a table whose rows have no day."""

    code: ClassVar[str] = "undated-table"


class PersonalFactError(ConditionError):
    """A condition reads a fact that identifies a person."""

    code: ClassVar[str] = "personal-fact"


class NoTruthValueError(ConditionError, TypeError):
    """A condition was used where Python needs a yes or no, as in ``if`` or ``and``."""

    code: ClassVar[str] = "no-truth-value"


# --- rules, packs and screening


class MissingTableError(AntipovertyError, LookupError):
    """A rule reads a child table that was not supplied at all."""

    code: ClassVar[str] = "missing-table"


class ParameterNotSetError(AntipovertyError, LookupError):
    """A parameter has no value for an area and a day; a neighbour's is never used."""

    code: ClassVar[str] = "parameter-not-set"


class NothingInForceError(AntipovertyError, LookupError):
    """A pack has rules, and none of them is in force on the day; that is no all-clear."""

    code: ClassVar[str] = "nothing-in-force"


class InvalidRuleError(AntipovertyError, ValueError):
    """A rule, parameter or source that cannot be used; the message names it."""

    code: ClassVar[str] = "invalid-rule"


class DuplicateIdError(AntipovertyError, ValueError):
    """Two rules, parameters or packs have one id."""

    code: ClassVar[str] = "duplicate-id"


class UnknownReferenceError(AntipovertyError, LookupError):
    """A rule names a parameter, source, kind, department or rule that is not there.

    Attributes:
        name: What is not there, or ``None``.
    """

    code: ClassVar[str] = "unknown-reference"

    def __init__(self, message: str, name: str | None = None, /, **values: object) -> None:
        super().__init__(message, **values)
        self.name = name


class InvalidPackError(ProblemsError, ValueError):
    """A pack has problems; every one is listed and no pack is made."""

    code: ClassVar[str] = "invalid-pack"


class UnknownPackError(AntipovertyError, LookupError):
    """No pack is installed under a name."""

    code: ClassVar[str] = "unknown-pack"


class BrokenPluginError(AntipovertyError):
    """An installed pack could not be loaded; the message names it and the cause."""

    code: ClassVar[str] = "broken-plugin"


class SlowPluginError(BrokenPluginError):
    """An installed pack took too long to load."""

    code: ClassVar[str] = "slow-plugin"


class ForeignCodeError(BrokenPluginError):
    """A pack holds code of its own where only the library's conditions may stand."""

    code: ClassVar[str] = "foreign-code"


class AreaNotCoveredError(AntipovertyError, LookupError):
    """A household lies outside the area of the pack."""

    code: ClassVar[str] = "area-not-covered"


class OverflowRiskError(AntipovertyError, ArithmeticError):
    """A rule's arithmetic could leave the 64-bit integers that frames compute with."""

    code: ClassVar[str] = "overflow-risk"


class MissingColumnError(AntipovertyError, LookupError):
    """A table lacks columns that some rules read."""

    code: ClassVar[str] = "missing-column"


class UnsupportedFrameError(AntipovertyError, TypeError):
    """A table is no frame the library knows, or the tables are of different kinds."""

    code: ClassVar[str] = "unsupported-frame"


class FrameTooLargeError(AntipovertyError, ValueError):
    """More rows of a frame would come to the driver of a cluster than a call goes through."""

    code: ClassVar[str] = "frame-too-large"


class UnknownHouseholdError(AntipovertyError, LookupError):
    """No household of the tables has an id, or its row was set aside."""

    code: ClassVar[str] = "unknown-household"


class InvalidCasesError(ProblemsError, ValueError):
    """A file of cases cannot be used; every problem is listed with its case."""

    code: ClassVar[str] = "invalid-cases"


class StaleEquivalentsError(ProblemsError, ValueError):
    """A listed equivalent mutant is no mutant of the pack any more, or a case notices it."""

    code: ClassVar[str] = "stale-equivalents"


class FailedCheckError(AntipovertyError, AssertionError):
    """A pack or an engine does not keep a promise; the message says which, and what to do."""

    code: ClassVar[str] = "failed-check"


class VacuousLawError(AntipovertyError, AssertionError):
    """A law was tried, and a side of its rule never came up; it says nothing about that side."""

    code: ClassVar[str] = "vacuous"


class NotConformingError(ProblemsError, AssertionError):
    """A pack or an engine fails checks of the conformance kit; every one is listed."""

    code: ClassVar[str] = "not-conforming"


# --- synthetic data


class InvalidSizeError(AntipovertyError, ValueError):
    """A synthetic province of a size, or on areas, that cannot be made."""

    code: ClassVar[str] = "invalid-size"


# --- judgement


class OutsideSubsetError(AntipovertyError, ValueError):
    """A judgement rule needs what an engine does not do right; it is never approximated."""

    code: ClassVar[str] = "outside-subset"


class EngineUnavailableError(AntipovertyError, RuntimeError):
    """An engine is not installed, cannot be imported here, or keeps failing."""

    code: ClassVar[str] = "engine-unavailable"


class EngineFailedError(AntipovertyError, RuntimeError):
    """An engine crashed, was silent too long, or gave an error on one household."""

    code: ClassVar[str] = "engine-failed"


class ConflictingFactError(AntipovertyError, ValueError):
    """A fact came again with the same id and other content; withdraw the first one first."""

    code: ClassVar[str] = "conflicting-fact"


class MissingExtraError(AntipovertyError, ImportError):
    """Something optional is needed and not installed; the message names the extra."""

    code: ClassVar[str] = "missing-extra"


# --- testing


class UnconfirmedWitnessError(AntipovertyError, RuntimeError):
    """A household found by the solver is not what `judge` says of it: report it, trust neither."""

    code: ClassVar[str] = "unconfirmed-witness"


# --- intake


class InvalidMappingError(ProblemsError, ValueError):
    """A mapping of departments' files is not what its format says; nothing was read."""

    code: ClassVar[str] = "invalid-mapping"


class UnreadableSourceError(AntipovertyError, ValueError):
    """A source of the intake cannot be read at all: no such file, sheet, column or table."""

    code: ClassVar[str] = "unreadable-source"


class MergedCellsError(UnreadableSourceError):
    """Ids stop being written below others, and the mapping does not say whose those rows are."""

    code: ClassVar[str] = "merged-cells"


class UnconfirmedGuessError(AntipovertyError, ValueError):
    """A mapping still carries guesses that nobody has confirmed."""

    code: ClassVar[str] = "unconfirmed-guess"
