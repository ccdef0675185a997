"""A bank file that waits for its answer can be called back, by somebody other than who made it."""

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('challenges', '0031_acceptance_records'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='paymentbatch',
            name='call_back_reason',
            field=models.TextField(blank=True),
        ),
        migrations.AddField(
            model_name='paymentbatch',
            name='called_back_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='paymentbatch',
            name='called_back_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='paymentbatch',
            name='state',
            field=models.CharField(choices=[('exported', 'Exported'), ('called_back', 'Called back')], default='exported', max_length=50),
        ),
        migrations.AlterField(
            model_name='batchline',
            name='result',
            field=models.CharField(choices=[('pending', 'At the bank'), ('paid', 'Paid'), ('failed', 'Failed'), ('recalled', 'Called back')], default='pending', max_length=10),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='batchline',
            trigger=pgtrigger.compiler.Trigger(name='result_edges', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE _is_valid_transition BOOLEAN;', func='SELECT CONCAT(OLD."result", \':\', NEW."result") = ANY(\'{pending:paid,pending:failed,pending:recalled}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."result" IS DISTINCT FROM NEW."result") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "result" from "%" to "%" on table %\', OLD."result", NEW."result", TG_TABLE_NAME; ELSE RETURN NEW; END IF;', hash='622b9e337388f9bfe0fe289851fdf643ed880eba', operation='UPDATE', pgid='pgtrigger_result_edges_2bb43', table='challenges_batchline', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='paymentbatch',
            trigger=pgtrigger.compiler.Trigger(name='state_edges', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE _is_valid_transition BOOLEAN;', func='SELECT CONCAT(OLD."state", \':\', NEW."state") = ANY(\'{exported:called_back}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."state" IS DISTINCT FROM NEW."state") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "state" from "%" to "%" on table %\', OLD."state", NEW."state", TG_TABLE_NAME; ELSE RETURN NEW; END IF;', hash='009e89b55855d988d1af1bdaa38f68d5b9d70984', operation='UPDATE', pgid='pgtrigger_state_edges_820ca', table='challenges_paymentbatch', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='paymentbatch',
            trigger=pgtrigger.compiler.Trigger(name='state_birth', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (NOT (NEW."state" = \'exported\'))', func="RAISE EXCEPTION 'pgtrigger: Cannot insert rows from % table', TG_TABLE_NAME;", hash='cc0e01662a7b6e1d9a822e9c02ccd207bec72ae9', operation='INSERT', pgid='pgtrigger_state_birth_8b296', table='challenges_paymentbatch', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='paymentbatch',
            constraint=models.CheckConstraint(condition=models.Q(('called_back_by', None), models.Q(('called_back_by', models.F('created_by')), _negated=True), _connector='OR'), name='batch_is_called_back_by_another'),
        ),
        migrations.AddConstraint(
            model_name='paymentbatch',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('call_back_reason', ''), ('called_back_at', None), ('called_back_by', None)), models.Q(('called_back_at__isnull', False), ('called_back_by__isnull', False), models.Q(('call_back_reason', ''), _negated=True)), _connector='OR'), name='batch_is_called_back_with_a_reason'),
        ),
    ]
