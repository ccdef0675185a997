"""The inbox: one row for each person and thing told; written with the change, delivered after it."""

import uuid

from django.db import models
from django.db.models.functions import Now

from accounts.models.user import User


class Notification(models.Model):
    """Both the inbox row and the outbox row: `delivered_at` says whether socket and e-mail have been served.

    Until then `due_at` says from when on a worker may take it up.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    recipient = models.ForeignKey(User, on_delete=models.CASCADE, related_name="notifications")
    kind = models.CharField(max_length=60)
    object_kind = models.CharField(max_length=40)
    object_id = models.UUIDField()
    challenge_id = models.UUIDField(null=True)
    data = models.JSONField(default=dict)
    needs_action = models.BooleanField(default=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    read_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(db_default=Now(), editable=False)
    delivered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["recipient", "-created_at", "-id"], name="notification_inbox"),
            models.Index(fields=["object_id", "kind"], name="notification_about"),
            models.Index(fields=["recipient"], condition=models.Q(read_at=None), name="notification_unread"),
            models.Index(fields=["due_at"], condition=models.Q(delivered_at=None), name="notification_due"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} → {self.recipient_id}"
