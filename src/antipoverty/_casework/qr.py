"""A household's code as a QR picture: the opaque code and nothing else."""

from __future__ import annotations

import io
from typing import Any

from antipoverty.codes import HouseholdCode
from antipoverty.errors import MissingExtraError


def household_qr(code: HouseholdCode | str, *, scale: int = 4) -> str:
    """Draw the code of a household (一户一码) as SVG.

    A picture that holds family data shows it to whoever scans it; this one holds the
    19 characters of the code. What they open is the business of the system that reads it.

    Args:
        code: The household's code.
        scale: The size of a module.

    Returns:
        An SVG document.

    Raises:
        InvalidCodeError: It is no household code.
        MissingExtraError: The extra ``qr`` is not installed.
    """
    text = str(HouseholdCode(code))
    try:
        import segno
    except ImportError:
        raise MissingExtraError(
            "QR codes need the extra 'qr': pip install 'antipoverty[qr]'"
        ) from None
    drawn: Any = segno.make(text, error="q", micro=False)
    out = io.BytesIO()
    drawn.save(out, kind="svg", scale=scale)
    return out.getvalue().decode("utf-8")
