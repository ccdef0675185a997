"""Read-only lists of challenges and what follows from them; bids only as far as the policy shows them."""

from accounts.admin import ReadOnlyAdmin, site
from challenges.models import (
    Award,
    Bid,
    Challenge,
    Contract,
    Envelope,
    FollowUp,
    MidtermCheck,
    Milestone,
    Objection,
    Outcome,
    Payment,
    Race,
    Referral,
    RuleSet,
    Transfer,
)


class ChallengeAdmin(ReadOnlyAdmin):
    """Challenges; nothing here counts or names their bids."""

    view = "challenge.view"
    list_display = ("number", "title", "owner", "state", "bid_deadline")
    fields = (
        "number", "title", "owner", "state", "industry", "kind", "background", "reward", "duration_months",
        "bid_deadline", "secrecy", "rule_set", "published_at", "closed_at", "opened_at", "ranked_at", "awarded_at",
        "signed_at", "ended_at",
    )  # fmt: skip
    search_fields = ("search",)
    list_filter = ("state", "industry", "kind")
    list_select_related = ("owner",)
    ordering = ("-published_at", "pk")


class BidAdmin(ReadOnlyAdmin):
    """Bids that the policy shows to this person."""

    view = "bid.view"
    list_display = ("code", "challenge", "lead", "state", "rank", "score")
    fields = ("code", "challenge", "lead", "state", "rank", "score", "submitted_at", "receipt_number", "sha256")
    list_filter = ("state",)
    list_select_related = ("challenge", "lead")
    ordering = ("challenge", "rank", "pk")


class EnvelopeAdmin(ReadOnlyAdmin):
    """Parts of bids that the policy lets this person read."""

    view = "envelope.read"
    list_display = ("bid", "part", "updated_at")
    fields = ("bid", "part", "content", "version", "updated_at")
    list_filter = ("part",)
    list_select_related = ("bid__challenge", "bid__lead")
    ordering = ("bid", "part")


class AwardAdmin(ReadOnlyAdmin):
    """Awards."""

    view = "award.view"
    list_display = ("challenge", "state", "notice_ends_at", "confirmed_at")
    fields = (
        "challenge", "state", "departs_from_ranking", "reason", "ranking_sha256", "notice_opens_at", "notice_ends_at",
        "confirmed_at", "shown_ranking", "remedy", "revoked_reason", "revoked_at",
    )  # fmt: skip
    list_filter = ("state",)
    list_select_related = ("challenge",)
    ordering = ("-created_at", "pk")


class ObjectionAdmin(ReadOnlyAdmin):
    """Objections in sight."""

    view = "objection.view"
    list_display = ("award", "state", "acknowledge_by", "decided_at")
    fields = (
        "award", "state", "ground", "text", "evidence_note", "acknowledge_by", "acknowledged_at", "decided_at",
        "decision", "remedy", "disqualified", "appeal_until",
    )  # fmt: skip
    list_filter = ("state",)
    list_select_related = ("award__challenge",)
    ordering = ("-created_at", "pk")


class ContractAdmin(ReadOnlyAdmin):
    """Contracts in sight."""

    view = "contract.view"
    list_display = ("challenge", "bid", "amount", "state", "effective_at")
    fields = (
        "challenge", "bid", "state", "amount", "version", "task_book", "pledge", "targets", "sign_by",
        "owner_signed_at", "bidder_signed_at", "effective_at",
    )  # fmt: skip
    list_filter = ("state",)
    list_select_related = ("challenge", "bid__challenge", "bid__lead")
    ordering = ("-created_at", "pk")


class MilestoneAdmin(ReadOnlyAdmin):
    """Milestones in sight."""

    view = "milestone.view"
    list_display = ("title", "contract", "share", "due_on", "state")
    fields = ("title", "contract", "state", "deliverable", "share", "due_on", "report", "opinion", "rectifications")
    list_filter = ("state",)
    list_select_related = ("contract__challenge",)
    ordering = ("contract", "position")


