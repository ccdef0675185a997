"""Challenges: what is carried from the list to the last payment."""

from django.apps import AppConfig


class ChallengesConfig(AppConfig):
    """Registers challenges' policy, notices, kinds, steps and readable ledger chains."""

    name = "challenges"

    def ready(self) -> None:
        from accounts import actions as people
        from accounts import documents, kinds, ledger, notifications, policy, workflow
        from challenges import (  # noqa: F401  (they register steps and inputs)
            acceptance_forms,
            actions,
            amendment_forms,
            credit_forms,
            follow_up_forms,
            forms,
            midterm_forms,
            models,
            notices,
            outcome_forms,
            queries,
            race_forms,
            region_forms,
            stages,
            termination_forms,
            transfer_forms,
        )
        from challenges.actions.bids import leave_teams
        from challenges.models import bid_guards
        from challenges.permissions import POLICY

        policy.register(POLICY)
        workflow.explain_guards(bid_guards.TRIGGERS)
        for part in notices.PARTS:
            notifications.register(part)
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
            documents.Shelf(
                models.OutcomeDocument,
                read="outcome_document.read",
                add="outcome.edit",
                owner=lambda item: item.outcome,
                select=("outcome__contract__challenge", "outcome__contract__bid"),
            ),
        )
        documents.register(
            documents.Shelf(
                models.CreditDocument,
                read="credit_document.read",
                add="credit_record.add_evidence",
                owner=lambda item: item.record,
                select=("record__challenge",),
            )
        )
        documents.register(
            documents.Shelf(
                models.TerminationDocument,
                read="termination_document.read",
                add="termination.add_document",
                owner=lambda item: item.termination,
                select=("termination__contract__challenge", "termination__contract__bid"),
            )
        )
        documents.register(
            documents.Shelf(
                models.MidtermDocument,
                read="midterm_document.read",
                add="midterm_check.add_document",
                owner=lambda item: item.midterm_check,
                select=("midterm_check__contract__challenge", "midterm_check__contract__bid"),
            )
        )
        documents.register(
            documents.Shelf(
                models.RaceDocument,
                read="race_document.read",
                add="race.add_minutes",
                owner=lambda item: item.race,
                select=("race__award__challenge",),
            )
        )
        documents.register(
            documents.Shelf(
                models.RegionDocument,
                read="region_document.read",
                add="region_figure.add_document",
                owner=lambda item: item.figure,
                select=("figure__target",),
            )
        )
        kinds.surround(stages.around)
        kinds.register(
            kinds.Kind("challenges", models.Challenge, "challenge.view", "challenge", ("owner", "invited")),
            kinds.Kind("bids", models.Bid, "bid.view", "bid", ("challenge__owner", "lead")),
            kinds.Kind("awards", models.Award, "award.view", "award", ("challenge__owner",)),
            kinds.Kind(
                "objections", models.Objection, "objection.view", "objection", ("award__challenge__owner", "against")
            ),
            kinds.Kind(
                "races", models.Race, "race.view", "race", ("award__challenge__owner", "tested_by", "decided_by")
            ),
            kinds.Kind("contracts", models.Contract, "contract.view", "contract", ("challenge__owner", "bid__lead")),
            kinds.Kind(
                "amendments",
                models.ContractAmendment,
                "amendment.view",
                "amendment",
                ("contract__challenge__owner", "contract__bid__lead", "requested_by", "agreed_by"),
            ),
            kinds.Kind(
                "midterm-checks",
                models.MidtermCheck,
                "midterm_check.view",
                "midterm_check",
                ("contract__challenge__owner", "contract__bid__lead", "concluded_by"),
            ),
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
                "outcomes",
                models.Outcome,
                "outcome.view",
                "outcome",
                ("contract__challenge__owner", "contract__bid__lead", "previous"),
            ),
            kinds.Kind(
                "transfers",
                models.Transfer,
                "transfer.view",
                "transfer",
                ("outcome__contract__challenge__owner", "outcome__contract__bid__lead"),
            ),
            kinds.Kind(
                "follow-ups",
                models.FollowUp,
                "follow_up.view",
                "follow_up",
                ("contract__challenge__owner", "contract__bid__lead"),
            ),
            kinds.Kind(
                "referrals",
                models.Referral,
                "referral.view",
                "referral",
                ("outcome__contract__challenge__owner", "outcome__contract__bid__lead"),
            ),
            kinds.Kind(
                "credit-records",
                models.CreditRecord,
                "credit_record.view",
                "credit_record",
                ("challenge", "organization"),
            ),
            kinds.Kind("calendar-years", models.CalendarYear, "calendar_year.view", "calendar_year"),
            kinds.Kind(
                "region-figures",
                models.RegionFigure,
                "region_figure.view",
                "region_figure",
                ("target", "entered_by", "decided_by"),
            ),
            kinds.Kind(
                "terminations",
                models.Termination,
                "termination.view",
                "termination",
                ("contract__challenge__owner", "contract__bid", "proposed_by"),
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
            kinds.Kind(
                "payment-batches",
                models.PaymentBatch,
                "payment_batch.view",
                "payment_batch",
                ("created_by", "called_back_by"),
            ),
            kinds.Kind("rule-sets", models.RuleSet, "rule_set.view", "rule_set"),
        )
