"""The pool is frozen before the second seed, under names of the draw's own."""

from django.db import migrations, models


def ask_for_the_seed_again(apps, _schema_editor):
    """A seed that was given over a pool that could still change is asked for anew; what is drawn stays as it is."""
    panels = apps.get_model("reviews", "Panel").objects.filter(state="forming").exclude(supervisor_seed="")
    panels.update(supervisor_seed="", seed_given_by=None)


class Migration(migrations.Migration):

    dependencies = [
        ('reviews', '0007_consensus'),
    ]

    operations = [
        migrations.AddField(
            model_name='panel',
            name='aliases',
            field=models.JSONField(default=dict, editable=False),
        ),
        migrations.AddField(
            model_name='panel',
            name='frozen',
            field=models.JSONField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='panel',
            name='frozen_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='panel',
            name='pool_sha256',
            field=models.CharField(blank=True, editable=False, max_length=64),
        ),
        migrations.RunPython(ask_for_the_seed_again, migrations.RunPython.noop),
    ]
