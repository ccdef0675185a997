"""Acceptance records from before they kept the targets keep those in force today."""

from django.db import migrations

KEEP = """
ALTER TABLE challenges_acceptance DISABLE TRIGGER USER;
UPDATE challenges_acceptance AS record SET targets = contract.targets
FROM challenges_milestone AS milestone JOIN challenges_contract AS contract ON contract.id = milestone.contract_id
WHERE milestone.id = record.milestone_id AND record.targets = '[]'::jsonb;
ALTER TABLE challenges_acceptance ENABLE TRIGGER USER;
"""


class Migration(migrations.Migration):
    dependencies = [("challenges", "0033_race_places")]
    operations = [migrations.RunSQL(KEEP, migrations.RunSQL.noop)]
