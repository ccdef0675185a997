"""`manage.py generate`: invented data in bulk, to see every page at its size."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from challenges.models import RuleSet
from reviews.generate import load
from reviews.generate.plan import DoesNotFit

COUNTS = {
    "challenges": "how many challenges, in every state (1,000)",
    "bids": "how many bids on them (ten for each challenge)",
    "experts": "how many experts in the pool (one for five challenges)",
    "sheets": "how many score sheets (ten for each challenge)",
    "grants": "how many grants of teams and reviewers on bids (a hundred for each challenge)",
    "notifications": "how many notifications (ten for each challenge)",
}


class Command(BaseCommand):
    """The same rows for the same numbers on the same day; beside what is there, once."""

    help = (
        "Load invented challenges, bids, experts, score sheets, grants and notifications in bulk. Every kind of person "
        "can sign in as load-KIND1@demo.example and so on (operator, decider, supervisor, finance, owner, bidder, "
        "reviewer) with the demo password. Generated bids carry no files."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """One number for each kind of row."""
        for name, text in COUNTS.items():
            parser.add_argument(f"--{name}", type=int, metavar="N", help=text)

    def handle(self, *_args: Any, **options: Any) -> None:
        """Everything or nothing, with a line for each tenth of the work."""
        if not (settings.DEMO or settings.DEBUG):
            raise CommandError(
                "This site is neither a demo (DEMO=1) nor for development (DEBUG=1): invented accounts with a known "
                "password do not belong here."
            )
        if any(options[name] is not None and options[name] < 0 for name in COUNTS):
            raise CommandError("A number must not be negative.")
        rule_set = RuleSet.current()
        if rule_set is None:
            raise CommandError(
                f"No rule set “{settings.RULE_SET}” is in force, and every challenge is frozen to one: an operator "
                "proposes it and a decider approves it, or `manage.py demo` does both."
            )
        numbers = load.defaults(options)
        try:
            written = load.generate(numbers, rule_set=rule_set, password=settings.DEMO_PASSWORD, say=self._say)
        except DoesNotFit as error:
            raise CommandError(str(error)) from error
        except load.AlreadyThere as error:
            raise CommandError(
                "Invented data was loaded into this database before; use another database for other numbers."
            ) from error
        for name, count in written.items():
            self._say(f"{count:>12,}  {name}")
        self._say(f"Sign in as load-bidder1@demo.example and the like; password {settings.DEMO_PASSWORD}")

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
