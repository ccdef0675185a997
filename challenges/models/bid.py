"""The bid (揭榜申报): sealed in envelopes until the opening, each envelope with its own readers."""

import uuid
from typing import Any

import pgtrigger
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition
from guardian.models import UserObjectPermissionBase

from accounts.conditions import condition
from accounts.models import Document, Organization, Stateful, User, state_guards
from accounts.policy import may
from challenges.models.challenge import Challenge, Target

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

# What was sealed with a receipt does not change under it: envelopes and their parts are open while the bid is a draft
# or taken back, and at no other time.
SEALED_GUARD = """
    IF NOT EXISTS (SELECT 1 FROM challenges_bid WHERE id = {bid} AND state IN ('draft', 'withdrawn')) THEN
      RAISE EXCEPTION 'The bid is sealed' USING ERRCODE = 'BD002';
    END IF;
    RETURN COALESCE(NEW, OLD);
"""
OF_ENVELOPE = "(SELECT bid_id FROM challenges_envelope WHERE id = COALESCE(NEW.envelope_id, OLD.envelope_id))"


def sealed_guard(bid: str = "COALESCE(NEW.bid_id, OLD.bid_id)") -> list[pgtrigger.Trigger]:
    """The trigger that refuses any change to a part of a sealed bid."""
    return [
        pgtrigger.Trigger(
            name="sealed",
            when=pgtrigger.Before,
            operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
            func=SEALED_GUARD.format(bid=bid),
        )
    ]


@condition(_("The deadline has passed: nothing can be submitted, replaced or withdrawn any more."))
def bidding_is_open(bid: Any) -> bool:
    """By the database's clock, whether or not anybody has closed the bidding yet."""
    return bool(bid.challenge.state == "published" and bid.now < bid.challenge.bid_deadline)


@condition(_("Your organisation is not verified yet; an operator compares its name and code with the licence first."))
def lead_is_verified(bid: Any) -> bool:
    """The lead organisation has been verified."""
    return bool(bid.lead.state == "verified")


@condition(_("The challenge owner's organisation may not bid on its own challenge."))
def lead_is_not_owner(bid: Any) -> bool:
    """Neither the owner itself nor its parent or subsidiary."""
    owner, lead = bid.challenge.owner, bid.lead
    return owner.pk not in (lead.pk, lead.parent_id) and lead.pk != owner.parent_id


@condition(_("Fill in the technical part: summary, approach, and a committed value for every target."))
def technical_is_complete(bid: Any) -> bool:
    """The technical envelope answers every target."""
    content = bid.content(Envelope.Part.TECHNICAL)
    written = all(str(content.get(key, "")).strip() for key in ("summary", "approach"))
    return written and bid.commitments.count() == bid.challenge.targets.count()


@condition(_("Fill in the commercial part: the price in yuan."))
def commercial_is_complete(bid: Any) -> bool:
    """The commercial envelope names a price."""
    return bool(bid.content(Envelope.Part.COMMERCIAL).get("price"))


@condition(_("Fill in the identity part: the person in charge and the team."))
def identity_is_complete(bid: Any) -> bool:
    """The identity envelope names who leads and who works."""
    return bool(bid.content(Envelope.Part.IDENTITY).get("leader")) and bid.members.exists()


@condition(_("Upload the technical proposal."))
def has_technical_document(bid: Any) -> bool:
    """The technical envelope holds at least one document."""
    return bool(BidDocument.objects.filter(envelope__bid=bid, envelope__part=Envelope.Part.TECHNICAL).exists())


@condition(_("Tick the pledge (军令状): the team answers for the targets."))
def has_pledged(bid: Any) -> bool:
    """The team has pledged."""
    return bool(bid.pledged)


@condition(_("Each kind of share (cost, result, benefit, risk) must sum to 100 % over the consortium."))
def shares_sum_to_hundred(bid: Any) -> bool:
    """With partners, each of the four shares sums to 100 %; alone, there is nothing to share."""
    partners = list(bid.partners.all())
    return not partners or all(sum(getattr(item, name) for item in partners) == 100 for name in BidPartner.SHARES)


@condition(
    lambda bid: (
        _("An organisation may lead at most %(most)d live bids.")
        % {"most": bid.challenge.frozen_rules.live_leads_per_organization}
    )
)
def lead_has_capacity(bid: Any) -> bool:
    """≤ (rule) live leads per organisation."""
    live = Bid.objects.filter(lead=bid.lead_id, state__in=Bid.LIVE).exclude(pk=bid.pk).count()
    return bool(live < bid.challenge.frozen_rules.live_leads_per_organization)


@condition(_("The notice was amended: confirm the bid again, or it does not count."))
def needs_reconfirmation(bid: Any) -> bool:
    """The bid was submitted for an earlier version of the notice."""
    return bool(bid.confirmed_version < bid.challenge.notice_version)


@condition(_("This bid was not confirmed after the amendment of the notice; it can only be declared ineligible."))
def was_confirmed(bid: Any) -> bool:
    """The bid answers the notice in force."""
    return bool(bid.confirmed_version == bid.challenge.notice_version)


