import django.contrib.postgres.indexes
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("issues", "0001_initial")]

    operations = [
        migrations.AddIndex(
            model_name="bottleneck",
            index=models.Index(fields=["theme", "-support", "-id"], name="bottleneck_by_theme"),
        ),
        migrations.AddIndex(
            model_name="bottleneck",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass("title", name="gin_trgm_ops"), name="bottleneck_title_trigrams"
            ),
        ),
        migrations.AddIndex(
            model_name="vote",
            index=models.Index(fields=["cast_at", "bottleneck"], name="vote_by_time"),
        ),
    ]
