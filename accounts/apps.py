"""Accounts: people, organisations, rights, ledger, inbox."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Registers accounts' policy, notices and kinds."""

    name = "accounts"

    def ready(self) -> None:
        from allauth.account.signals import password_changed, password_reset, password_set
        from django.contrib.sessions.models import Session
        from django.db.models.signals import post_delete

        from accounts import forms, kinds, notices, notifications, policy, tasks  # noqa: F401  (forms register inputs)
        from accounts.models import Organization
        from accounts.permissions import POLICY
        from accounts.signin import end_sockets, end_tokens

        policy.register(POLICY)
        for signal in (password_changed, password_reset, password_set):
            signal.connect(end_tokens, dispatch_uid="accounts.end_tokens")
        post_delete.connect(end_sockets, sender=Session, dispatch_uid="accounts.end_sockets")
        notifications.register(notices.NOTICES)
        notifications.deliver_with(tasks.deliver_soon)
        kinds.register(kinds.Kind("organizations", Organization, "organization.view", "organization"))
