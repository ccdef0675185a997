"""What was promised, approved and paid before the ledger of money began stands in it from its first day."""

from decimal import Decimal
from typing import Any

from django.db import migrations

SOURCE = "enterprise"


def open_the_books(apps: Any, _editor: Any) -> None:
    """The whole amount is the enterprise's; what was approved or paid is taken to have been received."""
    contracts = apps.get_model("challenges", "Contract")
    payments = apps.get_model("challenges", "Payment")
    for contract in contracts.objects.filter(effective_at__isnull=False, amount__gt=0).iterator():
        made, postings = [], []

        def book(kind: str, giver: str, taker: str, amount: Decimal, key: str, **data: Any) -> None:
            booking = apps.get_model("challenges", "Booking")(contract=contract, kind=kind, key=key, **data)
            made.append(booking)
            for account, value in ((giver, -amount), (taker, amount)):
                postings.append(
                    apps.get_model("challenges", "Posting")(
                        booking=booking, contract=contract, source=SOURCE, account=account, amount=value
                    )
                )

        book("commit", "origin", "promised", contract.amount, f"{contract.pk}:commit")
        for payment in payments.objects.filter(contract=contract, state__in=["approved", "paid"], amount__gt=0):
            reference = payment.reference or f"opening {payment.pk}"
            book("receive", "promised", "held", payment.amount, f"{contract.pk}:receive:opening:{payment.pk}",
                 reference=reference, at=payment.approved_at)  # fmt: skip
            book("reserve", "held", "reserved", payment.amount, f"{payment.pk}:reserve:0",
                 payment=payment, actor_id=payment.approved_by_id, at=payment.approved_at)  # fmt: skip
            if payment.state == "paid":
                book("pay", "reserved", "paid", payment.amount, f"{payment.pk}:pay:1",
                     payment=payment, actor_id=payment.paid_by_id, reference=reference, at=payment.paid_at)  # fmt: skip
        apps.get_model("challenges", "Booking").objects.bulk_create(made)
        apps.get_model("challenges", "Posting").objects.bulk_create(postings)


class Migration(migrations.Migration):
    dependencies = [("challenges", "0023_ledger_of_money")]
    operations = [migrations.RunPython(open_the_books, migrations.RunPython.noop)]
