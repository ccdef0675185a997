"""How every state of every machine looks, by model name: its word, its icon, its tone, and the stage it belongs to.

A tone is a meaning, and has one colour through the whole site:
`quiet` not begun or out of play · `wait` in somebody's hands · `live` open or under way, the public may see it ·
`done` reached · `care` needs attention, stopped for now · `bad` ended without success.
"""

from typing import Final, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class State(NamedTuple):
    """How one state is shown."""

    word: str | Promise
    icon: str
    tone: str


class Stage(NamedTuple):
    """One of the five stages of a challenge, with the states that belong to it."""

    key: str
    word: str | Promise
    states: tuple[str, ...]


UNKNOWN: Final = State("", "circle", "quiet")
ALIASES: Final = {"sheet": "scoresheet"}

STATES: Final[dict[str, dict[str, State]]] = {
    "challenge": {
        "draft": State(_("Draft"), "pencil", "quiet"),
        "submitted": State(_("Waiting for vetting"), "send", "wait"),
        "vetted": State(_("Waiting for publication"), "clipboard-check", "wait"),
        "published": State(_("Open for bids"), "speakerphone", "live"),
        "bidding_closed": State(_("Bidding closed"), "lock", "wait"),
        "opened": State(_("Bids opened"), "lock-open", "wait"),
        "under_review": State(_("Under review"), "scale", "wait"),
        "ranked": State(_("Ranked"), "list-numbers", "wait"),
        "award_proposed": State(pgettext_lazy("state", "Public notice"), "speakerphone", "live"),
        "awarded": State(_("Awarded, waiting for signatures"), "trophy", "wait"),
        "executing": State(_("Being delivered"), "progress", "live"),
        "completed": State(_("Completed"), "circle-check", "done"),
        "no_award": State(_("Closed without award"), "circle-minus", "bad"),
        "cancelled": State(_("Cancelled"), "ban", "bad"),
        "terminated": State(_("Terminated"), "circle-x", "bad"),
    },
    "bid": {
        "draft": State(_("Draft"), "pencil", "quiet"),
        "submitted": State(_("Submitted and sealed"), "lock", "live"),
        "withdrawn": State(_("Withdrawn"), "arrow-back-up", "quiet"),
        "opened": State(_("Opened"), "lock-open", "wait"),
        "eligible": State(_("Eligible"), "circle-check", "live"),
        "ineligible": State(_("Not eligible"), "circle-x", "bad"),
        "ranked": State(_("Ranked"), "list-numbers", "wait"),
        "awarded": State(pgettext_lazy("bid", "Awarded"), "trophy", "done"),
        "reserve": State(_("Runner-up"), "hourglass", "wait"),
        "not_awarded": State(_("Not awarded"), "circle-minus", "quiet"),
        "declined": State(_("Award declined"), "hand-stop", "bad"),
    },
    "panel": {
        "forming": State(_("Being formed"), "users", "quiet"),
        "drawn": State(_("Drawn"), "arrows-shuffle", "wait"),
        "scoring": State(_("Scoring"), "scale", "live"),
        "consensus": State(_("Consensus meeting"), "messages", "live"),
        "closed": State(_("Closed"), "circle-check", "done"),
    },
    "matching": {
        "waiting": State(_("Being computed"), "progress", "wait"),
        "draft": State(pgettext_lazy("matching", "Draft"), "pencil", "wait"),
        "impossible": State(_("Impossible"), "circle-x", "bad"),
        "released": State(_("Released"), "circle-check", "done"),
        "discarded": State(_("Discarded"), "archive", "quiet"),
    },
    "assignment": {
        "invited": State(_("Invited"), "mail", "wait"),
        "accepted": State(pgettext_lazy("invitation", "Accepted"), "circle-check", "live"),
        "declined": State(pgettext_lazy("invitation", "Declined"), "circle-minus", "quiet"),
        "recused": State(_("Recused"), "user-off", "care"),
        "replaced": State(_("Replaced"), "replace", "quiet"),
        "taken_back": State(_("Taken back"), "arrow-back-up", "quiet"),
    },
    "scoresheet": {
        "open": State(pgettext_lazy("score sheet", "Being filled in"), "pencil", "quiet"),
        "submitted": State(pgettext_lazy("score sheet", "Submitted"), "send", "wait"),
        "locked": State(pgettext_lazy("score sheet", "Locked"), "lock", "done"),
        "void": State(pgettext_lazy("score sheet", "Void"), "ban", "bad"),
    },
    "award": {
        "proposed": State(pgettext_lazy("award", "Proposed"), "file-text", "wait"),
        "notice": State(pgettext_lazy("state", "Public notice"), "speakerphone", "live"),
        "confirmed": State(pgettext_lazy("award", "Confirmed"), "circle-check", "done"),
        "suspended": State(_("Suspended by an objection"), "player-pause", "care"),
        "revoked": State(pgettext_lazy("award", "Revoked"), "circle-x", "bad"),
        "declined": State(_("Award declined"), "hand-stop", "bad"),
    },
    "objection": {
        "filed": State(pgettext_lazy("objection", "Filed"), "flag", "care"),
        "acknowledged": State(pgettext_lazy("objection", "Acknowledged"), "eye", "wait"),
        "upheld": State(pgettext_lazy("objection", "Upheld"), "gavel", "done"),
        "dismissed": State(pgettext_lazy("objection", "Dismissed"), "circle-minus", "quiet"),
    },
    "contract": {
        "draft": State(_("Draft"), "pencil", "quiet"),
        "signing": State(_("Waiting for signatures"), "signature", "wait"),
        "effective": State(pgettext_lazy("contract", "In force"), "file-certificate", "live"),
        "completed": State(_("Completed"), "circle-check", "done"),
        "terminated": State(_("Terminated"), "circle-x", "bad"),
    },
    "milestone": {
        "planned": State(pgettext_lazy("milestone", "Planned"), "calendar", "quiet"),
        "submitted": State(pgettext_lazy("milestone", "Evidence submitted"), "send", "wait"),
        "under_acceptance": State(_("Under acceptance"), "list-check", "wait"),
        "accepted": State(pgettext_lazy("milestone", "Accepted"), "circle-check", "done"),
        "rectification": State(_("Sent to rectification"), "tool", "care"),
        "failed": State(pgettext_lazy("milestone", "Failed"), "circle-x", "bad"),
    },
    "payment": {
        "scheduled": State(pgettext_lazy("payment", "Scheduled"), "calendar", "quiet"),
        "requested": State(pgettext_lazy("payment", "Requested"), "send", "wait"),
        "approved": State(pgettext_lazy("payment", "Approved"), "clipboard-check", "wait"),
        "paid": State(pgettext_lazy("payment", "Paid"), "circle-check", "done"),
        "frozen": State(pgettext_lazy("payment", "Frozen"), "snowflake", "care"),
    },
    "ruleset": {
        "draft": State(_("Draft"), "pencil", "quiet"),
        "proposed": State(_("Waiting for approval"), "send", "wait"),
        "in_force": State(pgettext_lazy("rule set", "In force"), "circle-check", "done"),
        "retired": State(pgettext_lazy("rule set", "Retired"), "archive", "quiet"),
    },
    "expert": {
        "applied": State(pgettext_lazy("expert", "Applied"), "send", "wait"),
        "invited": State(_("Waiting for their consent"), "mail", "wait"),
        "active": State(_("In the pool"), "circle-check", "done"),
        "paused": State(pgettext_lazy("expert", "Paused"), "player-pause", "quiet"),
    },
    "expertinvitation": {
        "open": State(pgettext_lazy("invitation", "Waiting for an answer"), "mail", "wait"),
        "answered": State(pgettext_lazy("invitation", "Has applied"), "circle-check", "done"),
        "withdrawn": State(pgettext_lazy("invitation", "Withdrawn"), "arrow-back-up", "quiet"),
    },
    "organization": {
        "unverified": State(pgettext_lazy("organization", "Not verified yet"), "alert-triangle", "care"),
        "verified": State(pgettext_lazy("organization", "Verified"), "rosette-discount-check", "done"),
        "suspended": State(pgettext_lazy("organization", "Suspended"), "player-pause", "care"),
    },
}

STAGES: Final = (
    Stage("publish", pgettext_lazy("stage", "Publish"), ("draft", "submitted", "vetted")),
    Stage("bid", pgettext_lazy("stage", "Bid"), ("published", "bidding_closed")),
    Stage("review", pgettext_lazy("stage", "Review"), ("opened", "under_review")),
    Stage("award", pgettext_lazy("stage", "Award"), ("ranked", "award_proposed", "awarded")),
    Stage("accept", pgettext_lazy("stage", "Accept"), ("executing", "completed")),
)

# Where a challenge that ended early stopped, when the page does not know better.
ENDED_IN: Final = {"no_award": "bid", "cancelled": "publish", "terminated": "accept"}


def look(kind: str, value: str) -> State:
    """How one state is shown; `kind` is a model's name, or the plural of it as addresses have it (`rule-sets`)."""
    name = kind.lower().replace("-", "").replace("_", "")
    name = name if name in STATES else name.removesuffix("s")
    return STATES.get(ALIASES.get(name, name), {}).get(value, UNKNOWN)
