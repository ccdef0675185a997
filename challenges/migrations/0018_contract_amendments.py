"""Contracts in force can be amended; each names its person in charge, first as the bid did."""

import django.db.models.deletion
import django.db.models.functions.datetime
import django_fsm
import pgtrigger.compiler
import pgtrigger.migrations
import uuid
from django.conf import settings
from django.db import migrations, models

LEADERS_OF_EARLIER_CONTRACTS = """
    UPDATE challenges_contract c SET leader = left(e.content->>'leader', 100)
      FROM challenges_envelope e
     WHERE e.bid_id = c.bid_id AND e.part = 'identity' AND e.content->>'leader' IS NOT NULL
"""


class Migration(migrations.Migration):

    dependencies = [
        ('challenges', '0017_contract_versions'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='contract',
            name='leader',
            field=models.CharField(blank=True, max_length=100, verbose_name='person in charge'),
        ),
        migrations.CreateModel(
            name='ContractAmendment',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('state', models.CharField(choices=[('requested', 'Asked for'), ('agreed', 'Agreed by both sides'), ('approved', 'In force'), ('refused', 'Refused'), ('withdrawn', 'Withdrawn')], default='requested', max_length=50)),
                ('number', models.PositiveSmallIntegerField(editable=False)),
                ('kind', models.CharField(choices=[('partner', 'Consortium and shares'), ('principal', 'Person in charge'), ('budget', 'Amount'), ('date', 'Dates of milestones'), ('target', 'Values of targets'), ('extension', 'Extension of the whole')], max_length=10, verbose_name='kind of change')),
                ('reason', models.TextField(max_length=5000, verbose_name='why')),
                ('changes', models.JSONField(editable=False)),
                ('lines', models.JSONField(default=list, editable=False)),
                ('weakens_core', models.BooleanField(default=False, editable=False)),
                ('by_owner', models.BooleanField(editable=False)),
                ('agreed_at', models.DateTimeField(null=True)),
                ('decided_at', models.DateTimeField(null=True)),
                ('refusal', models.TextField(blank=True)),
                ('version', models.PositiveSmallIntegerField(editable=False, null=True)),
                ('agreed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('contract', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='amendments', to='challenges.contract')),
                ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('requested_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'contract amendment',
                'ordering': ['-created_at', 'id'],
            },
            bases=(django_fsm.FSMModelMixin, models.Model),
        ),
        migrations.CreateModel(
            name='AmendmentOpinion',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('supports', models.BooleanField(verbose_name='supported')),
                ('text', models.TextField(max_length=5000, verbose_name='opinion')),
                ('given_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('expert', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('amendment', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='opinions', to='challenges.contractamendment')),
            ],
            options={
                'ordering': ['amendment', 'given_at', 'id'],
            },
        ),
        migrations.AddIndex(
            model_name='contractamendment',
            index=models.Index(fields=['state', '-created_at'], name='amendment_state_newest'),
        ),
        migrations.AddIndex(
            model_name='contractamendment',
            index=models.Index(fields=['-created_at', 'id'], name='amendment_newest'),
        ),
        migrations.AddConstraint(
            model_name='contractamendment',
            constraint=models.UniqueConstraint(fields=('contract', 'number'), name='amendment_number'),
        ),
        migrations.AddConstraint(
            model_name='contractamendment',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['requested', 'agreed'])), fields=('contract',), name='one_open_amendment'),
        ),
        migrations.AddConstraint(
            model_name='contractamendment',
            constraint=models.UniqueConstraint(condition=models.Q(('kind', 'extension'), ('state', 'approved')), fields=('contract',), name='extended_once'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='contractamendment',
            trigger=pgtrigger.compiler.Trigger(name='state_edges', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE _is_valid_transition BOOLEAN;', func='SELECT CONCAT(OLD."state", \':\', NEW."state") = ANY(\'{requested:agreed,requested:refused,requested:withdrawn,agreed:approved,agreed:refused,agreed:withdrawn}\'::text[]) INTO _is_valid_transition; IF (_is_valid_transition IS FALSE AND OLD."state" IS DISTINCT FROM NEW."state") THEN RAISE EXCEPTION \'pgtrigger: Invalid transition of field "state" from "%" to "%" on table %\', OLD."state", NEW."state", TG_TABLE_NAME; ELSE RETURN NEW; END IF;', hash='0a48f056adfa43942a09b89eb89ac80728721c6d', operation='UPDATE', pgid='pgtrigger_state_edges_045fc', table='challenges_contractamendment', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='contractamendment',
            trigger=pgtrigger.compiler.Trigger(name='state_birth', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (NOT (NEW."state" = \'requested\'))', func="RAISE EXCEPTION 'pgtrigger: Cannot insert rows from % table', TG_TABLE_NAME;", hash='f128a8227842391ee2c1eeb0a80839ad76b0c8ec', operation='INSERT', pgid='pgtrigger_state_birth_8d7be', table='challenges_contractamendment', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='amendmentopinion',
            constraint=models.UniqueConstraint(fields=('amendment', 'expert'), name='one_opinion_each'),
        ),
        migrations.RunSQL(LEADERS_OF_EARLIER_CONTRACTS, migrations.RunSQL.noop),
    ]
