import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('reviews', '0013_freed_pairs'),
    ]

    operations = [
        migrations.AddField(
            model_name='minutes',
            name='discussion',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='minutes', to='reviews.discussion'),
        ),
    ]
