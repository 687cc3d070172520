"""Errors of what is done: draws, notices, registers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from antipoverty.errors.base import (
    AntipovertyError,
    ProblemsError,
)
from antipoverty.errors.phrases import phrase

# --- sampling


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


class InvalidRequestError(ProblemsError, ValueError):
    """More of a round is asked for in a way that cannot be drawn; every problem is listed."""

    code: ClassVar[str] = "invalid-request"


class InvalidOutcomesError(ProblemsError, ValueError):
    """What became of the units drawn contradicts what was drawn; every problem is listed."""

    code: ClassVar[str] = "invalid-outcomes"


class NoTeamsError(AntipovertyError, ValueError):
    """Recusal and load leave some places without a team; the conflict is named.

    Attributes:
        places: A smallest set of places that cannot all be served: leaving any one of
            them out would settle it.
    """

    code: ClassVar[str] = "no-teams"

    def __init__(self, message: str, places: Iterable[str] = (), /, **values: object) -> None:
        super().__init__(message, **values)
        self.places: tuple[str, ...] = tuple(places)


# --- scoring


class NoticeError(AntipovertyError, ValueError):
    """A notice cannot be used.

    Attributes:
        line: Its line in the file it was read from, or ``None``.
    """

    code: ClassVar[str] = "bad-notice"

    def __init__(self, message: str, line: int | None = None, /, **values: object) -> None:
        said = phrase(message, **values)
        super().__init__(
            said if line is None else phrase("line {line}: {problem}", line=line, problem=said)
        )
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


# --- casework


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
