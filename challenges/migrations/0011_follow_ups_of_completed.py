"""What was completed before follow-ups were asked for is followed up as well, one and three years after its end."""

from django.db import migrations

PLAN = """
INSERT INTO challenges_followup (id, state, contract_id, years, due_on, remind_on, usage, problems, source)
SELECT gen_random_uuid(), 'due', contract.id, term.years, due.day, due.day - 30, '', '', ''
FROM challenges_contract contract
JOIN challenges_challenge challenge ON challenge.id = contract.challenge_id
CROSS JOIN (VALUES (1), (3)) AS term(years)
CROSS JOIN LATERAL (
    SELECT ((challenge.ended_at AT TIME ZONE 'Asia/Shanghai')::date + make_interval(years => term.years))::date AS day
) AS due
WHERE contract.state = 'completed' AND challenge.ended_at IS NOT NULL
"""


class Migration(migrations.Migration):

    dependencies = [
        ("challenges", "0010_follow_ups"),
    ]

    operations = [
        migrations.RunSQL(PLAN, migrations.RunSQL.noop),
    ]
