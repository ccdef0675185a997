"""How every state of every machine looks, by model name: its icon, its tone, and the stage it belongs to.

Its word is the one its model says, so that page, list, filter and API say the same.

A tone is a meaning, and has one colour through the whole site:
`quiet` not begun or out of play · `wait` in somebody's hands · `live` open or under way, the public may see it ·
`done` reached · `care` needs attention, stopped for now · `bad` ended without success.
"""

from functools import lru_cache
from typing import Final, NamedTuple

from django.apps import apps
from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy


class Mark(NamedTuple):
    """What stands beside the word of a state."""

    icon: str
    tone: str


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
ALIASES: Final = {
    "amendment": "contractamendment",
    "payee": "payeeaccount",
    "recoverie": "recovery",
    "sheet": "scoresheet",
}

STATES: Final[dict[str, dict[str, Mark]]] = {
    "challenge": {
        "draft": Mark("pencil", "quiet"),
        "submitted": Mark("send", "wait"),
        "vetted": Mark("clipboard-check", "wait"),
        "published": Mark("speakerphone", "live"),
        "bidding_closed": Mark("lock", "wait"),
        "opened": Mark("lock-open", "wait"),
        "under_review": Mark("scale", "wait"),
        "ranked": Mark("list-numbers", "wait"),
        "award_proposed": Mark("speakerphone", "live"),
        "awarded": Mark("trophy", "wait"),
        "executing": Mark("progress", "live"),
        "completed": Mark("circle-check", "done"),
        "no_award": Mark("circle-minus", "bad"),
        "cancelled": Mark("ban", "bad"),
        "terminated": Mark("circle-x", "bad"),
    },
    "bid": {
        "draft": Mark("pencil", "quiet"),
        "submitted": Mark("lock", "live"),
        "withdrawn": Mark("arrow-back-up", "quiet"),
        "opened": Mark("lock-open", "wait"),
        "eligible": Mark("circle-check", "live"),
        "ineligible": Mark("circle-x", "bad"),
        "ranked": Mark("list-numbers", "wait"),
        "awarded": Mark("trophy", "done"),
        "reserve": Mark("hourglass", "wait"),
        "not_awarded": Mark("circle-minus", "quiet"),
        "declined": Mark("hand-stop", "bad"),
    },
    "panel": {
        "forming": Mark("users", "quiet"),
        "drawn": Mark("arrows-shuffle", "wait"),
        "scoring": Mark("scale", "live"),
        "consensus": Mark("messages", "live"),
        "closed": Mark("circle-check", "done"),
    },
    "matching": {
        "waiting": Mark("progress", "wait"),
        "draft": Mark("pencil", "wait"),
        "impossible": Mark("circle-x", "bad"),
        "released": Mark("circle-check", "done"),
        "discarded": Mark("archive", "quiet"),
    },
    "assignment": {
        "invited": Mark("mail", "wait"),
        "accepted": Mark("circle-check", "live"),
        "declined": Mark("circle-minus", "quiet"),
        "recused": Mark("user-off", "care"),
        "replaced": Mark("replace", "quiet"),
        "taken_back": Mark("arrow-back-up", "quiet"),
    },
    "scoresheet": {
        "open": Mark("pencil", "quiet"),
        "submitted": Mark("send", "wait"),
        "locked": Mark("lock", "done"),
        "void": Mark("ban", "bad"),
    },
    "award": {
        "proposed": Mark("file-text", "wait"),
        "notice": Mark("speakerphone", "live"),
        "confirmed": Mark("circle-check", "done"),
        "suspended": Mark("player-pause", "care"),
        "revoked": Mark("circle-x", "bad"),
        "declined": Mark("hand-stop", "bad"),
    },
    "objection": {
        "filed": Mark("flag", "care"),
        "acknowledged": Mark("eye", "wait"),
        "upheld": Mark("gavel", "done"),
        "dismissed": Mark("circle-minus", "quiet"),
    },
    "contractamendment": {
        "requested": Mark("send", "wait"),
        "agreed": Mark("checks", "wait"),
        "approved": Mark("circle-check", "done"),
        "refused": Mark("circle-x", "bad"),
        "withdrawn": Mark("arrow-back-up", "quiet"),
    },
    "contract": {
        "draft": Mark("pencil", "quiet"),
        "signing": Mark("signature", "wait"),
        "effective": Mark("file-certificate", "live"),
        "completed": Mark("circle-check", "done"),
        "terminated": Mark("circle-x", "bad"),
        "ended": Mark("flag", "quiet"),
    },
    "race": {
        "planned": Mark("flag", "live"),
        "tested": Mark("list-check", "wait"),
        "decided": Mark("circle-check", "done"),
    },
    "midtermcheck": {
        "due": Mark("calendar", "wait"),
        "reported": Mark("eye", "wait"),
        "concluded": Mark("circle-check", "done"),
    },
    "milestone": {
        "planned": Mark("calendar", "quiet"),
        "submitted": Mark("send", "wait"),
        "under_acceptance": Mark("list-check", "wait"),
        "accepted": Mark("circle-check", "done"),
        "rectification": Mark("tool", "care"),
        "failed": Mark("circle-x", "bad"),
        "closed": Mark("archive", "quiet"),
    },
    "termination": {
        "proposed": Mark("flag", "care"),
        "answered": Mark("eye", "wait"),
        "decided": Mark("gavel", "done"),
        "withdrawn": Mark("circle-minus", "quiet"),
    },
    "payment": {
        "scheduled": Mark("calendar", "quiet"),
        "requested": Mark("send", "wait"),
        "approved": Mark("clipboard-check", "wait"),
        "paid": Mark("circle-check", "done"),
        "frozen": Mark("snowflake", "care"),
        "cancelled": Mark("ban", "quiet"),
    },
    "outcome": {
        "draft": Mark("pencil", "quiet"),
        "registered": Mark("send", "wait"),
        "returned": Mark("arrow-back-up", "care"),
        "confirmed": Mark("circle-check", "done"),
        "superseded": Mark("archive", "quiet"),
    },
    "transfer": {
        "draft": Mark("pencil", "quiet"),
        "publicity": Mark("speakerphone", "live"),
        "concluded": Mark("circle-check", "done"),
        "withdrawn": Mark("arrow-back-up", "bad"),
    },
    "followup": {
        "due": Mark("calendar", "wait"),
        "reported": Mark("circle-check", "done"),
    },
    "referral": {
        "referred": Mark("send", "wait"),
        "taken_up": Mark("circle-check", "done"),
        "declined": Mark("circle-minus", "quiet"),
    },
    "creditrecord": {
        "recorded": Mark("flag", "wait"),
        "confirmed": Mark("alert-triangle", "care"),
        "lifted": Mark("circle-check", "done"),
        "expired": Mark("archive", "quiet"),
    },
    "payeeaccount": {
        "given": Mark("hourglass", "wait"),
        "confirmed": Mark("circle-check", "done"),
        "rejected": Mark("circle-x", "bad"),
        "replaced": Mark("archive", "quiet"),
    },
    "paymentbatch": {
        "exported": Mark("building-bank", "wait"),
        "called_back": Mark("arrow-back-up", "quiet"),
    },
    "recovery": {
        "requested": Mark("send", "wait"),
        "approved": Mark("clipboard-check", "wait"),
        "recovered": Mark("circle-check", "done"),
        "refused": Mark("circle-x", "bad"),
    },
    "ruleset": {
        "draft": Mark("pencil", "quiet"),
        "proposed": Mark("send", "wait"),
        "in_force": Mark("circle-check", "done"),
        "retired": Mark("archive", "quiet"),
    },
    "expert": {
        "applied": Mark("send", "wait"),
        "invited": Mark("mail", "wait"),
        "active": Mark("circle-check", "done"),
        "paused": Mark("player-pause", "quiet"),
    },
    "expertinvitation": {
        "open": Mark("mail", "wait"),
        "answered": Mark("circle-check", "done"),
        "withdrawn": Mark("arrow-back-up", "quiet"),
    },
    "calendaryear": {
        "proposed": Mark("hourglass", "wait"),
        "in_force": Mark("circle-check", "done"),
        "rejected": Mark("circle-x", "bad"),
        "retired": Mark("archive", "quiet"),
    },
    "regionfigure": {
        "proposed": Mark("hourglass", "wait"),
        "confirmed": Mark("circle-check", "done"),
        "rejected": Mark("circle-x", "bad"),
    },
    "organization": {
        "unverified": Mark("alert-triangle", "care"),
        "verified": Mark("rosette-discount-check", "done"),
        "suspended": Mark("player-pause", "care"),
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


@lru_cache(maxsize=1)
def _words() -> dict[str, dict[str, str | Promise]]:
    """The words of every model's states, by its name; lazy, so in the language of whoever reads."""
    return {
        str(model._meta.model_name): dict(field.flatchoices)
        for model in apps.get_models()
        for field in model._meta.fields
        if model._meta.model_name in STATES and field.name == "state"
    }


def look(kind: str, value: str) -> State:
    """How one state is shown; `kind` is a model's name, or the plural of it as addresses have it (`rule-sets`)."""
    name = kind.lower().replace("-", "").replace("_", "")
    name = name if name in STATES else name.removesuffix("s")
    name = ALIASES.get(name, name)
    mark = STATES.get(name, {}).get(value)
    return State(_words()[name][value], *mark) if mark else UNKNOWN
