"""The one clock of the platform: the database's."""

from datetime import datetime

from django.db import connection


def now() -> datetime:
    """The database's wall clock at this moment (not the start of the transaction), as an aware datetime."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    return moment
