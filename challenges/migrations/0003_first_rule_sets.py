"""The two rule sets every site begins with, as drafts: an operator proposes one, a decider approves it."""

from django.db import migrations

from challenges import rules


def add_drafts(apps, _schema_editor):
    """One draft each of `standard` and `demo`."""
    rule_sets = apps.get_model("challenges", "RuleSet").objects
    for name, preset in rules.PRESETS.items():
        rule_sets.create(name=name, version=1, rules=preset().model_dump(mode="json"))


class Migration(migrations.Migration):
    """Data only."""

    dependencies = [("challenges", "0002_initial")]
    operations = [migrations.RunPython(add_drafts, migrations.RunPython.noop)]
