"""What belongs to one challenge and is told in that challenge's chain of the ledger."""

import uuid
from operator import attrgetter
from typing import ClassVar

from accounts.models import Stateful


class InChallenge(Stateful):
    """`CHALLENGE` leads from the object to its challenge's id."""

    CHALLENGE: ClassVar[str] = "contract.challenge_id"

    class Meta:
        abstract = True

    @property
    def ledger_chain(self) -> uuid.UUID:
        return self.ledger_challenge

    @property
    def ledger_challenge(self) -> uuid.UUID:
        challenge: uuid.UUID = attrgetter(self.CHALLENGE)(self)
        return challenge
