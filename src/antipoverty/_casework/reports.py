"""Self-reports (一键申报): of a household in the files, or of one that no file knows yet."""

from __future__ import annotations

from datetime import date

from antipoverty._base.days import as_day
from antipoverty._base.opaque import opaque
from antipoverty._casework.alerts import signal
from antipoverty._casework.arguments import checked
from antipoverty._casework.book import Book, Changed, Writer
from antipoverty._casework.cases import Signal
from antipoverty.codes import AreaCode
from antipoverty.errors import InvalidArgumentError

REPORT = "self-report"
UNFILED = "unfiled-"


@checked
def report(
    book: Book,
    household_id: str | None,
    *,
    area: str,
    on: date,
    by: str,
    token: str,
    consent: bool,
    risk: str = "other",
) -> Changed:
    """Take a self-report (一键申报), of a household in the files or of one no file knows.

    A report on a household whose case is open joins it; the same report on the same day
    changes nothing. A household that no file knows gets a case of its own under the
    reporting system's token, and the same token again joins that case; `join` moves it
    once somebody found out who it is.

    Args:
        book: The book.
        household_id: The household's code or opaque id, or ``None`` if no file knows it.
        area: Where it lives.
        on: The day of the report.
        by: Who took it down: ``platform`` or ``keeper-17``.
        token: The reporting system's opaque number of the household or device.
        consent: Whether the household agreed that its data be compared.
        risk: The risk label it names.

    Raises:
        InvalidArgumentError: There is no consent: without it nothing is compared.
        InvalidCodeError: The area is none.
        PersonalValueError: An id or token looks like a personal value, or the household's
            code has a wrong check character.
        WorkflowError: The risk is none of the workflow's.
    """
    if not consent:
        raise InvalidArgumentError(
            "a self-report is taken only with consent to compare data; without it, visit"
        )
    on = as_day(on)
    book.workflow.risk(risk)
    place = str(AreaCode(area))
    opaque(token, "the token")
    opaque(by, "who took it down")
    if household_id is None:
        id_ = UNFILED + token
    else:
        id_ = opaque(household_id, "the household's id", household=True, area=place)
    writer = Writer(book)
    case = writer.case(writer.at_last(id_))
    name = f"{REPORT}-{risk}"
    known = () if case is None or case.consent is None else case.signals
    if any(one.rule == name and on in one.days for one in known):
        return book, ()
    said = Signal(name, "", "report", risk, (on,))
    filed = household_id is not None
    signal(writer, id_, place, [said], on, by, kind="reported", consent=True, filed=filed)
    return writer.result()
