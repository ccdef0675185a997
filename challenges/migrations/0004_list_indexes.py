"""Every state that a list is filtered by, newest first, and the words of milestones and objections."""

from django.contrib.postgres.indexes import GinIndex
from django.db import migrations, models
from django.db.migrations.operations.base import Operation

from accounts.models.words import words_column

# pg_restore computes the column anew with an empty search path, in which its function must find the others.
RESTORED = "ALTER FUNCTION challenge_search(text, text, text) SET search_path FROM CURRENT"


def _newest(model: str) -> migrations.AddIndex:
    index = models.Index(fields=["state", "-created_at"], name=f"{model}_state_newest")
    return migrations.AddIndex(model_name=model, index=index)


def _words(model: str, column: str) -> list[Operation]:
    index = GinIndex(fields=["search"], name=f"{model}_search")
    return [
        migrations.AddField(model, "search", words_column(column)),
        migrations.AddIndex(model_name=model, index=index),
    ]


class Migration(migrations.Migration):
    """The words are cut by the function that came with the names of people and organisations."""

    dependencies = [("accounts", "0003_words"), ("challenges", "0003_first_rule_sets")]
    operations = [
        migrations.RunSQL(RESTORED, "ALTER FUNCTION challenge_search(text, text, text) RESET search_path"),
        *(_newest(model) for model in ("award", "contract", "milestone", "objection")),
        *_words("milestone", "title"),
        *_words("objection", "text"),
    ]
