"""The bid (揭榜申报): sealed in envelopes until the opening, each envelope with its own readers."""

import uuid
from typing import Any

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_fsm import transition

from accounts.models import Organization, StateField, Stateful, User, state_guards
from accounts.policy import may
from challenges.models import bid_guards
from challenges.models.challenge import Challenge

EDGES = [
    ("draft", "submitted"),
    ("submitted", "withdrawn"),
    ("withdrawn", "submitted"),
    ("submitted", "opened"),
    ("opened", "eligible"),
    ("opened", "ineligible"),
    ("eligible", "ranked"),
    ("eligible", "not_awarded"),
    ("ranked", "awarded"),
    ("ranked", "reserve"),
    ("ranked", "not_awarded"),
    ("reserve", "awarded"),
    ("reserve", "not_awarded"),
    ("reserve", "ranked"),
    ("awarded", "declined"),
    ("awarded", "ranked"),
    ("not_awarded", "ranked"),
    ("ranked", "ineligible"),
    ("reserve", "ineligible"),
    ("ranked", "eligible"),
    ("reserve", "eligible"),
    ("not_awarded", "eligible"),
    ("opened", "not_awarded"),
]

# The database itself refuses a submission at or after the deadline, whatever the program thinks the time is; the
# share lock lets a thousand teams submit at once while a change of the deadline waits for them.
DEADLINE_GUARD = """
    PERFORM 1 FROM challenges_challenge
      WHERE id = NEW.challenge_id AND state = 'published' AND clock_timestamp() < bid_deadline
      FOR SHARE;
    IF NOT FOUND THEN
      RAISE EXCEPTION 'The bidding is closed' USING ERRCODE = 'BD001';
    END IF;
    RETURN NEW;
"""


