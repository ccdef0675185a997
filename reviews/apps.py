"""Reviews: how bids are judged."""

from django.apps import AppConfig


class ReviewsConfig(AppConfig):
    """Registers reviews' policy, notices, kinds, steps and readable ledger chains."""

    name = "reviews"

    def ready(self) -> None:
        from accounts import actions as people
        from accounts import kinds, ledger, notifications, policy
        from challenges.actions import races
        from reviews import (  # noqa: F401  (they register steps, inputs)
            actions,
            examiners,
            forms,
            models,
            notices,
            permissions,
            permissions_consensus,
            queries,
            tasks,
        )

        policy.register(permissions.POLICY)
        policy.register(permissions_consensus.POLICY)
        notifications.register(notices.NOTICES)
        ledger.register_chains(queries.readable_chains)
        people.when_ties_change(actions.ties_changed)
        races.when_experts_are_named(examiners.unfit)
        actions.when_progress(tasks.tell_board_soon)
        kinds.register(
            kinds.Kind("experts", models.Expert, "expert.view", "expert", ("user", "organization")),
            kinds.Kind(
                "expert-invitations", models.ExpertInvitation, "expert.invite", "expert_invitation", ("invited_by",)
            ),
            kinds.Kind("panels", models.Panel, "panel.view", "panel", ("challenge__owner", "tie_break")),
            kinds.Kind("matchings", models.Matching, "matching.view", "matching", ("panel__challenge__owner",)),
            kinds.Kind(
                "assignments",
                models.Assignment,
                "assignment.view",
                "assignment",
                ("panel__challenge__owner", "expert__user"),
            ),
            kinds.Kind(
                "sheets",
                models.ScoreSheet,
                "sheet.view",
                "sheet",
                ("assignment__panel__challenge__owner", "assignment__expert__user", "bid"),
            ),
        )
