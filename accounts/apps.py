"""Accounts: people, organisations, rights, ledger, inbox."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Registers accounts' policy, notices and kinds."""

    name = "accounts"

    def ready(self) -> None:
        from allauth.account.signals import password_changed, password_reset, password_set

        from accounts import forms, kinds, notices, notifications, policy, tasks  # noqa: F401  (forms register inputs)
        from accounts.models import Organization
        from accounts.permissions import POLICY
        from accounts.signin import end_tokens

        policy.register(POLICY)
        for signal in (password_changed, password_reset, password_set):
            signal.connect(end_tokens, dispatch_uid="accounts.end_tokens")
        notifications.register(notices.NOTICES)
        notifications.deliver_with(tasks.deliver_soon)
        kinds.register(kinds.Kind("organizations", Organization, "organization.view", "organization"))
