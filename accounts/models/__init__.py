"""Who: people, organisations, the ledger, the inbox."""

from accounts.models.document import Document
from accounts.models.ledger import LedgerEntry
from accounts.models.notification import Notification
from accounts.models.organization import Membership, MembershipOffer, Organization, OrganizationKind
from accounts.models.stateful import StateField, Stateful, state_guards
from accounts.models.user import ApiToken, EmailPreference, Role, User
from accounts.models.words import words_column

__all__ = [
    "ApiToken",
    "Document",
    "EmailPreference",
    "LedgerEntry",
    "Membership",
    "MembershipOffer",
    "Notification",
    "Organization",
    "OrganizationKind",
    "Role",
    "StateField",
    "Stateful",
    "User",
    "state_guards",
    "words_column",
]
