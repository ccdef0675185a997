"""Every state that a list is filtered by, newest first."""

from django.db import migrations, models


def _newest(model: str, name: str) -> migrations.AddIndex:
    index = models.Index(fields=["state", "-created_at"], name=f"{name}_state_newest")
    return migrations.AddIndex(model_name=model, index=index)


class Migration(migrations.Migration):
    """Panels, seats and sheets."""

    dependencies = [("reviews", "0002_ties_are_decided"), ("challenges", "0004_list_indexes")]
    operations = [_newest("panel", "panel"), _newest("assignment", "assignment"), _newest("scoresheet", "sheet")]
