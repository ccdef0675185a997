"""The API at /api/: the apps' routes, one shape of every refusal, OpenAPI 3.1 and its page, all served from here."""

import json
import logging
import re
from collections.abc import Mapping
from functools import cache
from http import HTTPStatus
from typing import Any

from django.core.exceptions import RequestDataTooBig, ValidationError
from django.db import DatabaseError, DataError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError
from ninja.errors import ValidationError as InputError
from ninja.openapi.docs import Swagger
from ninja.openapi.schema import OpenAPISchema, get_schema
from ninja.parser import Parser
from redis.exceptions import RedisError

from accounts.api import router as accounts_router
from accounts.policy import Denied
from accounts.signin import SIGNED_IN, SignInRefused
from accounts.workflow import Refused, refusal_of
from challenges.api import router as challenges_router
from config.storage import StoreDown
from reviews.api import router as reviews_router
from reviews.pool_api import router as pool_router

logger = logging.getLogger(__name__)

DESCRIPTION = """
Everything the pages do, for programs. Sign in with `POST /api/tokens`, then send `Authorization: Bearer TOKEN`.

* What is out of your sight answers 404, what you may not do 403, what does not fit the state 409, each as
  `{"code", "reason"}`; inputs that do not hold answer 422 with `errors` by field. Reasons follow `Accept-Language`.
* Each object carries its `state` and, read alone, the `transitions` open to you. Every change of state is
  `POST /api/{kind}/{id}/transitions/{name}` with the step's inputs as JSON.
* The WebSocket `/ws/inbox` (same bearer header, and the site's own address as `Origin`) says when something new waits
  in `/api/inbox`.
"""


class Docs(Swagger):
    """The documentation page from our own template: no other host, no inline script."""

    template = "api_docs.html"


class PlainText(Parser):
    """Bodies and queries that the database can keep: no half characters, no NaN, no NUL in an address."""

    HALF = re.compile(rb"\\u[dD][89a-fA-F]")

    def parse_body(self, request: HttpRequest) -> Any:
        """The body's JSON; ValueError where it is none."""
        given = json.loads(request.body, parse_constant=_no_number)
        if self.HALF.search(request.body):
            json.dumps(given, ensure_ascii=False).encode()  # half of a surrogate pair is refused here
        return given

    def parse_querydict(self, data: Any, list_fields: list[str], request: HttpRequest) -> Any:
        """The parameters; ValidationError for a NUL character, which nothing on the site can hold."""
        for key, values in data.lists():
            if any("\x00" in value for value in values):
                raise ValidationError({key: _("The text holds a character that cannot be stored.")})
        return super().parse_querydict(data, list_fields, request)


def _no_number(word: str) -> None:
    raise ValueError(f"{word} is no number")


class DescribedOnce(NinjaAPI):
    """An API whose description is made once a process, not at each request: it takes a second and never changes."""

    def get_openapi_schema(self, *, path_prefix: str | None = None, path_params: Any = None) -> OpenAPISchema:
        """The description for this prefix; to be read, not changed."""
        return _description(path_prefix or self.get_root_path(path_params or {}))


@cache
def _description(prefix: str) -> OpenAPISchema:
    return get_schema(api, prefix)


api = DescribedOnce(
    title="榜单 API",
    version="1",
    description=DESCRIPTION,
    auth=SIGNED_IN,
    parser=PlainText(),
    docs_url=None,
    docs=Docs(settings={"persistAuthorization": False, "docExpansion": "none", "filter": True}),
    urls_namespace="api",
)
for _router in (accounts_router, challenges_router, reviews_router, pool_router):
    api.add_router("", _router)


def _refusal(code: str, reason: str | Promise, status: int, **more: Any) -> HttpResponse:
    answer = JsonResponse({"code": code, "reason": str(reason), **more}, status=status)
    if status == HTTPStatus.UNAUTHORIZED:
        answer["WWW-Authenticate"] = "Bearer"
    return answer


