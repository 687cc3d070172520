"""Every failure the library raises: one tree, and a code per class that never changes.

The text of a message may improve from one release to the next; the code in
square brackets at its end may not. A message says which rule, row or fact is
concerned and what to do about it. It never carries a personal value: no name,
no resident number, no amount that belongs to a household.
"""

from __future__ import annotations

import difflib
import enum
import re
from collections.abc import Iterable
from typing import ClassVar, Self, TypeVar

_Word = TypeVar("_Word")


class AntipovertyError(Exception):
    """The root of the tree; catch it to catch everything the library raises.

    Attributes:
        code: The stable code of the class, such as ``unknown-field``.
        message: What went wrong and what to do, without the code.
        place: What the message begins with: the rule, row or file concerned, or nothing.
    """

    code: ClassVar[str] = "antipoverty"
    place: str = ""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    def within(self, place: str) -> Self:
        """Give the same error with a place named in front, unless it begins there already."""
        if self.place == place:
            return self
        found = type(self).__new__(type(self))
        found.__dict__.update(self.__dict__)
        found.place, found.message = place, f"{place}: {self.message}"
        found.args = (found.message, *self.args[1:])
        return found

    def __str__(self) -> str:
        return f"{self.message} [{self.code}]"


class InvalidArgumentError(AntipovertyError, ValueError):
    """A call was given a day, a language, a level or a name that cannot be used there."""

    code: ClassVar[str] = "invalid-argument"


class ProblemsError(AntipovertyError):
    """Several problems of one file or one object, reported together.

    Attributes:
        problems: Each problem as an error of its own, in the order found.
    """

    code: ClassVar[str] = "problems"

    def __init__(self, message: str, problems: Iterable[AntipovertyError]) -> None:
        super().__init__(message)
        self.problems: tuple[AntipovertyError, ...] = tuple(problems)

    def __str__(self) -> str:
        count = len(self.problems)
        head = f"{self.message}: {count} problem{'' if count == 1 else 's'} [{self.code}]"
        return "\n".join([head, *(f"  - {problem}" for problem in self.problems)])


class LineError(AntipovertyError):
    """One line of a file that cannot be read.

    Attributes:
        line: Its number, from 1 for the header.
    """

    code: ClassVar[str] = "bad-line"

    def __init__(self, line: int, message: str) -> None:
        super().__init__(f"line {line}: {message}")
        self.line = line


# --- documents --------------------------------------------------------------------


class FieldError(AntipovertyError, ValueError):
    """One field of a document that cannot be read; the message begins with its place."""

    code: ClassVar[str] = "bad-field"


class InvalidDocumentError(ProblemsError, ValueError):
    """A receipt, a notice or a list of teams is not what its format says."""

    code: ClassVar[str] = "invalid-document"


# --- codes and periods ------------------------------------------------------------


class InvalidCodeError(AntipovertyError, ValueError):
    """A text is not an area, grid, household or resident code."""

    code: ClassVar[str] = "invalid-code"


class InvalidPeriodError(AntipovertyError, ValueError):
    """A text is not a week, month, quarter, half-year or year."""

    code: ClassVar[str] = "invalid-period"


# --- the model --------------------------------------------------------------------


class InvalidMoneyError(AntipovertyError, ValueError):
    """An amount is not exact yuan: a float, a fraction of a fen, or no number."""

    code: ClassVar[str] = "invalid-money"


class InvalidUnitError(AntipovertyError, ValueError):
    """A unit of measure is not written as symbols joined by ``*`` and ``/``."""

    code: ClassVar[str] = "invalid-unit"


class InvalidAreasError(ProblemsError, ValueError):
    """A file of areas has orphans, duplicates or wrong levels; nothing was loaded."""

    code: ClassVar[str] = "invalid-areas"


class UnknownAreaError(AntipovertyError, LookupError):
    """A code is well formed but is not in the area tree."""

    code: ClassVar[str] = "unknown-area"


class InvalidModelError(AntipovertyError, TypeError):
    """A class that extends the model declares a fact the library cannot use."""

    code: ClassVar[str] = "invalid-model"


