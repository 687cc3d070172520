"""What a page must not take for its own markup, and notices that say it."""

from __future__ import annotations

from datetime import date

from antipoverty.scoring import Notice

EVIL = '"><script>alert(1)</script><img src=x onerror=alert(1)>{{1234*1000}}{% raw %}'


def criticised_twice() -> list[Notice]:
    """Two periods in turn in which one county was criticised, for a reason that is markup."""
    return [
        Notice.model_validate(
            {"notice_id": f"n{month}", "unit": "610702", "period": f"2022-0{month}"}
            | {"verdict": "criticised", "level": "province", "issued_on": date(2022, month + 1, 2)}
            | {"reason": EVIL}
        )
        for month in (2, 3)
    ]
