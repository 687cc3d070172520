"""Every choice the source leaves open is a field of the policy, with a default that says so.

The source states that two consecutive months add or deduct points in the routine
assessment and that two consecutive quarters show in the year-end result. It publishes
neither the number of points nor any of the choices below, so a policy is
``illustrative`` until an authority's document is named as its source.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any, ClassVar, Literal, Self, TypeVar, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidationError,
    model_validator,
)

from antipoverty._base.exact import fraction_of
from antipoverty._base.forms import StatusWord
from antipoverty._base.provenance import Status
from antipoverty._base.refusals import refusal
from antipoverty._base.tomlfiles import read_toml, toml_fault
from antipoverty.errors import InvalidPolicyError, PolicyFieldError, did_you_mean, phrase
from antipoverty.periods import Cadence

Effect = Literal["routine-points", "year-end-points", "grade-step", "veto"]
Counting = Literal["sliding", "blocks", "once"]
AcrossYears = Literal["counts", "breaks"]
BelongsTo = Literal["last", "first"]
WithoutNotice = Literal["breaks", "holds", "pending"]
Neither = Literal["breaks", "holds"]
BothVerdicts = Literal["net", "criticism", "error"]
Issuers = Literal["apart", "together"]
Offset = Literal["net", "apart"]
Decay = Literal["none", "by-repeat", "by-age"]
Successors = Literal["follow", "own"]


def exact(value: object) -> object:
    """Refuse binary fractions: 0.1 as a float is not one tenth."""
    if isinstance(value, bool | float):
        raise ValueError("give an exact number: an integer, or a decimal in a file or as text")
    return value


def _fraction(value: object) -> object:
    if isinstance(value, int | str | Decimal | Fraction) and not isinstance(value, bool):
        try:
            return fraction_of(value)
        except (ValueError, OverflowError, ZeroDivisionError):
            pass
    raise ValueError("give an exact number, such as 0.5 or '1/3'")


Points = Annotated[
    Decimal,
    BeforeValidator(exact),
    Field(decimal_places=2, ge=-1_000_000, le=1_000_000, allow_inf_nan=False),
]
"""An exact number of points, in whole hundredths (百分之一分)."""

Share = Annotated[
    Fraction, BeforeValidator(_fraction), PlainSerializer(str, return_type=str, when_used="json")
]
"""An exact ratio."""


class Declared(BaseModel):
    """The base of what a policy file declares: frozen, and no unknown field passes."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", hide_input_in_errors=True, arbitrary_types_allowed=True
    )


class Sourced(Declared):
    """What an authority declares: an example, until the document it stands in is named.

    Attributes:
        status: ``illustrative``, the default, or ``published``, which needs a source.
        source: The document.
    """

    what: ClassVar[str] = "policy"
    status: StatusWord = "illustrative"
    source: str | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        wrong = [*self._faults()]
        if not self.illustrative and not (self.source or "").strip():
            wrong.append(phrase("a published {what} names its source", what=self.what))
        if wrong:
            raise ValueError("; ".join(wrong))
        return self

    def _faults(self) -> Iterable[str]:
        """What does not fit together, in words."""
        return ()

    @classmethod
    def from_toml(cls, text: str) -> Self:
        """Read it from a file; decimals are read exactly.

        Raises:
            InvalidPolicyError: Each unknown field, value that is not a choice, and
                contradiction, all at once.
        """
        return load_policy(cls, text)

    @property
    def illustrative(self) -> bool:
        """Whether no authority's document stands behind it."""
        return Status(self.status) is Status.ILLUSTRATIVE