class Bid(Stateful):
    """One bid of one lead organisation on one challenge; `code` is what reviewers know it by."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SUBMITTED = "submitted", _("Submitted, sealed")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        OPENED = "opened", _("Opened")
        ELIGIBLE = "eligible", _("Eligible")
        INELIGIBLE = "ineligible", _("Ineligible")
        RANKED = "ranked", _("Ranked")
        AWARDED = "awarded", _("Awarded")
        RESERVE = "reserve", _("Reserve")
        NOT_AWARDED = "not_awarded", _("Not awarded")
        DECLINED = "declined", _("Declined")

    LIVE = (State.SUBMITTED, State.OPENED, State.ELIGIBLE, State.RANKED, State.AWARDED, State.RESERVE)
    SEALED = (State.DRAFT, State.SUBMITTED, State.WITHDRAWN)

    state = FSMField(default=State.DRAFT, choices=State.choices, protected=True)
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
            bidding_is_open,
            lead_is_verified,
            lead_is_not_owner,
            lead_has_capacity,
            technical_is_complete,
            commercial_is_complete,
            identity_is_complete,
            has_technical_document,
            shares_sum_to_hundred,
            has_pledged,
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
        conditions=[bidding_is_open, needs_reconfirmation],
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
        conditions=[bidding_is_open],
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
        conditions=[was_confirmed],
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
        source=[State.ELIGIBLE, State.RANKED, State.RESERVE],
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

    @transition(field=state, source=State.AWARDED, target=State.DECLINED, permission=may("bid.decline"))
    def decline(self, *, reason: str, **_inputs: Any) -> None:
        """The winner declines the award."""


class Envelope(models.Model):
    """One sealed part of a bid. `version` grows with each save, so that two tabs notice each other."""

    class Part(models.TextChoices):
        TECHNICAL = "technical", _("Technical part")
        COMMERCIAL = "commercial", _("Commercial part")
        IDENTITY = "identity", _("Identity part")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    bid = models.ForeignKey(Bid, on_delete=models.CASCADE, related_name="envelopes")
    part = models.CharField(max_length=20, choices=Part)
    content = models.JSONField(default=dict)
    version = models.PositiveIntegerField(default=1)
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["bid", "part"]
        constraints = [models.UniqueConstraint(fields=["bid", "part"], name="one_envelope_per_part")]
        triggers = sealed_guard()

    def __str__(self) -> str:
        return f"{self.get_part_display()}"


class Commitment(models.Model):
    """What the bid promises for one target of the challenge (technical part)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    bid = models.ForeignKey(Bid, on_delete=models.CASCADE, related_name="commitments")
    target = models.ForeignKey(Target, on_delete=models.PROTECT, related_name="+")
    value = models.DecimalField(_("committed value"), max_digits=40, decimal_places=15, null=True, blank=True)
    text = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["target__position"]
        constraints = [models.UniqueConstraint(fields=["bid", "target"], name="one_commitment_per_target")]
        triggers = sealed_guard()

    def __str__(self) -> str:
        return f"{self.value or self.text}"


class BidMember(models.Model):
    """A person of the team (identity part); conflicts of interest look at these people and organisations."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    bid = models.ForeignKey(Bid, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="bid_memberships")
    name = models.CharField(_("name"), max_length=100)
    organization = models.ForeignKey(Organization, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    duty = models.CharField(_("duty in the team"), max_length=100, blank=True)

    class Meta:
        ordering = ["bid", "name", "id"]
        triggers = sealed_guard()

    def __str__(self) -> str:
        return self.name


class BidPartner(models.Model):
    """A consortium organisation and its shares in per cent (identity part)."""

    SHARES = ("cost_share", "result_share", "benefit_share", "risk_share")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    bid = models.ForeignKey(Bid, on_delete=models.CASCADE, related_name="partners")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="partnered_bids")
    cost_share = models.DecimalField(_("cost share"), max_digits=5, decimal_places=2, default=0)
    result_share = models.DecimalField(_("result share"), max_digits=5, decimal_places=2, default=0)
    benefit_share = models.DecimalField(_("benefit share"), max_digits=5, decimal_places=2, default=0)
    risk_share = models.DecimalField(
        _("risk share"),
        max_digits=5,
        decimal_places=2,
        default=0,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )

    class Meta:
        ordering = ["bid", "organization__name"]
        constraints = [models.UniqueConstraint(fields=["bid", "organization"], name="one_partner_each")]
        triggers = sealed_guard()

    def __str__(self) -> str:
        return str(self.organization)


class BidDocument(Document):
    """A file in one envelope of a bid."""

    envelope = models.ForeignKey(Envelope, on_delete=models.CASCADE, related_name="documents")

    class Meta:
        ordering = ["uploaded_at", "id"]
        triggers = sealed_guard(OF_ENVELOPE)


class BidGrant(UserObjectPermissionBase):
    """django-guardian's grants on bids with a real key: team members and assigned reviewers, nobody else."""

    content_object = models.ForeignKey(Bid, on_delete=models.CASCADE, related_name="grants")
