"""People: accounts, the platform duties they hold, and the tokens their programs use."""

import hashlib
import secrets
import uuid
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models.functions import Now
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts import clock
from accounts.models.words import words_column

TOKEN_LIFETIME = timedelta(days=30)


class Role(models.TextChoices):
    """Platform duties; the roles of owner, bidder and reviewer follow from organisations, teams and panels."""

    OPERATOR = "operator", _("Operator")
    DECIDER = "decider", _("Decider")
    SUPERVISOR = "supervisor", _("Supervisor")
    FINANCE = "finance", _("Finance")


class EmailPreference(models.TextChoices):
    ALL = "all", _("Every notification")
    NEEDS_ACTION = "needs_action", _("Only what needs me")
    NONE = "none", _("No e-mail")


class UserManager(BaseUserManager["User"]):
    """Accounts are known by their e-mail address alone."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Create an account; the address is stored in lower case."""
        user = self.model(email=email.lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Create an account that may open the read-only admin; it reads no sealed bid."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A person with an account."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(_("e-mail"), unique=True)
    name = models.CharField(_("name"), max_length=100)
    phone = models.CharField(_("telephone"), max_length=40, blank=True)
    roles = ArrayField(models.CharField(max_length=20, choices=Role), default=list, blank=True)
    email_preference = models.CharField(max_length=20, choices=EmailPreference, default=EmailPreference.NEEDS_ACTION)
    language = models.CharField(max_length=10, default="zh-hans")
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    date_joined = models.DateTimeField(db_default=Now(), editable=False)
    search = words_column("name")

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    objects = UserManager()

    class Meta:
        indexes = [
            GinIndex(fields=["roles"], name="user_roles"),
            models.Index(fields=["name", "id"], name="user_name"),
            GinIndex(fields=["search"], name="user_search"),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    @cached_property
    def membership_roles(self) -> dict[uuid.UUID, str]:
        """Organisation id → this person's role in it, for memberships in force; one query per instance."""
        return dict(self.memberships.filter(ended_at=None).values_list("organization_id", "role"))

    def holds(self, role: str) -> bool:
        """Whether this person has the platform duty."""
        return self.is_active and role in self.roles

    def belongs_to(self, organization_id: uuid.UUID | None) -> bool:
        """Whether this person is a member of the organisation now."""
        return self.is_active and organization_id in self.membership_roles


class ApiToken(models.Model):
    """A bearer token; only its SHA-256 is stored, so that a copy of the table opens nothing."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.user_id} until {self.expires_at:%Y-%m-%d}"

    @classmethod
    def issue(cls, user: User) -> tuple[str, datetime]:
        """A new token for `user`, shown this once, and when it ends (30 days)."""
        secret = secrets.token_urlsafe(32)
        token = cls.objects.create(user=user, digest=cls.digest_of(secret), expires_at=clock.now() + TOKEN_LIFETIME)
        return secret, token.expires_at

    @classmethod
    def find_user(cls, secret: str) -> User | None:
        """Whose token this is, or None when it is unknown, expired or its owner is inactive."""
        token = (
            cls.objects.select_related("user")
            .filter(digest=cls.digest_of(secret), expires_at__gt=Now(), user__is_active=True)
            .first()
        )
        return token.user if token else None

    @classmethod
    def end(cls, secret: str) -> None:
        """Make an end of this token."""
        cls.objects.filter(digest=cls.digest_of(secret.strip())).delete()

    @staticmethod
    def digest_of(secret: str) -> str:
        """SHA-256 of the token, in hex."""
        return hashlib.sha256(secret.encode()).hexdigest()
