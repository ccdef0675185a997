"""The private bucket for documents, made once at deployment."""

from django.core.management.base import BaseCommand, CommandError

from config import storage


class Command(BaseCommand):
    """Make the bucket unless it is there."""

    help = "Make the private bucket named by S3_BUCKET unless it is there."

    def handle(self, *_arguments: str, **_options: object) -> None:
        """Make it, or say in a sentence that the store is down."""
        try:
            storage.ensure_bucket()
        except storage.StoreDown as fault:
            raise CommandError(str(fault)) from fault
