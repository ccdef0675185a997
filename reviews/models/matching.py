"""Who reads which bids of a large round: a matching is computed, looked at as a draft, and released or discarded."""

import uuid
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import transition

from accounts.models import StateField, Stateful, User, state_guards
from accounts.policy import may
from challenges.models import Bid
from reviews.models.expert import Expert
from reviews.models.panel import Panel

MATCHING_EDGES = [
    ("waiting", "draft"),
    ("waiting", "impossible"),
    ("draft", "released"),
    ("waiting", "discarded"),
    ("draft", "discarded"),
    ("impossible", "discarded"),
]


def to_be_invited(matching: Any) -> list[str]:
    """Each reviewer whom the release concerns, with how many bids they read and whether they are invited by it."""
    held = set(matching.panel.assignments.filter(state__in=("invited", "accepted")).values_list("expert", flat=True))
    loads = matching.matches.values("expert", "expert__user__name").annotate(bids=models.Count("pk"))
    lines = []
    for row in loads.order_by("expert__user__name", "expert"):
        said = _("%(name)s · %(n)d bids, holds a seat") if row["expert"] in held else _("%(name)s · %(n)d bids")
        lines.append(said % {"name": row["expert__user__name"], "n": row["bids"]})
    return lines


class Matching(Stateful):
    """One computation of who reads which bids, with what was asked of it and what came of it."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Being computed")
        DRAFT = "draft", pgettext_lazy("matching", "Draft")
        IMPOSSIBLE = "impossible", _("Impossible")
        RELEASED = "released", _("Released")
        DISCARDED = "discarded", _("Discarded")

    OPEN = (State.WAITING, State.DRAFT, State.IMPOSSIBLE)

    state = StateField(default=State.WAITING, choices=State.choices)
    panel = models.ForeignKey(Panel, on_delete=models.PROTECT, related_name="matchings")
    created_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    per_bid = models.PositiveSmallIntegerField(
        _("reviewers per bid"), default=5, validators=[MinValueValidator(1), MaxValueValidator(15)]
    )
    load_min = models.PositiveSmallIntegerField(_("bids per reviewer, at least"), default=0)
    load_max = models.PositiveSmallIntegerField(
        _("bids per reviewer, at most"), default=20, validators=[MinValueValidator(1), MaxValueValidator(500)]
    )
    cap = models.PositiveSmallIntegerField(
        _("certainty of a pair at most, in percent"),
        default=100,
        validators=[MinValueValidator(5), MaxValueValidator(100)],
        help_text=_("Below 100 nobody can be sure to read a certain bid, which guards against collusion."),
    )
    worst_first = models.BooleanField(_("serve the worst-served bid as well as possible"), default=True)
    claimed_at = models.DateTimeField(null=True, editable=False)
    progress = models.PositiveSmallIntegerField(default=0, editable=False)
    result = models.JSONField(default=dict, editable=False)
    computed_at = models.DateTimeField(null=True)
    released_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("matching")
        ordering = ["-created_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["panel"],
                condition=models.Q(state__in=["waiting", "draft", "impossible"]),
                name="one_open_matching",
            ),
            models.CheckConstraint(
                condition=models.Q(load_max__gte=models.F("load_min")), name="load_max_not_below_min"
            ),
        ]
        indexes = [
            models.Index(fields=["-created_at", "id"], name="matching_newest"),
            models.Index(fields=["state", "-created_at"], name="matching_state_newest"),
        ]
        triggers = state_guards("waiting", MATCHING_EDGES)

    def __str__(self) -> str:
        return self.panel.challenge.title

    @property
    def ledger_challenge(self) -> uuid.UUID:
        return self.panel.challenge_id

    @transition(
        field=state, source=State.WAITING, target=State.DRAFT, permission=may("matching.compute"),
        custom={"tells": ["matching_computed"]},
    )  # fmt: skip
    def finish(self, *, actor: None, result: dict[str, Any]) -> None:
        """The best matching was found."""
        self.result, self.computed_at, self.progress = result, self.now, 100

    @transition(
        field=state, source=State.WAITING, target=State.IMPOSSIBLE, permission=may("matching.compute"),
        custom={"tells": ["matching_impossible"]},
    )  # fmt: skip
    def fail(self, *, actor: None, result: dict[str, Any]) -> None:
        """No matching fulfils what was asked; the result says which bids and which constraint."""
        self.result, self.computed_at, self.progress = result, self.now, 100

    @transition(
        field=state,
        source=State.DRAFT,
        target=State.RELEASED,
        permission=may("matching.release"),
        custom={
            "label": _("Release the matching and invite its reviewers"),
            "consequences": [
                _("Each of those named below who holds no seat yet is invited; sheets follow when the review starts."),
                _("Every reviewer gets the bids matched to them and no others."),
                _("As long as nobody has answered, the invitations can be taken back on the panel's page."),
            ],
            "touches": to_be_invited,
        },
    )
    def release(self, *, actor: User) -> None:
        """The draft becomes known to those it names."""
        self.released_at = self.now

    @transition(
        field=state,
        source=[State.WAITING, State.DRAFT, State.IMPOSSIBLE],
        target=State.DISCARDED,
        permission=may("matching.discard"),
        custom={
            "label": _("Discard the matching"),
            "style": "secondary",
            "consequences": [_("Nobody was told of it. Another can be computed with other numbers or pairs.")],
        },
    )
    def discard(self, *, actor: User) -> None:
        """Not used."""


class Match(models.Model):
    """One pair of a matching: this expert reads this bid."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    matching = models.ForeignKey(Matching, on_delete=models.CASCADE, related_name="matches")
    bid = models.ForeignKey(Bid, on_delete=models.PROTECT, related_name="+")
    expert = models.ForeignKey(Expert, on_delete=models.PROTECT, related_name="+")
    affinity = models.PositiveSmallIntegerField()
    is_kept = models.BooleanField(default=False)
    freed_at = models.DateTimeField(null=True, editable=False)  # a conflict of interest came up with this bid alone

    class Meta:
        ordering = ["bid__code", "-affinity", "pk"]
        constraints = [models.UniqueConstraint(fields=["matching", "bid", "expert"], name="one_match_of_a_pair")]

    def __str__(self) -> str:
        return f"{self.bid.code} · {self.expert}"


class PairWish(models.Model):
    """What an operator says of one pair before a matching, with the reason."""

    class Wish(models.TextChoices):
        FORBID = "forbid", _("Never this pair")
        REQUIRE = "require", _("This pair in any case")
        FREE = "free", _("Neither any more")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    panel = models.ForeignKey(Panel, on_delete=models.CASCADE, related_name="pair_wishes")
    bid = models.ForeignKey(Bid, verbose_name=_("bid"), on_delete=models.PROTECT, related_name="+")
    expert = models.ForeignKey(Expert, verbose_name=_("expert"), on_delete=models.PROTECT, related_name="+")
    wish = models.CharField(_("wish"), max_length=10, choices=Wish)
    reason = models.CharField(_("reason"), max_length=500)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        ordering = ["created_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["panel", "bid", "expert"], name="one_wish_of_a_pair")]

    def __str__(self) -> str:
        return f"{self.bid.code} · {self.expert}: {self.get_wish_display()}"

    @property
    def ledger_chain(self) -> uuid.UUID:
        """A chain of its own: the panel's is read by its members, whom this does not concern."""
        return self.pk

    @property
    def ledger_challenge(self) -> uuid.UUID:
        return self.panel.challenge_id