class Bid(Stateful):
    """One bid of one lead organisation on one challenge; `code` is what reviewers know it by."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SUBMITTED = "submitted", _("Submitted and sealed")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        OPENED = "opened", _("Opened")
        ELIGIBLE = "eligible", _("Eligible")
        INELIGIBLE = "ineligible", _("Not eligible")
        RANKED = "ranked", _("Ranked")
        AWARDED = "awarded", pgettext_lazy("bid", "Awarded")
        RESERVE = "reserve", _("Runner-up")
        NOT_AWARDED = "not_awarded", _("Not awarded")
        DECLINED = "declined", _("Award declined")

    LIVE = (State.SUBMITTED, State.OPENED, State.ELIGIBLE, State.RANKED, State.AWARDED, State.RESERVE)
    SEALED = (State.DRAFT, State.SUBMITTED, State.WITHDRAWN)

    state = StateField(default=State.DRAFT, choices=State.choices)
    challenge = models.ForeignKey(Challenge, on_delete=models.PROTECT, related_name="bids")
    lead = models.ForeignKey(
        Organization, verbose_name=_("lead organisation"), on_delete=models.PROTECT, related_name="bids"
    )
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    pledged = models.BooleanField(_("pledge"), default=False)
    confirmed_version = models.PositiveSmallIntegerField(default=1, editable=False)
    submitted_at = models.DateTimeField(null=True, editable=False)
    submitted_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    receipt_number = models.CharField(_("receipt number"), max_length=40, blank=True, editable=False)
    sha256 = models.CharField(max_length=64, blank=True, editable=False)
    code = models.CharField(_("anonymous code"), max_length=8, blank=True, editable=False)
    ineligible_reason = models.TextField(blank=True)
    rank = models.PositiveIntegerField(null=True, editable=False)
    score = models.DecimalField(max_digits=6, decimal_places=2, null=True, editable=False)

    class Meta:
        verbose_name = _("bid")
        ordering = ["-created_at", "id"]
        permissions = [
            ("edit_bid", "May edit, submit and sign for this bid"),
            ("score_bid", "May read and score the technical part of this bid"),
            ("price_bid", "May read and score the commercial part of this bid"),
        ]
        constraints = [models.UniqueConstraint(fields=["challenge", "lead"], name="one_bid_per_lead")]
        indexes = [
            models.Index(fields=["challenge", "state", "rank"], name="bid_challenge_state"),
            models.Index(fields=["lead", "state"], name="bid_lead_state"),
            models.Index(fields=["-created_at", "id"], name="bid_newest"),
            models.Index(fields=["state", "-created_at", "id"], name="bid_state_newest"),
            models.Index(fields=["rank", "id"], name="bid_rank"),
        ]
        triggers = state_guards(
            "draft",
            EDGES,
            also=[
                pgtrigger.Trigger(
                    name="deadline",
                    when=pgtrigger.Before,
                    operation=pgtrigger.Update,
                    condition=pgtrigger.Q(new__state__in=["submitted", "withdrawn"])
                    & (
                        pgtrigger.Q(old__state__df=pgtrigger.F("new__state"))
                        | pgtrigger.Q(old__confirmed_version__df=pgtrigger.F("new__confirmed_version"))
                    ),
                    func=DEADLINE_GUARD,
                )
            ],
        )

    def __str__(self) -> str:
        return f"{self.challenge.number} · {self.lead}"

    @property
    def ledger_challenge(self) -> uuid.UUID:
        return self.challenge_id

    @property
    def label(self) -> str:
        """Names the challenge only: a notification never carries what is sealed."""
        return self.challenge.title

    def content(self, part: str) -> dict[str, Any]:
        """What the team wrote in one envelope."""
        return next((item.content for item in self.envelopes.all() if item.part == part), {})

    @transition(
        field=state,
        source=[State.DRAFT, State.WITHDRAWN],
        target=State.SUBMITTED,
        permission=may("bid.submit"),
        conditions=[
            bid_guards.bidding_is_open,
            bid_guards.lead_is_verified,
            bid_guards.lead_is_not_owner,
            bid_guards.lead_has_capacity,
            bid_guards.technical_is_complete,
            bid_guards.commercial_is_complete,
            bid_guards.identity_is_complete,
            bid_guards.has_technical_document,
            bid_guards.shares_sum_to_hundred,
            bid_guards.has_pledged,
        ],
        custom={
            "label": _("Submit sealed"),
            "consequences": [
                _("The bid is sealed: until the opening nobody but your team reads it, not even the platform."),
                _("You get a receipt with the server's time and the SHA-256 of every document."),
                _("Until the deadline you may take it back, change it and submit it again."),
            ],
            "tells": ["bid_received"],
        },
    )
    def submit(self, *, actor: User, sha256: str, receipt_number: str) -> None:
        """Seal the bid; submitting again after taking it back replaces it and gives a new receipt."""
        self.submitted_by, self.submitted_at = actor, self.now
        self.sha256, self.receipt_number = sha256, receipt_number
        self.confirmed_version = self.challenge.notice_version

    @transition(
        field=state,
        source=State.SUBMITTED,
        target=State.SUBMITTED,
        permission=may("bid.submit"),
        conditions=[bid_guards.bidding_is_open, bid_guards.needs_reconfirmation],
        custom={"label": _("Confirm the bid for the amended notice")},
    )
    def reconfirm(self, *, actor: User) -> None:
        """The bid stands unchanged under the amended notice."""
        self.confirmed_version = self.challenge.notice_version

    @transition(
        field=state,
        source=State.SUBMITTED,
        target=State.WITHDRAWN,
        permission=may("bid.submit"),
        conditions=[bid_guards.bidding_is_open],
        custom={
            "label": _("Take the bid back to change or withdraw it"),
            "style": "secondary",
            "consequences": [_("The bid does not count unless you submit it again before the deadline.")],
        },
    )
    def withdraw(self, **_inputs: Any) -> None:
        """Free until the deadline."""

    @transition(field=state, source=State.SUBMITTED, target=State.OPENED, permission=may("bid.open"))
    def open(self, *, actor: User, code: str) -> None:
        """Its envelopes can be read; from now on reviewers know it by its code."""
        self.code = code

    @transition(
        field=state,
        source=State.OPENED,
        target=State.ELIGIBLE,
        permission=may("bid.check_eligibility"),
        conditions=[bid_guards.was_confirmed],
        custom={"label": _("Eligible")},
    )
    def accept_eligibility(self, *, actor: User) -> None:
        """The bid meets the conditions of the notice."""

    @transition(
        field=state,
        source=State.OPENED,
        target=State.INELIGIBLE,
        permission=may("bid.check_eligibility"),
        custom={"label": _("Not eligible, with a reason"), "style": "danger", "tells": ["bid_ineligible"]},
    )
    def reject_eligibility(self, *, actor: User, reason: str) -> None:
        """The bid does not meet the conditions; the team is told why."""
        self.ineligible_reason = reason

    @transition(field=state, source=State.ELIGIBLE, target=State.RANKED, permission=may("bid.rank"))
    def take_rank(self, *, rank: int, score: str, **_inputs: Any) -> None:
        """Its place in the ranking."""
        self.rank, self.score = rank, score

    @transition(
        field=state,
        source=[State.OPENED, State.ELIGIBLE, State.RANKED, State.RESERVE],
        target=State.NOT_AWARDED,
        permission=may("bid.settle"),
    )
    def pass_over(self, *, score: str | None = None, **_inputs: Any) -> None:
        """No award for this bid: below the thresholds, or the challenge is settled."""
        if score is not None:
            self.score = score

    @transition(field=state, source=[State.RANKED, State.RESERVE], target=State.AWARDED, permission=may("bid.settle"))
    def win(self, **_inputs: Any) -> None:
        """The award was confirmed for this bid."""

    @transition(field=state, source=State.RANKED, target=State.RESERVE, permission=may("bid.settle"))
    def stand_by(self, **_inputs: Any) -> None:
        """Next in line should a winner decline."""

    @transition(
        field=state,
        source=[State.RESERVE, State.NOT_AWARDED, State.AWARDED],
        target=State.RANKED,
        permission=may("bid.settle"),
    )
    def return_to_ranking(self, **_inputs: Any) -> None:
        """The award fell; the bid can be proposed again."""

    @transition(
        field=state,
        source=[State.RANKED, State.RESERVE],
        target=State.INELIGIBLE,
        permission=may("bid.settle"),
        custom={"tells": ["bid_disqualified"]},
    )
    def disqualify(self, *, reason: str, **_inputs: Any) -> None:
        """An objection against it was upheld; its place in the old ranking stays on record."""
        self.ineligible_reason = reason

    @transition(
        field=state,
        source=[State.RANKED, State.RESERVE, State.NOT_AWARDED],
        target=State.ELIGIBLE,
        permission=may("bid.settle"),
    )
    def return_to_review(self, **_inputs: Any) -> None:
        """The ranking fell; a new panel judges the bid afresh."""
        self.rank = self.score = None

    @transition(field=state, source=State.AWARDED, target=State.DECLINED, permission=may("bid.decline"))
    def decline(self, *, reason: str, **_inputs: Any) -> None:
        """The winner declines the award."""
