"""The Celery application and the beat of the platform's clock."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("bangdan")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
