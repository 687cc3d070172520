"""FastAPI: ``uvicorn fastapi_app:app``. The model is the body; nothing else is declared."""

from __future__ import annotations

from datetime import date

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from judging import Answer, answers

from antipoverty import Household
from antipoverty.errors import AntipovertyError

app = FastAPI(title="防返贫判定 Judging one household")


@app.post("/judgements")
def judge_one(home: Household, as_of: date) -> list[Answer]:
    """Judge one household on a day (单户判定)."""
    return answers(home, as_of)


@app.exception_handler(AntipovertyError)
def refuse(_: Request, problem: AntipovertyError) -> JSONResponse:
    """Say what the household cannot be judged for; no message holds a personal value."""
    return JSONResponse({"code": problem.code, "message": problem.message}, status_code=409)
