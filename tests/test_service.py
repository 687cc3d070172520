"""The services of examples/service, each behind a real server: FastAPI, Django and Celery."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from antipoverty import Household, judge
from antipoverty.packs import shaanxi_2531
from antipoverty.testing.strategies import households

httpx = pytest.importorskip("httpx")
jsonschema = pytest.importorskip("jsonschema")
for _name in ("fastapi", "uvicorn", "django", "celery", "sqlalchemy"):
    pytest.importorskip(_name)

SERVICE = Path(__file__).parent.parent / "examples" / "service"
DAY = date(2021, 12, 1)
PLANTED = ("18000000017", "61010219800101004X", "卫二娘子", "weierniang")
HOME: dict[str, Any] = {
    "household_id": "h1",
    "area": "610702100200",
    "head_name": "卫二娘子",
    "phone": "18000000017",
    "size": 2,
    "monitored": True,
    "monitored_since": "2021-03-05",
    "net_income_12m": "9000.50",
    "members": [
        {"member_id": "m1", "born_on": "1980-01-01", "age": 41, "insured": False},
        {"member_id": "m2", "born_on": "2012-06-30", "age": 9, "in_school": False},
    ],
    "records": [
        {"record_id": "r1", "kind": "traffic_accident", "day": "2021-11-02", "amount": "20000"}
    ],
}


class Server:
    """A server in a process of its own, and where it writes its log."""

    def __init__(self, name: str, command: list[str], log: Path, env: dict[str, str]) -> None:
        self.name, self.log = name, log
        with log.open("w") as out:
            self.process = subprocess.Popen(
                [sys.executable, *command], cwd=SERVICE, stdout=out, stderr=out, env=env
            )

    def until(self, ready: Any) -> None:
        for _ in range(2400):
            if self.process.poll() is not None:
                pytest.fail(f"{self.name} ended: {self.log.read_text()[-2000:]}")
            if ready():
                return
            time.sleep(0.05)
        pytest.fail(f"{self.name} does not answer: {self.log.read_text()[-2000:]}")

    def end(self) -> None:
        self.process.terminate()
        self.process.wait(20)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def listens(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def env(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What the services find around them: the library, a broker and a store of results."""
    folder = tmp_path_factory.mktemp("queue")
    source = str(SERVICE.parent.parent / "src")
    path = os.pathsep.join([source, os.environ.get("PYTHONPATH", "")])
    return {
        **os.environ,
        "PYTHONPATH": path,
        "BROKER": f"sqla+sqlite:///{folder}/broker.db",
        "BACKEND": f"db+sqlite:///{folder}/results.db",
    }


@pytest.fixture(scope="module")
def fastapi(tmp_path_factory: pytest.TempPathFactory, env: dict[str, str]) -> Iterator[Any]:
    """A client of the FastAPI service under uvicorn."""
    port = free_port()
    command = ["-m", "uvicorn", "fastapi_app:app", "--port", str(port), "--log-level", "trace"]
    server = Server("uvicorn", command, tmp_path_factory.mktemp("fastapi") / "log", env)
    server.until(lambda: listens(port))
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
        client.server = server
        yield client
    server.end()


@pytest.fixture(scope="module")
def body_schema(fastapi: Any) -> dict[str, Any]:
    """The schema of the body, as the service publishes it."""
    document = fastapi.get("/openapi.json").json()
    post = document["paths"]["/judgements"]["post"]
    body = post["requestBody"]["content"]["application/json"]["schema"]
    return {**body, "components": document["components"]}


def valid(body: Any, schema: dict[str, Any]) -> bool:
    """Whether a body is one by the published schema, days by their form."""
    checker = jsonschema.Draft202012Validator(
        schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )
    return bool(checker.is_valid(body))


