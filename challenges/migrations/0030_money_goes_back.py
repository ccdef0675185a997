"""Money of a terminated contract goes back to its sources; of those terminated before, it goes back now."""

from typing import Any

from django.db import migrations, models

REASON = "合同终止后不再支付的款项退回来源"


def give_back(apps: Any, _editor: Any) -> None:
    """What still stands held or frozen on a terminated contract is its sources' again."""
    postings = apps.get_model("challenges", "Posting").objects
    for contract in apps.get_model("challenges", "Contract").objects.filter(state="terminated").iterator():
        rows = postings.filter(contract=contract, account__in=["held", "frozen"]).order_by()
        sums = list(rows.values_list("source", "account").annotate(total=models.Sum("amount")).filter(total__gt=0))
        if not sums:
            continue
        back: dict[str, Any] = {}
        for source, _account, total in sums:
            back[source] = back.get(source, 0) + total
        moved = [(source, account, -total) for source, account, total in sums]
        moved += [(source, "returned", total) for source, total in back.items()]
        booking = apps.get_model("challenges", "Booking").objects.create(
            contract=contract, kind="return", key=f"{contract.pk}:return:opening", reason=REASON
        )
        postings.bulk_create(
            apps.get_model("challenges", "Posting")(
                booking=booking, contract=contract, source=source, account=account, amount=amount
            )
            for source, account, amount in moved
        )


KINDS = [
    ("commit", "Promised"),
    ("change", "Amount changed"),
    ("receive", "Received"),
    ("reserve", "Reserved for a payment"),
    ("pay", "Paid out"),
    ("freeze", "Frozen"),
    ("release", "Released"),
    ("recover", "Recovered"),
    ("return", "Back to the sources"),
    ("reverse", "Reversed"),
]
ACCOUNTS = [
    ("origin", "Origin"),
    ("promised", "Promised"),
    ("held", "Held"),
    ("reserved", "Reserved"),
    ("frozen", "Frozen"),
    ("paid", "Paid out"),
    ("recovered", "Recovered"),
    ("returned", "Back to the source"),
]


class Migration(migrations.Migration):
    dependencies = [("challenges", "0029_targets_of_the_plan")]
    operations = [
        migrations.AlterField("booking", "kind", models.CharField(choices=KINDS, max_length=10)),
        migrations.AlterField("posting", "account", models.CharField(choices=ACCOUNTS, max_length=10)),
        migrations.RunPython(give_back, migrations.RunPython.noop),
    ]
