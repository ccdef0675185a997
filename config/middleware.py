"""Turns the domain's refusals into answers a person can act on, and sends answers compressed."""

import logging
from collections.abc import Callable
from http import HTTPStatus

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.shortcuts import render
from django.utils.translation import gettext as _
from redis.exceptions import RedisError

from accounts.policy import Denied
from accounts.workflow import Refused, refusal_of
from config.storage import StoreDown

logger = logging.getLogger(__name__)


class RefusalMiddleware:
    """Pages: `Denied` → 403 with its reason, `Refused` or a trigger → 409 with its reason, a part down → 503.

    An address that only takes what a form sends answers whoever merely opens it with a page as well, not a blank one.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED and not response.content:
            allowed = response["Allow"]
            response = render(request, "405.html", status=HTTPStatus.METHOD_NOT_ALLOWED)
            response["Allow"] = allowed
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer the refusals; anything else goes on to Django."""
        match exception:
            case Denied():
                return render(request, "403.html", {"reason": exception.reason}, status=403)
            case Refused():
                return render(request, "409.html", {"reason": exception.reason}, status=409)
            case DatabaseError() if refusal := refusal_of(exception):
                return render(request, "409.html", {"reason": refusal.reason}, status=409)
            case StoreDown():
                given = {"title": _("The document store does not answer"), "reason": str(exception)}
                return render(request, "503.html", given, status=503)
            case RedisError():
                logger.warning("The cache does not answer: %s", exception)
                reason = _(
                    "The platform’s short-term memory does not answer, and without it this cannot be done for now."
                )
                given = {"title": _("Part of the service is down"), "reason": reason}
                return render(request, "503.html", given, status=503)
        return None


class JsonErrorsMiddleware:
    """Whatever Django answers by itself under /api/ (no such address, method or host, a fault) becomes JSON as well."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        status = response.status_code
        is_json = response.get("Content-Type", "").startswith("application/json")
        if status < HTTPStatus.BAD_REQUEST or is_json or not request.path.startswith("/api/"):
            return response
        sentence = {
            404: _("There is nothing here, or it is not open to you."),
            405: _("This address does not answer this method."),
            500: _("Something broke on our side; it has been recorded."),
        }.get(status, HTTPStatus(status).phrase)
        answer = JsonResponse({"code": HTTPStatus(status).name.lower(), "reason": sentence}, status=status)
        if "Allow" in response:
            answer["Allow"] = response["Allow"]
        return answer


class CompressMiddleware(GZipMiddleware):
    """Pages and JSON go out compressed, with Django's padding against guessing; a document's stream stays as it is."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Compress what is whole and long enough to be worth it."""
        return response if response.streaming else super().process_response(request, response)
