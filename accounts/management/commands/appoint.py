"""`manage.py appoint EMAIL --role operator`: give somebody a platform duty, making the account when it is new."""

from argparse import ArgumentParser
from typing import Any

from allauth.account.models import EmailAddress
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.db import transaction

from accounts.models import Role, User


class Command(BaseCommand):
    """Whoever holds the machine appoints the first people; a new account sets its password by e-mail."""

    help = "Give a person platform duties (operator, decider, supervisor, finance); --revoke takes them away."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """EMAIL, one or more --role, and the name of a new person."""
        parser.add_argument("email")
        parser.add_argument("--role", action="append", required=True, choices=Role.values)
        parser.add_argument("--name", default="")
        parser.add_argument("--revoke", action="store_true")

    @transaction.atomic
    def handle(self, *_args: Any, **options: Any) -> None:
        """Add or remove the duties and say what the account holds now."""
        validate_email(options["email"])
        user = User.objects.filter(email=options["email"].lower()).first()
        if user is None:
            if options["revoke"] or not options["name"]:
                raise CommandError("No account has this e-mail; add --name to make one.")
            user = User.objects.create_user(options["email"], None, name=options["name"])
            EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
            self.stdout.write("Account made; its owner sets a password at /accounts/password/reset/.")
        asked = set(options["role"])
        user.roles = sorted(set(user.roles) - asked if options["revoke"] else set(user.roles) | asked)
        user.save(update_fields=["roles"])
        self.stdout.write(f"{user.email}: {', '.join(user.roles) or 'no duty'}")
