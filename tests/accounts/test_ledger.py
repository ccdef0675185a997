"""The ledger cannot be edited, and shows it when somebody with the database's rights did."""

import pgtrigger
import pytest
from django.db import DatabaseError, connection, transaction

from accounts import ledger
from accounts.models import LedgerEntry
from tests.factories.life import challenge_at


@pytest.fixture
def chain(cast, rules):
    return challenge_at(cast, "published").pk


@pytest.mark.django_db
def test_ledger_refuses_update_delete_and_truncate(chain):
    rows = LedgerEntry.objects.filter(chain=chain)
    for act in (lambda: rows.update(action="x"), rows.delete):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE accounts_ledgerentry")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    [{"acting_as": "finance"}, {"data": {"reason": "x"}}, {"target": "vetted"}, {"previous": "f" * 64}, {"seq": 99}],
    ids=lambda change: next(iter(change)),
)
def test_ledger_verification_names_the_first_tampered_entry(chain, change):
    assert ledger.verify(chain).intact
    with pgtrigger.ignore():
        LedgerEntry.objects.filter(chain=chain, seq=2).update(**change)
    verdict = ledger.verify(chain)
    assert not verdict.intact
    assert verdict.entries <= 3


@pytest.mark.django_db
def test_ledger_verification_notices_a_removed_entry(chain):
    with pgtrigger.ignore():
        LedgerEntry.objects.filter(chain=chain, seq=2).delete()
    assert not ledger.verify(chain).intact