class PaymentAdmin(ReadOnlyAdmin):
    """Payments in sight."""

    view = "payment.view"
    list_display = ("milestone", "amount", "state", "requested_at", "approved_at", "paid_at")
    fields = (
        "milestone", "contract", "amount", "state", "requested_by", "requested_at", "approved_by", "approved_at",
        "paid_by", "paid_at", "reference", "return_reason",
    )  # fmt: skip
    list_filter = ("state",)
    list_select_related = ("milestone__contract__challenge",)
    ordering = ("-created_at", "pk")


class RaceAdmin(ReadOnlyAdmin):
    """Races in sight: the plan and the choice, which are public; the findings stand on the runners' own pages."""

    view = "race.view"
    list_display = ("award", "test_on", "early_share", "state", "decided_at")
    fields = (
        "award", "state", "test_on", "early_share", "places", "subject", "tested_by", "tested_at", "reason",
        "decided_by", "decided_at",
    )  # fmt: skip
    list_filter = ("state",)
    list_select_related = ("award__challenge",)
    ordering = ("-test_on", "pk")


class OutcomeAdmin(ReadOnlyAdmin):
    """Outcomes in sight."""

    view = "outcome.view"
    list_display = ("title", "contract", "kind", "standing", "state", "version")
    fields = (
        "title", "contract", "state", "kind", "number", "dated_on", "standing", "summary", "first_set", "version",
        "registered_at", "confirmed_at",
    )  # fmt: skip
    list_filter = ("state", "kind")
    list_select_related = ("contract__challenge",)
    ordering = ("-created_at", "pk")


class TransferAdmin(ReadOnlyAdmin):
    """Transfers in sight."""

    view = "transfer.view"
    list_display = ("name", "way", "price", "state", "publicity_ends_at")
    fields = ("name", "outcome", "state", "way", "price", "buyer", "publicity_opens_at", "publicity_ends_at")
    list_filter = ("state", "way")
    list_select_related = ("outcome__contract__challenge",)
    ordering = ("-created_at", "pk")


class FollowUpAdmin(ReadOnlyAdmin):
    """Follow-ups in sight."""

    view = "follow_up.view"
    list_display = ("contract", "years", "due_on", "state")
    fields = ("contract", "state", "years", "due_on", "usage", "problems", "sales", "jobs", "source", "reported_at")
    list_filter = ("state",)
    list_select_related = ("contract__challenge",)
    ordering = ("due_on", "pk")


class MidtermCheckAdmin(ReadOnlyAdmin):
    """Mid-term checks in sight."""

    view = "midterm_check.view"
    list_display = ("contract", "due_on", "state", "conclusion")
    fields = (
        "contract", "state", "due_on", "summary", "progress", "spent", "spending", "problems", "reported_at",
        "conclusion", "opinion", "concluded_at",
    )  # fmt: skip
    list_filter = ("state", "conclusion")
    list_select_related = ("contract__challenge",)
    ordering = ("due_on", "pk")


class ReferralAdmin(ReadOnlyAdmin):
    """Referrals in sight."""

    view = "referral.view"
    list_display = ("outcome", "kind", "to", "state")
    fields = ("outcome", "state", "kind", "to", "note", "answer", "answered_at")
    list_filter = ("state", "kind")
    list_select_related = ("outcome",)
    ordering = ("-created_at", "pk")


class RuleSetAdmin(ReadOnlyAdmin):
    """Rule sets."""

    view = "rule_set.view"
    list_display = ("name", "version", "state", "approved_at")
    fields = ("name", "version", "state", "rules", "note", "edited_by", "proposed_by", "approved_by", "approved_at")
    list_filter = ("state", "name")
    ordering = ("name", "-version")


for _model, _admin in (
    (Challenge, ChallengeAdmin),
    (Bid, BidAdmin),
    (Envelope, EnvelopeAdmin),
    (Award, AwardAdmin),
    (Objection, ObjectionAdmin),
    (Contract, ContractAdmin),
    (Milestone, MilestoneAdmin),
    (Payment, PaymentAdmin),
    (Outcome, OutcomeAdmin),
    (Transfer, TransferAdmin),
    (FollowUp, FollowUpAdmin),
    (MidtermCheck, MidtermCheckAdmin),
    (Race, RaceAdmin),
    (Referral, ReferralAdmin),
    (RuleSet, RuleSetAdmin),
):
    site.register(_model, _admin)
