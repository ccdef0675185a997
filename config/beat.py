"""Beat's scheduler: the schedule in memory, and a sign of life in Valkey that other processes can read.

Every periodic task is idempotent and due again within the minute, so nothing is gained by remembering on disk when
each ran last, and a file that a crash leaves behind cannot stop the next start.
"""

import logging

import redis
from celery import beat
from redis.backoff import NoBackoff
from redis.retry import Retry

logger = logging.getLogger(__name__)
KEY = "beat:alive"
ALIVE_SECONDS = 30


class Scheduler(beat.Scheduler):  # type: ignore[misc]
    """Celery's own scheduler; each turn (every 5 seconds at most) says that it is alive."""

    def tick(self) -> float:
        """Do what is due and return the seconds until the next turn."""
        try:
            with _client(self.app.conf.broker_url) as client:
                client.set(KEY, "1", ex=ALIVE_SECONDS)
        except redis.RedisError as fault:
            logger.warning("Beat cannot leave its sign of life: %s", fault)
        return float(super().tick())


def is_alive(url: str) -> bool:
    """Whether a beat on the Valkey at `url` has turned within the last 30 seconds."""
    try:
        with _client(url) as client:
            return bool(client.exists(KEY))
    except redis.RedisError:
        return False


def forget(url: str) -> None:
    """Remove the sign of a beat that ran before, so that a new one is seen only when it turns itself."""
    with _client(url) as client:
        client.delete(KEY)


def _client(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, socket_connect_timeout=2, socket_timeout=2, retry=Retry(NoBackoff(), 0))