class RunRule(Declared):
    """One rule: what so many consecutive notices of one verdict are worth.

    Attributes:
        id: Its permanent name, written on every line of the ledger.
        cadence: The series it reads; monthly and quarterly notices never mix.
        effect: Points of the routine assessment (平时考核), points of the year-end
            result (年终考核), steps of its grade, or a veto on the top grade.
        commended: What a commended run is worth; 0 or more, 1 by default. A veto
            has none.
        criticised: What a criticised run is worth; 0 or less, -1 by default.
        length: How many consecutive periods make a run that scores.
        counts: ``sliding``: each period that ends ``length`` in a row scores;
            ``blocks``: only every ``length`` of them; ``once``: once in a run.
        across_years: Whether a run ``counts`` across the year's end or ``breaks``.
        belongs_to: The year a score belongs to: that of the ``last`` or the ``first``
            of the ``length`` periods that earned it.
        without_notice: What a period without a standing notice does between two
            that have one: it ``breaks`` the run, ``holds`` it (is passed over), or
            is ``pending``: nothing after it is decided until ``pending_days`` after
            its last day, and then it breaks.
        pending_days: The wait of ``pending``, in calendar days, with the last.
        neither: What a notice that neither commends nor criticises does.
        both_verdicts: What a period with both verdicts says, which happens when
            levels are counted together or units have merged: the ``net`` of them
            (neither, when equal), ``criticism``, or ``error``.
        issuers: Notices of different levels form series ``apart`` or ``together``.
        cap: The most a unit's year can add by this rule, or no limit.
        floor: The least, 0 or below, or no limit.
        offset: ``net``: commendation and criticism cancel, and cap and floor hold
            the difference; ``apart``: they do not cancel; the cap holds what is
            added, the floor what is deducted, and each is entered.
        decay: ``by-repeat``: each further score of one run is worth ``decay_factor``
            times the one before; ``by-age``: a score is worth ``decay_factor`` for each
            period that has ended since, up to the end of its year. Rounded to the
            hundredth, half to even, line by line.
        decay_factor: From 0 to 1.

    Source:
        ``length`` 2 for months and quarters: the published mechanism. All else is
        this library's illustration.
    """

    id: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    cadence: Cadence
    effect: Effect
    commended: Annotated[Points, Field(ge=0)] = Decimal(1)
    criticised: Annotated[Points, Field(le=0)] = Decimal(-1)
    length: Annotated[int, Field(ge=1, le=100, strict=True)] = 2
    counts: Counting = "sliding"
    across_years: AcrossYears = "counts"
    belongs_to: BelongsTo = "last"
    without_notice: WithoutNotice = "breaks"
    pending_days: Annotated[int, Field(ge=0, le=3660, strict=True)] | None = None
    neither: Neither = "breaks"
    both_verdicts: BothVerdicts = "net"
    issuers: Issuers = "apart"
    cap: Annotated[Points, Field(ge=0)] | None = None
    floor: Annotated[Points, Field(le=0)] | None = None
    offset: Offset = "net"
    decay: Decay = "none"
    decay_factor: Annotated[Share, Field(ge=0, le=1)] | None = None

    @model_validator(mode="before")
    @classmethod
    def _a_veto_rewards_nothing(cls, data: Any) -> Any:
        if isinstance(data, Mapping) and data.get("effect") == "veto":
            return {"commended": 0, **data}
        return data

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        wrong = [fault for fault, found in self._faults() if found]
        if wrong:
            raise ValueError("; ".join(wrong))
        return self

    def _faults(self) -> Iterable[tuple[str, bool]]:
        amounts = (self.commended, self.criticised, self.cap or 0, self.floor or 0)
        factor, pending = self.decay_factor, self.without_notice == "pending"
        yield (
            "grade steps are whole",
            self.effect == "grade-step" and any(one != int(one) for one in amounts),
        )
        yield "decay is for points only", self.decay != "none" and not self.in_points
        yield (
            "a veto has commended = 0, and neither cap nor floor",
            self.effect == "veto"
            and (self.commended != 0 or self.cap is not None or self.floor is not None),
        )
        yield (
            "without_notice = 'pending' goes with pending_days, and only it",
            pending != (self.pending_days is not None),
        )
        yield (
            "decay goes with decay_factor, and only with it",
            (self.decay != "none") != (factor is not None),
        )

    @property
    def in_points(self) -> bool:
        """Whether the effect is a number of points."""
        return self.effect.endswith("-points")


Policy = TypeVar("Policy", bound=BaseModel)


class AssessmentPolicy(Sourced):
    """The rules of one authority's assessment.

    Attributes:
        id: Its permanent name, written on every output.
        status: ``illustrative``, the default, or ``published``, which needs a source.
        source: The document the points and choices were read in.
        successors: ``follow``: a unit that was renamed, merged or split keeps its
            series under the codes that succeeded it; ``own``: each code has its own.
        rules: The rules, ``[[rules]]`` in a file; by default one for two months and
            one for two quarters, both worth 1 point.
    """

    id: Annotated[str, Field(min_length=1)] = "default"
    successors: Successors = "follow"
    rules: tuple[RunRule, ...] = (
        RunRule(id="two-months", cadence=Cadence.MONTH, effect="routine-points"),
        RunRule(id="two-quarters", cadence=Cadence.QUARTER, effect="year-end-points"),
    )

    def _faults(self) -> Iterable[str]:
        ids = [rule.id for rule in self.rules]
        doubled = sorted({one for one in ids if ids.count(one) > 1})
        if not ids:
            yield phrase("a policy has at least one rule")
        if doubled:
            yield phrase("rule ids are used twice: {doubled}", doubled=", ".join(doubled))


def load_policy(kind: type[Policy], text: str) -> Policy:
    """Read a policy of a kind from TOML, and report all its problems at once."""
    try:
        return kind.model_validate(read_toml(text, decimals=True))
    except tomllib.TOMLDecodeError as problem:
        listed = [PolicyFieldError("it is not TOML: {problem}", problem=toml_fault(problem))]
    except ValidationError as problem:
        listed = [PolicyFieldError(_sentence(kind, dict(one))) for one in problem.errors()]
    raise InvalidPolicyError("the policy cannot be used", listed) from None


def _sentence(kind: type[BaseModel], error: Mapping[str, Any]) -> str:
    """Say where in the file a value is wrong, and what belongs there."""
    model = kind
    where: list[str] = []
    for step in error["loc"]:
        if isinstance(step, int):
            where[-1] += f" {step + 1}"
            continue
        where.append(str(step))
        inner = _inside(model, str(step))
        if inner is not None:
            model = inner
    place = ", ".join(where) or "the policy"
    if error["type"] == "extra_forbidden":
        return phrase(
            "{place}: there is no such field{near}",
            place=place,
            near=did_you_mean(where[-1], model.model_fields),
        )
    return phrase("{place}: {problem}", place=place, problem=refusal(error))


def _inside(model: type[BaseModel], step: str) -> type[BaseModel] | None:
    """Find the class of the tables that a field holds."""
    for name, info in model.model_fields.items():
        if step == name:
            kinds = (info.annotation, *get_args(info.annotation))
            return next(
                (k for k in kinds if isinstance(k, type) and issubclass(k, BaseModel)), None
            )
    return None
