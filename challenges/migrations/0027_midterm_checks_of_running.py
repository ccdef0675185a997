"""Contracts in force whose middle is still to come are checked halfway as well, as new ones are."""

from django.db import migrations

PLAN = """
INSERT INTO challenges_midtermcheck
    (id, state, contract_id, due_on, opens_on, summary, progress, spending, problems, conclusion, opinion)
SELECT gen_random_uuid(), 'due', span.id, half.day, half.day - 30, '', '[]', '', '', '', ''
FROM (
    SELECT contract.id, (contract.effective_at AT TIME ZONE 'Asia/Shanghai')::date AS begun, max(milestone.due_on) AS last
    FROM challenges_contract contract
    JOIN challenges_milestone milestone ON milestone.contract_id = contract.id
    WHERE contract.state = 'effective' AND contract.effective_at IS NOT NULL
    GROUP BY contract.id
) AS span
CROSS JOIN LATERAL (SELECT span.begun + (span.last - span.begun) / 2 AS day) AS half
WHERE span.last - span.begun > 6 * 30.4375 AND half.day >= (now() AT TIME ZONE 'Asia/Shanghai')::date
"""


class Migration(migrations.Migration):

    dependencies = [
        ("challenges", "0026_midterm_checks"),
    ]

    operations = [
        migrations.RunSQL(PLAN, migrations.RunSQL.noop),
    ]
