"""Contracts keep the consortium's shares and name who owns the results; those made before take the bid's shares."""

import django.db.models.deletion
import uuid
from django.db import migrations, models

SHARES_OF_EARLIER_CONTRACTS = """
    INSERT INTO challenges_contractshare
      (id, contract_id, organization_id, position, cost_share, result_share, benefit_share, risk_share)
    SELECT gen_random_uuid(), c.id, b.lead_id, 1,
           COALESCE(p.cost_share, alone.share), COALESCE(p.result_share, alone.share),
           COALESCE(p.benefit_share, alone.share), COALESCE(p.risk_share, alone.share)
      FROM challenges_contract c
      JOIN challenges_bid b ON b.id = c.bid_id
      LEFT JOIN challenges_bidpartner p ON p.bid_id = b.id AND p.organization_id = b.lead_id
      CROSS JOIN LATERAL (
        SELECT CASE WHEN EXISTS (SELECT 1 FROM challenges_bidpartner q WHERE q.bid_id = b.id) THEN 0 ELSE 100 END
      ) AS alone(share)
    UNION ALL
    SELECT gen_random_uuid(), c.id, p.organization_id,
           1 + row_number() OVER (PARTITION BY c.id ORDER BY p.organization_id),
           p.cost_share, p.result_share, p.benefit_share, p.risk_share
      FROM challenges_contract c
      JOIN challenges_bid b ON b.id = c.bid_id
      JOIN challenges_bidpartner p ON p.bid_id = b.id AND p.organization_id <> b.lead_id
"""


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0005_state_words'),
        ('challenges', '0015_given_up_and_offered_directly'),
    ]

    operations = [
        migrations.AddField(
            model_name='contract',
            name='ip_preset',
            field=models.CharField(choices=[('owner', 'The challenge owner owns the results, the team may use them'), ('team', 'The team owns the results, the challenge owner may use them'), ('joint', 'Both sides own the results jointly'), ('other', 'A clause of its own')], default='other', max_length=10, verbose_name='who owns the results'),
        ),
        migrations.AlterField(
            model_name='contract',
            name='ip_clause',
            field=models.CharField(blank=True, max_length=500, verbose_name='clause of its own, or addition'),
        ),
        migrations.CreateModel(
            name='ContractShare',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('position', models.PositiveSmallIntegerField()),
                ('cost_share', models.DecimalField(decimal_places=2, default=0, max_digits=5, verbose_name='cost share')),
                ('result_share', models.DecimalField(decimal_places=2, default=0, max_digits=5, verbose_name='result share')),
                ('benefit_share', models.DecimalField(decimal_places=2, default=0, max_digits=5, verbose_name='benefit share')),
                ('risk_share', models.DecimalField(decimal_places=2, default=0, max_digits=5, verbose_name='risk share')),
                ('contract', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='shares', to='challenges.contract')),
                ('organization', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.organization')),
            ],
            options={
                'ordering': ['contract', 'position'],
                'constraints': [models.UniqueConstraint(fields=('contract', 'organization'), name='one_contract_share_each'), models.CheckConstraint(condition=models.Q(('cost_share__range', (0, 100)), ('result_share__range', (0, 100)), ('benefit_share__range', (0, 100)), ('risk_share__range', (0, 100))), name='shares_are_per_cent')],
            },
        ),
        migrations.RunSQL(SHARES_OF_EARLIER_CONTRACTS, migrations.RunSQL.noop),
    ]
