"""Challenges: what is carried from the list to the last payment."""

from django.apps import AppConfig


class ChallengesConfig(AppConfig):
    """Registers challenges' policy, notices, kinds, steps and readable ledger chains."""

    name = "challenges"

    def ready(self) -> None:
        from accounts import actions as people
        from accounts import documents, kinds, ledger, notifications, policy, workflow
        from challenges import actions, forms, models, notices, queries, stages  # noqa: F401  (they register steps and inputs)
        from challenges.actions.bids import leave_teams
        from challenges.models import bid_guards
        from challenges.permissions import POLICY

        policy.register(POLICY)
        workflow.explain_guards(bid_guards.TRIGGERS)
        notifications.register(notices.NOTICES)
        ledger.register_chains(queries.readable_chains)
        people.when_leaving(leave_teams)
        documents.register(
            documents.Shelf(
                models.ChallengeDocument,
                read="challenge_document.read",
                add="challenge.edit",
                owner=lambda item: item.challenge,
                select=("challenge",),
            ),
            documents.Shelf(
                models.BidDocument,
                read="bid_document.read",
                add="bid.edit",
                owner=lambda item: item.envelope.bid,
                select=("envelope__bid__challenge",),
            ),
            documents.Shelf(
                models.MilestoneDocument,
                read="milestone_document.read",
                add="milestone.add_evidence",
                owner=lambda item: item.milestone,
                select=("milestone__contract__challenge", "milestone__contract__bid"),
            ),
            documents.Shelf(
                models.ObjectionDocument,
                read="objection_document.read",
                add="objection.add_evidence",
                owner=lambda item: item.objection,
                select=("objection__award__challenge",),
            ),
        )
        kinds.surround(stages.around)
        kinds.register(
            kinds.Kind("challenges", models.Challenge, "challenge.view", "challenge", ("owner",)),
            kinds.Kind("bids", models.Bid, "bid.view", "bid", ("challenge__owner", "lead")),
            kinds.Kind("awards", models.Award, "award.view", "award", ("challenge__owner",)),
            kinds.Kind("objections", models.Objection, "objection.view", "objection", ("award__challenge__owner",)),
            kinds.Kind("contracts", models.Contract, "contract.view", "contract", ("challenge__owner", "bid__lead")),
            kinds.Kind(
                "milestones",
                models.Milestone,
                "milestone.view",
                "milestone",
                ("contract__challenge__owner", "contract__bid"),
            ),
            kinds.Kind(
                "payments",
                models.Payment,
                "payment.view",
                "payment",
                ("milestone", "contract__challenge__owner", "contract__bid"),
            ),
            kinds.Kind(
                "recoveries",
                models.Recovery,
                "recovery.view",
                "recovery",
                ("contract__challenge__owner", "contract__bid", "requested_by", "approved_by", "recovered_by"),
            ),
            kinds.Kind(
                "payees",
                models.PayeeAccount,
                "payee.view",
                "payee",
                ("contract__challenge__owner", "contract__bid__lead", "given_by", "confirmed_by"),
            ),
            kinds.Kind("rule-sets", models.RuleSet, "rule_set.view", "rule_set"),
        )
