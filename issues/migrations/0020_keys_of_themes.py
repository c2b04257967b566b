import uuid

import django.contrib.postgres.functions
from django.db import migrations, models


class Migration(migrations.Migration):
    """Every theme has a key that it keeps whatever it is called: versions of the list know it by that."""

    dependencies = [("issues", "0019_merges")]

    operations = [
        migrations.AddField(
            model_name="theme",
            name="key",
            field=models.UUIDField(
                db_default=django.contrib.postgres.functions.RandomUUID(),
                default=uuid.uuid4,
                editable=False,
                unique=True,
            ),
        ),
    ]