@api.exception_handler(Denied)
def _denied(_request: HttpRequest, error: Denied) -> HttpResponse:
    return _refusal(error.code, error.reason, 403)


@api.exception_handler(Refused)
def _refused(_request: HttpRequest, error: Refused) -> HttpResponse:
    return _refusal(error.code, error.reason, 409)


@api.exception_handler(SignInRefused)
def _not_signed_in(_request: HttpRequest, error: SignInRefused) -> HttpResponse:
    return _refusal(error.code, error.reason, error.status)


@api.exception_handler(AuthenticationError)
def _sign_in_first(_request: HttpRequest, _error: AuthenticationError) -> HttpResponse:
    return _refusal("sign_in", _("Sign in first: POST /api/tokens gives a token."), 401)


@api.exception_handler(Http404)
def _not_found(_request: HttpRequest, _error: Http404) -> HttpResponse:
    return _refusal("not_found", _("There is nothing here, or it is not open to you."), 404)


@api.exception_handler(StoreDown)
def _store_down(_request: HttpRequest, error: StoreDown) -> HttpResponse:
    return _refusal("store_down", str(error), 503)


@api.exception_handler(RedisError)
def _cache_down(_request: HttpRequest, error: RedisError) -> HttpResponse:
    logger.warning("The cache does not answer: %s", error)
    return _refusal("cache_down", _("Sign-in cannot be counted right now; try again in a minute."), 503)


@api.exception_handler(ValidationError)
def _invalid(_request: HttpRequest, error: ValidationError) -> HttpResponse:
    return _invalid_by_field(error.message_dict if hasattr(error, "error_dict") else {"__all__": error.messages})


@api.exception_handler(InputError)
def _invalid_input(_request: HttpRequest, error: InputError) -> HttpResponse:
    errors: dict[str, list[str]] = {}
    for item in error.errors:
        # ("body", "given", "targets", 0, "name"): the place in the request, then the parameter's name, then the field
        place = [str(part) for part in item["loc"][1:]]
        name = ".".join(place[1:] if len(place) > 1 else place) or "__all__"
        errors.setdefault(name, []).append(item["msg"].removeprefix("Value error, "))
    return _invalid_by_field(errors)


def _invalid_by_field(errors: Mapping[str, list[str]]) -> HttpResponse:
    first = next((sentence for sentences in errors.values() for sentence in sentences), "")
    return _refusal("invalid", first or _("Some inputs do not hold."), 422, errors=errors)


@api.exception_handler(HttpError)
def _http(_request: HttpRequest, error: HttpError) -> HttpResponse:
    if error.status_code == HTTPStatus.BAD_REQUEST:
        return _refusal("malformed", _("The body cannot be read as JSON."), 400)
    return _refusal("refused", str(error), error.status_code)


@api.exception_handler(RequestDataTooBig)
def _too_big(_request: HttpRequest, _error: RequestDataTooBig) -> HttpResponse:
    return _refusal("too_big", _("The body is too large."), 413)


@api.exception_handler(DatabaseError)
def _guarded(request: HttpRequest, error: DatabaseError) -> HttpResponse:
    refusal = refusal_of(error)
    if refusal is None:
        raise error
    return _refused(request, refusal)


@api.exception_handler(DataError)
def _unfit(_request: HttpRequest, error: DataError) -> HttpResponse:
    """What the columns cannot hold, a NUL in a text or a number beyond them, and no schema had named."""
    logger.info("A value did not fit: %s", error)
    return _invalid_by_field({"__all__": [_("A value cannot be stored as it is; look for characters out of place.")]})


@api.exception_handler(Exception)
def _fault(_request: HttpRequest, error: Exception) -> HttpResponse:
    raise error


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """The documentation page."""
    return api.docs.render_page(request, api)


urlpatterns = [path("docs", docs, name="api-docs"), path("", api.urls)]
