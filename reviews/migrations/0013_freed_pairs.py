from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('reviews', '0012_supplementary_draws'),
    ]

    operations = [
        migrations.AddField(
            model_name='match',
            name='freed_at',
            field=models.DateTimeField(editable=False, null=True),
        ),
    ]
