"""`manage.py import_challenges FILE.xlsx`: the bureau's workbook as drafts, all rows or none."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.workflow import Refused
from challenges import actions, workbook
from challenges.actions.challenges import STANDS_THERE, already_imported


class Command(BaseCommand):
    """Drafts of every row; faults are printed by row and column, and nothing is imported then."""

    help = "Import the bureau's workbook of challenges: every row becomes a draft, or none does."

    def add_arguments(self, parser: CommandParser) -> None:
        """The workbook, and whether only to look."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="read and report, import nothing")

    def handle(self, *_arguments: Any, **options: Any) -> None:
        """Read, report, import; the exit code is 1 when nothing was imported for a fault."""
        path: Path = options["file"]
        try:
            with path.open("rb") as stream:
                reading = workbook.read(stream, today=timezone.localdate())
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}") from error
        except workbook.Unreadable as fault:
            raise CommandError(f"{path}: {fault.message}") from fault
        for left in reading.ignored_columns:
            self.stderr.write(_("Column “%(name)s” is not read.") % {"name": left})
        for cell in reading.faults:
            self.stderr.write(f"{cell.cell}\t{cell.column}\t{cell.message}")
        if reading.faults:
            told = {"n": reading.faulty_rows, "total": reading.total}
            raise CommandError(_("%(n)d of %(total)d rows have faults; nothing was imported.") % told)
        if options["dry_run"]:
            self._refuse_what_stands_there(reading)
            self.stdout.write(_("%(n)d rows without a fault; nothing was imported.") % {"n": len(reading.rows)})
            return
        try:
            made = actions.import_challenges(reading, actor=None)
        except Refused as refusal:
            raise CommandError(str(refusal.reason)) from refusal
        for challenge in made:
            self.stdout.write(f"{challenge.number}\t{challenge.title}")
        self.stdout.write(_("%(n)d drafts were made.") % {"n": len(made)})

    def _refuse_what_stands_there(self, reading: workbook.Reading) -> None:
        known = already_imported(reading)
        for row in known:
            self.stderr.write(str(STANDS_THERE) % {"row": row.row, "title": row.title})
        if known:
            told = {"n": len(known), "total": reading.total}
            raise CommandError(_("%(n)d of %(total)d rows are on the platform already; nothing was imported.") % told)
