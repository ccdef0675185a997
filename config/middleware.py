"""Turns the domain's refusals into answers a person can act on."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.policy import Denied
from accounts.workflow import Refused
from config.storage import StoreDown


class RefusalMiddleware:
    """Pages: `Denied` → 403 with its reason, `Refused` → 409 with its reason, a store that is down → 503."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer the refusals; anything else goes on to Django."""
        match exception:
            case Denied():
                return render(request, "403.html", {"reason": exception.reason}, status=403)
            case Refused():
                return render(request, "409.html", {"reason": exception.reason}, status=409)
            case StoreDown():
                return render(request, "503.html", {"reason": str(exception)}, status=503)
        return None
