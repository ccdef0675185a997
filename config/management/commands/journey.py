"""`manage.py journey`: the smoke test of any deployment, one challenge through every role of a running site."""

import logging
import time

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.journey import bidding, delivery, judging
from config.journey.client import Failed
from config.journey.inboxes import check_arrivals
from config.journey.stage import Stage

ACTS = (
    bidding.write_and_publish,
    bidding.ask_and_bid,
    bidding.close_and_open,
    judging.draw_panel,
    judging.score,
    judging.award,
    delivery.sign,
    delivery.deliver,
    delivery.complete,
)


class Command(BaseCommand):
    """Plays all roles over HTTP and WebSocket; fails with one sentence at the first thing that is not as ruled."""

    help = "Carry one challenge from draft to completed through a running site's API, as every role, and report."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Which site, and the demo accounts' password."""
        parser.add_argument("--base-url", default="http://127.0.0.1:8000", help="the running site")
        parser.add_argument("--password", default="", help="of the demo accounts; DEMO_PASSWORD when left out")
        parser.add_argument("--language", default="zh-hans", help="in which the site's reasons and notices are printed")

    def handle(self, *_arguments: str, **options: str) -> None:
        """Play every act."""
        from django.conf import settings

        logging.getLogger("httpx").setLevel(logging.WARNING)
        began = time.monotonic()
        password = options["password"] or settings.DEMO_PASSWORD
        site = options["base_url"].rstrip("/")
        try:
            stage = Stage(site, password, language=options["language"], write=self._line)
            try:
                for act in ACTS:
                    act(stage)
                told = check_arrivals(stage.inboxes)
            finally:
                stage.close()
        except Failed as failure:
            raise CommandError(str(failure)) from failure
        self.stdout.write(
            f"\nAs the rules say: {stage.steps} steps, {stage.refusals} refusals, {told} notifications, each once,"
            f" in {time.monotonic() - began:.0f} seconds."
        )

    def _line(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
