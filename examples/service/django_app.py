"""Django in one file: ``python django_app.py runserver 8000``."""

from __future__ import annotations

import json
import sys
from datetime import date

from django.conf import settings
from django.core.management import execute_from_command_line
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from judging import answers
from pydantic import ValidationError

from antipoverty import Household
from antipoverty.errors import AntipovertyError

if not settings.configured:
    settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["127.0.0.1"], USE_TZ=True)


@csrf_exempt
@require_POST
def judge_one(request: HttpRequest) -> JsonResponse:
    """Judge one household on a day (单户判定)."""
    try:
        home = Household.model_validate(json.loads(request.body))
        as_of = date.fromisoformat(request.GET.get("as_of", ""))
    except ValidationError as problem:
        return JsonResponse({"detail": problem.errors(include_url=False)}, status=422)
    except ValueError:
        return JsonResponse({"detail": "it is no JSON, or as_of is no day"}, status=422)
    try:
        return JsonResponse({"answers": [one.model_dump() for one in answers(home, as_of)]})
    except AntipovertyError as problem:
        return JsonResponse({"code": problem.code, "message": problem.message}, status=409)


urlpatterns = [path("judgements", judge_one)]
application = get_wsgi_application()

if __name__ == "__main__":
    execute_from_command_line(sys.argv)
