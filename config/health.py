"""Whether the process is up (`/healthz`) and whether what it needs answers (`/readyz`)."""

from collections.abc import Callable

import psycopg
import redis
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from redis.backoff import NoBackoff
from redis.retry import Retry

from config import storage

LONGEST_SECONDS = 2


def _database() -> None:
    parameters = connection.get_connection_params()
    wanted = {name: parameters[name] for name in ("host", "port", "user", "password", "dbname") if name in parameters}
    with psycopg.connect(**wanted, connect_timeout=LONGEST_SECONDS, autocommit=True) as fresh:
        fresh.execute("SELECT 1")


def _valkey() -> None:
    with redis.Redis.from_url(
        settings.REDIS_URL,
        socket_connect_timeout=LONGEST_SECONDS,
        socket_timeout=LONGEST_SECONDS,
        retry=Retry(NoBackoff(), 0),
    ) as client:
        client.ping()


PARTS: dict[str, tuple[Callable[[], None], type[Exception]]] = {
    "database": (_database, psycopg.Error),
    "valkey": (_valkey, redis.RedisError),
    "store": (storage.ping, storage.StoreDown),
}


def _is_up(probe: Callable[[], None], fault: type[Exception]) -> bool:
    try:
        probe()
    except (fault, OSError):
        return False
    return True


@never_cache
@require_safe
def healthz(_request: HttpRequest) -> HttpResponse:
    """200 as long as this process serves."""
    return HttpResponse("ok", content_type="text/plain")


@never_cache
@require_safe
def readyz(_request: HttpRequest) -> JsonResponse:
    """200 when database, Valkey and store all answer, else 503; the body names each one's state, never an address."""
    states = {name: "up" if _is_up(probe, fault) else "down" for name, (probe, fault) in PARTS.items()}
    ready = "down" not in states.values()
    return JsonResponse({"ready": ready, "parts": states}, status=200 if ready else 503)


urlpatterns = [path("healthz", healthz), path("readyz", readyz)]
