"""How a person's confirmation of a contract is given: by the platform itself, or by a certificate authority's service.

The platform's own is called a confirmation and never a signature: without a certificate of an electronic certification
service it is no reliable electronic signature in the sense of the Electronic Signature Law, Articles 13 and 14.
"""

import uuid
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.policy import Text


class Confirmer(Protocol):
    """What `CONTRACT_CONFIRMER` names. `name` is what people read; `is_signature` whether the law calls it one.

    `confirm` answers the reference under which the confirmation can be looked up, or raises `Refused` with the reason.
    It runs inside the transaction of the step, so a service that is down must be told from one that is slow in seconds.
    """

    name: Text
    is_signature: bool

    def confirm(self, *, contract: uuid.UUID, sha256: str, person: User) -> str: ...


class PlatformConfirmation:
    """The platform's own record: who, when, over which content; the ledger is its reference."""

    name = _("Platform confirmation (not an electronic signature)")
    is_signature = False

    def confirm(self, *, contract: uuid.UUID, sha256: str, person: User) -> str:
        """Nothing is asked of anybody else."""
        return ""


def confirmer() -> Confirmer:
    """The way of confirming that this site was set up with."""
    found: Confirmer = import_string(settings.CONTRACT_CONFIRMER)()
    return found