_PLAIN = re.compile(r"(?!.*[0-9]{6})[A-Za-z0-9 _.:/-]{0,64}")
"""What may be repeated in a message: words, and no number as long as those of a person."""


def one_of(value: _Word, known: Iterable[str], what: str) -> _Word:
    """Give a word back if it is one of those known.

    Raises:
        InvalidArgumentError: It is not.
    """
    listed = list(known)
    if value not in listed:
        article = "an" if what[0] in "aeiou" else "a"
        shown = repr(value) if _PLAIN.fullmatch(str(value)) else "what was given"
        raise InvalidArgumentError(
            f"{shown} is not {article} {what}; give one of {', '.join(listed)}"
            f"{did_you_mean(str(value), listed)}"
        )
    return value


class Choice(enum.Enum):
    """A few words to choose from; a wrong one is an error that suggests the nearest."""

    @classmethod
    def _missing_(cls, value: object) -> None:
        one_of(value, [str(member.value) for member in cls], cls.__name__.lower())


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """End a message with the nearest known word, or with nothing."""
    near = difflib.get_close_matches(word, sorted(known), n=1, cutoff=0.6)
    return f"; did you mean {str(near[0])!r}?" if near else ""


# --- the condition language --------------------------------------------------------


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


# --- rules, packs and screening ----------------------------------------------------


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

    def __init__(self, message: str, name: str | None = None) -> None:
        super().__init__(message)
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


class NotConformingError(ProblemsError, AssertionError):
    """A pack or an engine fails checks of the conformance kit; every one is listed."""

    code: ClassVar[str] = "not-conforming"


# --- synthetic data -----------------------------------------------------------------


class InvalidSizeError(AntipovertyError, ValueError):
    """A synthetic province of a size, or on areas, that cannot be made."""

    code: ClassVar[str] = "invalid-size"


# --- sampling ---------------------------------------------------------------------


class InvalidDrawError(AntipovertyError, ValueError):
    """A draw was given a seed, a name or a day that cannot be used."""

    code: ClassVar[str] = "invalid-draw"


class WeakSeedError(InvalidDrawError):
    """A seed is short or simple enough to be guessed."""

    code: ClassVar[str] = "weak-seed"


class ReusedSeedError(InvalidDrawError):
    """A seed served an earlier period, so whoever read that receipt knew this draw."""

    code: ClassVar[str] = "reused-seed"


class SeedOrderError(InvalidDrawError):
    """A secret is not the one committed to, or a notice came after its events."""

    code: ClassVar[str] = "seed-order"


class NotCanonicalError(InvalidDrawError):
    """The result of a public event is not written in the one form that it has."""

    code: ClassVar[str] = "not-canonical"


class UnannouncedDrawError(ProblemsError, ValueError):
    """A draw is not the one its notice fixed; every part that differs is named."""

    code: ClassVar[str] = "unannounced-draw"


class InvalidPlanError(ProblemsError, ValueError):
    """A plan of draws contradicts itself or lacks sizes; every problem is listed."""

    code: ClassVar[str] = "invalid-plan"


class EmptyFrameError(AntipovertyError, ValueError):
    """A plan's frame has no unit at all."""

    code: ClassVar[str] = "empty-frame"


class InvalidHistoryError(ProblemsError, ValueError):
    """Earlier receipts are from the future, stand twice or name unknown units."""

    code: ClassVar[str] = "invalid-history"


class ImpossibleCoverageError(ProblemsError, ValueError):
    """A coverage policy cannot be kept with so few draws; every stratum is listed."""

    code: ClassVar[str] = "impossible-coverage"


class NoTeamsError(AntipovertyError, ValueError):
    """Recusal and load leave some places without a team; the conflict is named.

    Attributes:
        places: A smallest set of places that cannot all be served: leaving any one of
            them out would settle it.
    """

    code: ClassVar[str] = "no-teams"

    def __init__(self, message: str, places: Iterable[str] = ()) -> None:
        super().__init__(message)
        self.places: tuple[str, ...] = tuple(places)


