"""Names and codes are searched by their words, which an index holds, rather than read one by one."""

from django.contrib.postgres.indexes import GinIndex
from django.db import migrations, models

from accounts.models.words import words_column

# Of one text or two, as `search_terms` cuts them. A copy is restored with an empty search path.
FUNCTION = """
CREATE FUNCTION words_of(one text, other text DEFAULT '') RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE
  SET search_path FROM CURRENT AS $$
  SELECT array_to_tsvector(search_terms(one || ' ' || other))
$$;
"""


def _add(model: str, index: models.Index) -> migrations.AddIndex:
    return migrations.AddIndex(model_name=model, index=index)


class Migration(migrations.Migration):
    """The functions that cut a text into terms came with the first table that was searched."""

    dependencies = [("accounts", "0002_notification_due_at"), ("challenges", "0001_functions")]
    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION words_of(text, text)"),
        _add("organization", models.Index(fields=["kind", "name"], name="organization_kind_name")),
        _add("organization", models.Index(fields=["-created_at", "id"], name="organization_newest")),
        migrations.AddField("organization", "search", words_column("name", "uscc")),
        _add("organization", GinIndex(fields=["search"], name="organization_search")),
        _add("user", models.Index(fields=["name", "id"], name="user_name")),
        migrations.AddField("user", "search", words_column("name")),
        _add("user", GinIndex(fields=["search"], name="user_search")),
    ]
