"""The Celery application and the beat of the platform's clock."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("bangdan")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule = {
    name: {"task": name, "schedule": seconds}
    for name, seconds in {
        "challenges.tasks.close_due_biddings": 2.0,
        "challenges.tasks.confirm_due_awards": 2.0,
        "challenges.tasks.expire_due_records": 300.0,
        "challenges.tasks.remind": 60.0,
        "reviews.tasks.compute_matchings": 3.0,
        "reviews.tasks.lapse_invitations": 30.0,
        "reviews.tasks.recheck_panels": 300.0,
        "reviews.tasks.send_invitations": 15.0,
        "reviews.tasks.remind_reviewers": 60.0,
        "accounts.tasks.deliver_pending": 15.0,
    }.items()
}
