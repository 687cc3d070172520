"""Celery: ``celery -A celery_app worker``. A task is handed parsed JSON, never an object."""

from __future__ import annotations

import os
from datetime import date
from typing import Any

from celery import Celery
from judging import answers
from pydantic import ValidationError

from antipoverty import Household

app = Celery("judging", broker=os.environ["BROKER"], backend=os.environ["BACKEND"])
app.conf.update(task_serializer="json", accept_content=["json"], result_serializer="json")


class RefusedError(Exception):
    """The household that was handed over is none; what was given is not repeated."""


@app.task(argsrepr="(...)", kwargsrepr="{...}")
def judge_one(home: dict[str, Any], as_of: str) -> list[dict[str, Any]]:
    """Judge one household on a day (单户判定)."""
    try:
        household = Household.model_validate(home)
    except ValidationError as problem:
        raise RefusedError(str(problem)) from None
    return [one.model_dump() for one in answers(household, date.fromisoformat(as_of))]
