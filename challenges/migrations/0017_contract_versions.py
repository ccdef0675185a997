"""Each version offered is kept whole under its hash, and a confirmation names what it confirmed."""

import django.db.models.deletion
import django.db.models.functions.datetime
import pgtrigger.compiler
import pgtrigger.migrations
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('challenges', '0016_contract_shares'),
    ]

    operations = [
        migrations.AddField(
            model_name='contract',
            name='bidder_confirmation',
            field=models.JSONField(default=dict, editable=False),
        ),
        migrations.AddField(
            model_name='contract',
            name='owner_confirmation',
            field=models.JSONField(default=dict, editable=False),
        ),
        migrations.CreateModel(
            name='ContractVersion',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('number', models.PositiveSmallIntegerField()),
                ('content', models.JSONField()),
                ('sha256', models.CharField(max_length=64)),
                ('made_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('contract', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='versions', to='challenges.contract')),
            ],
            options={
                'ordering': ['contract', '-number'],
                'constraints': [models.UniqueConstraint(fields=('contract', 'number'), name='one_content_per_version')],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='contractversion',
            trigger=pgtrigger.compiler.Trigger(name='kept', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='73796ae58604f5fc01f3215c27450daa7e9f6546', operation='UPDATE OR DELETE', pgid='pgtrigger_kept_b4b20', table='challenges_contractversion', when='BEFORE')),
        ),
    ]