# --- scoring ----------------------------------------------------------------------


class NoticeError(AntipovertyError, ValueError):
    """A notice cannot be used.

    Attributes:
        line: Its line in the file it was read from, or ``None``.
    """

    code: ClassVar[str] = "bad-notice"

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message if line is None else f"line {line}: {message}")
        self.line = line


class UnknownUnitError(NoticeError):
    """A unit is not in the area tree, or the board holds nothing on it."""

    code: ClassVar[str] = "unknown-unit"


class DuplicateNoticeError(NoticeError):
    """One unit, period and level has two notices, and neither replaces the other."""

    code: ClassVar[str] = "duplicate-notice"


class ReplacementError(NoticeError):
    """A notice replaces one that is absent, on other matters, later, or replaced already."""

    code: ClassVar[str] = "bad-replacement"


class ReplacementCycleError(NoticeError):
    """Notices replace each other in a circle, so none of them stands."""

    code: ClassVar[str] = "replacement-cycle"


class EarlyNoticeError(NoticeError):
    """A notice was issued before the last day of its period."""

    code: ClassVar[str] = "early-notice"


class IssuerError(NoticeError):
    """A notice comes from a level that is not above the unit, or not entitled to notify it."""

    code: ClassVar[str] = "bad-issuer"


class ConflictingNoticesError(NoticeError):
    """One period has both verdicts, and the policy says that this is an error."""

    code: ClassVar[str] = "conflicting-notices"


class InvalidNoticesError(ProblemsError, ValueError):
    """Notices cannot be assessed; every problem is listed and no board was made."""

    code: ClassVar[str] = "invalid-notices"


class PolicyFieldError(AntipovertyError, ValueError):
    """A field of a policy is unknown, has a value it cannot have, or contradicts another."""

    code: ClassVar[str] = "bad-policy-field"


class InvalidPolicyError(ProblemsError, ValueError):
    """A policy of notices or of the assessment has fields that cannot be used."""

    code: ClassVar[str] = "invalid-policy"


class InvalidStatisticsError(ProblemsError, ValueError):
    """Statistics cannot be added up or scored; every problem is listed."""

    code: ClassVar[str] = "invalid-statistics"


# --- casework ---------------------------------------------------------------------


class WorkflowError(AntipovertyError, ValueError):
    """A state, step or limit of a workflow that cannot be used; the message names it."""

    code: ClassVar[str] = "bad-workflow"


class InvalidWorkflowError(ProblemsError, ValueError):
    """A workflow has problems; every one is listed and no workflow is made."""

    code: ClassVar[str] = "invalid-workflow"


class UnknownCaseError(AntipovertyError, LookupError):
    """No case or problem of the book has an id."""

    code: ClassVar[str] = "unknown-case"


class IllegalStepError(AntipovertyError, ValueError):
    """A step that the workflow does not allow now; the message names what is missing."""

    code: ClassVar[str] = "illegal-step"


class PersonalValueError(AntipovertyError, ValueError):
    """A finding or reference may hold a personal value; the message does not repeat it."""

    code: ClassVar[str] = "personal-value"


class BrokenChainError(AntipovertyError, ValueError):
    """An event does not follow from the one before: it was altered, lost or doubled."""

    code: ClassVar[str] = "broken-chain"


class ConflictError(AntipovertyError, RuntimeError):
    """Somebody else changed a case first; read it again and decide anew."""

    code: ClassVar[str] = "conflict"


class StoreError(AntipovertyError, RuntimeError):
    """The database of a register cannot be reached, or holds something else."""

    code: ClassVar[str] = "store"


class InvalidFileError(ProblemsError, ValueError):
    """A department's file of signals or visits cannot be used; nothing of it was taken."""

    code: ClassVar[str] = "invalid-file"


# --- judgement -----------------------------------------------------------------------


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


# --- testing -------------------------------------------------------------------------


class UnconfirmedWitnessError(AntipovertyError, RuntimeError):
    """A household found by the solver is not what `judge` says of it: report it, trust neither."""

    code: ClassVar[str] = "unconfirmed-witness"
