"""What every object with a state shares: a UUID, a birthday, the moment it is looked at, and its database guards."""

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import pgtrigger
from django.db import models
from django.db.models.functions import Now
from django_fsm import FSMField, FSMModelMixin

from accounts import clock


class StateField(FSMField):
    """A state, which transitions alone move; to migrations it is a text like any other.

    A field of django-fsm listens to the making of every model class, and migrations make thousands of classes: with
    such fields in them each class was slower to make than the one before.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(protected=True, **options)

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        name, _path, args, options = super().deconstruct()
        del options["protected"]
        return name, "django.db.models.CharField", args, options


class Stateful(FSMModelMixin, models.Model):
    """An object whose `state` moves only through `accounts.workflow.perform`."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        abstract = True

    @property
    def now(self) -> datetime:
        """The database's time, read once for this object; `perform` reads it afresh after taking the lock."""
        if "_now" not in self.__dict__:
            self.__dict__["_now"] = clock.now()
        moment: datetime = self.__dict__["_now"]
        return moment

    @now.setter
    def now(self, moment: datetime) -> None:
        self.__dict__["_now"] = moment

    @property
    def ledger_chain(self) -> uuid.UUID:
        """The chain of the ledger that this object's entries are linked into."""
        return self.id

    @property
    def ledger_challenge(self) -> uuid.UUID | None:
        """The challenge whose ledger page shows this object's entries, if any."""
        return None

    @property
    def label(self) -> str:
        """What a list or a notification calls this object."""
        return str(self)


def state_guards(initial: str, edges: Iterable[tuple[str, str]], *, also: Iterable[Any] = ()) -> list[Any]:
    """Triggers that hold `state` to these edges and let rows be born in `initial` only.

    The same edges stand in the transition decorators; a test holds the two equal.
    """
    return [
        pgtrigger.FSM(name="state_edges", field="state", transitions=list(edges)),
        pgtrigger.Protect(name="state_birth", operation=pgtrigger.Insert, condition=~pgtrigger.Q(new__state=initial)),
        *also,
    ]
