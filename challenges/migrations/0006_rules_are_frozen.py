"""What a published challenge is judged by can no longer be rewritten, by whatever road."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("challenges", "0005_no_award_from_opened")]
    operations = [
        pgtrigger.migrations.AddTrigger(
            model_name='challenge',
            trigger=pgtrigger.compiler.Trigger(name='rules_are_frozen', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."published_at" IS NOT NULL AND (OLD."rubric" IS DISTINCT FROM (NEW."rubric") OR OLD."rules" IS DISTINCT FROM (NEW."rules") OR OLD."rule_set_id" IS DISTINCT FROM (NEW."rule_set_id")))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='65c61991373defdc4817940f23bfe0ca6cf0e9a6', operation='UPDATE', pgid='pgtrigger_rules_are_frozen_0116c', table='challenges_challenge', when='BEFORE')),
        ),
    ]
