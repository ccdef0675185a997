"""The whole site on this machine; `manage.py` starts it before any setting is read, as those name its servers."""

from django.core.management.base import BaseCommand, CommandParser

from config.local import stack


class Command(BaseCommand):
    """Embedded servers, web, worker and beat until Ctrl-C."""

    help = "Run the whole site on this machine: PostgreSQL, Valkey, an S3 server, web, worker and beat."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Where the site listens."""
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *_arguments: str, **options: object) -> None:
        """Run until stopped, and leave with its exit code."""
        raise SystemExit(stack.main(["--host", str(options["host"]), "--port", str(options["port"])]))