def test_the_how_to_shows_the_handler_that_runs_here() -> None:
    """The page's FastAPI service is the example's, word for word."""
    page = (SERVICE.parent.parent / "docs/how-to/judge-one-household.md").read_text("utf-8")
    shown = re.search(r"```python no-run\n(.*?)```", page, re.DOTALL)
    assert shown is not None
    assert shown[1] in (SERVICE / "fastapi_app.py").read_text("utf-8")


def asked(client: Any, body: Any, day: str = "2021-12-01") -> Any:
    return client.post("/judgements", params={"as_of": day}, json=body)


def expected(home: Household) -> dict[str, str]:
    return {one.rule_id: one.verdict.value for one in judge(home, shaanxi_2531(), as_of=DAY)}


def test_the_obvious_handler_takes_lists_of_rows_and_iso_days(fastapi: Any) -> None:
    """A body of plain JSON gives the verdicts that `judge` gives the household."""
    answer = asked(fastapi, HOME)
    assert answer.status_code == 200, answer.text
    given = {one["rule_id"]: one["verdict"] for one in answer.json()}
    home = Household.model_validate(HOME)
    assert home.members is not None
    assert [one.born_on for one in home.members] == [date(1980, 1, 1), date(2012, 6, 30)]
    assert given == expected(home)
    assert "warn" in given.values()


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(home=households(shaanxi_2531(), as_of=DAY))
def test_every_household_goes_over_the_wire(
    fastapi: Any, body_schema: dict[str, Any], home: Household
) -> None:
    """What the model writes as JSON fits the published schema, and is judged as the object is."""
    body = json.loads(home.model_dump_json())
    assert valid(body, body_schema)
    answer = asked(fastapi, body)
    complete = home.members is not None and home.records is not None
    assert answer.status_code == (200 if complete else 409), answer.text
    if complete:
        given = {one["rule_id"]: one["verdict"] for one in answer.json()}
        assert given == expected(home)


WRONG: tuple[Any, ...] = (
    *(None, True, 7, -1, 3.5, "", "7", "2021-02-30", "2021-03-05T00:00:00", "20210305", [], {}),
    *([7], [{}], {"a": 1}, "A", "61", "6107021002001", 10**30, "1e3", "１２", "head", "h1\n"),
    *("9000.500", "9000.505", "9000.", "+9000", "-9000", "9" * 41, "0"),
)
MORE_THAN_THE_SCHEMA = {"household_id", "area"} | {
    name
    for name in (*Household.model_fields, "amount")
    if name == "amount" or "_cost" in name or "_income" in name or "_spending" in name
}
"""Where a schema cannot say all: an id may be no person's, an area is a village, and an amount,
which is a text, lies in bounds."""


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    where=st.sampled_from([(), ("members", 0), ("records", 0)]),
    field=st.sampled_from(
        [*Household.model_fields, "age", "born_on", "relation", "kind", "amount", "day", "new"]
    ),
    value=st.sampled_from(WRONG),
)
def test_the_published_schema_is_true(
    fastapi: Any,
    body_schema: dict[str, Any],
    where: tuple[str | int, ...],
    field: str,
    value: Any,
) -> None:
    """A body is refused where the schema refuses it, and taken where the schema takes it."""
    body = json.loads(json.dumps(HOME))
    place = body
    for step in where:
        place = place[step]
    place[field] = value
    status = asked(fastapi, body).status_code
    if field in MORE_THAN_THE_SCHEMA:
        assert status == 422 or valid(body, body_schema)
    else:
        assert (status == 422) == (not valid(body, body_schema))


@pytest.mark.parametrize("planted", PLANTED)
@pytest.mark.parametrize(
    "shape", [str, lambda one: [one], lambda one: {one: one}, lambda one: {"x": {"y": one}}, repr]
)
@pytest.mark.parametrize("field", ["phone", "size", "area", "household_id", "members", "records"])
def test_a_refusal_never_repeats_a_personal_value(
    fastapi: Any, field: str, shape: Any, planted: str
) -> None:
    """Neither the 422 nor the log of the server holds what was refused, whatever its form."""
    answer = asked(fastapi, {**HOME, "size": planted, field: shape(planted)})
    assert answer.status_code == 422
    assert "size" in answer.text
    assert not any(one in answer.text for one in PLANTED)
    assert not any(one in fastapi.server.log.read_text() for one in PLANTED)


