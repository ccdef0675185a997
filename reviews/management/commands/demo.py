"""`manage.py demo`: the demo site's people and challenges, loaded once."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from challenges.models import Challenge
from reviews.demo.load import load


class Command(BaseCommand):
    """Does nothing where challenges already are."""

    help = "Load the demo people and the bureau's twenty challenges in different stages (once, on an empty database)."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Everything or nothing."""
        if settings.RULE_SET != "demo":
            raise CommandError("The demo data needs RULE_SET=demo (or DEMO=1): its periods are seconds.")
        if Challenge.objects.exists():
            self.stdout.write("The site already has challenges; nothing was loaded.")
            return
        with transaction.atomic():
            load(settings.DEMO_PASSWORD, self.stdout.write)
