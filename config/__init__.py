"""The wiring of the site; it knows no rule of the domain."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