@pytest.mark.parametrize(
    "body",
    [
        '{"phone": "18000000017"',
        '"18000000017"',
        '["卫二娘子"]',
        '{"18000000017": 1, "卫二娘子": 2}',
        '{"household_id": "h1", "area": "610702100200", "members": [{"卫二娘子": "18000000017"}]}',
    ],
)
@pytest.mark.parametrize("kind", ["application/json", "text/plain"])
def test_a_body_that_is_no_household_is_refused_in_silence(
    fastapi: Any, body: str, kind: str
) -> None:
    """Broken JSON, another shape, unknown keys: told by their kind and place alone."""
    answer = fastapi.post(
        "/judgements?as_of=2021-12-01", content=body.encode(), headers={"content-type": kind}
    )
    assert answer.status_code == 422
    assert not any(one in answer.text for one in PLANTED)
    assert not any(one in fastapi.server.log.read_text() for one in PLANTED)


def test_what_cannot_be_judged_is_told_by_its_code(fastapi: Any) -> None:
    """A household without its members is no all-clear: the error says what is missing."""
    body = {name: value for name, value in HOME.items() if name != "members"}
    answer = asked(fastapi, body)
    assert answer.status_code == 409
    assert answer.json()["code"] == "missing-table"


@pytest.mark.slow
def test_a_django_view_does_the_same(tmp_path: Path, env: dict[str, str]) -> None:
    """`model_validate` of parsed JSON behind Django's server: same answers, silent refusals."""
    port = free_port()
    command = ["django_app.py", "runserver", "--noreload", f"127.0.0.1:{port}"]
    server = Server("django", command, tmp_path / "log", env)
    try:
        server.until(lambda: listens(port))
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            good = asked(client, HOME)
            assert good.status_code == 200, good.text
            given = {one["rule_id"]: one["verdict"] for one in good.json()["answers"]}
            assert given == expected(Household.model_validate(HOME))
            assert asked(client, HOME, "soon").status_code == 422
            for planted in PLANTED:
                bad = asked(client, {**HOME, "phone": [planted], "size": planted, planted: 1})
                assert bad.status_code == 422
                assert "size" in bad.text
                assert not any(one in bad.text for one in PLANTED)
    finally:
        server.end()
    assert not any(one in server.log.read_text() for one in PLANTED)


ASK = """
import json, sys
from celery_app import judge_one
homes = json.load(sys.stdin)
for home in homes:
    try:
        print(json.dumps(judge_one.delay(home, "2021-12-01").get(timeout=40)))
    except Exception as problem:
        print(json.dumps(str(problem)))
"""


@pytest.mark.slow
def test_a_celery_task_does_the_same(tmp_path: Path, env: dict[str, str]) -> None:
    """A worker takes parsed JSON from a real queue; what it refuses is in no log."""
    command = ["-m", "celery", "-A", "celery_app", "worker", "--pool", "solo", "-l", "info"]
    server = Server("celery", [*command, "--without-gossip"], tmp_path / "log", env)
    try:
        server.until(lambda: "celery@" in server.log.read_text().rpartition(" ready.")[0])
        homes = [HOME, {**HOME, "phone": ["18000000017"], "size": "卫二娘子"}]
        found = subprocess.run(
            [sys.executable, "-c", ASK],
            input=json.dumps(homes),
            capture_output=True,
            text=True,
            cwd=SERVICE,
            env=env,
            check=True,
            timeout=90,
        )
    finally:
        server.end()
    good, bad = map(json.loads, found.stdout.splitlines())
    given = {one["rule_id"]: one["verdict"] for one in good}
    assert given == expected(Household.model_validate(HOME))
    assert "size" in bad
    assert not any(one in bad + server.log.read_text() for one in PLANTED)
