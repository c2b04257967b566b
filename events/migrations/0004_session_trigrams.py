import django.contrib.postgres.indexes
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("events", "0003_places_within_capacity"), ("ui", "0004_one_way_of_composing")]

    operations = [
        AddIndexConcurrently(
            model_name="session",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass(
                    models.Func(models.F("title"), function="sort_key", output_field=models.TextField()),
                    name="gin_trgm_ops",
                ),
                name="session_title_trigrams",
            ),
        ),
        AddIndexConcurrently(
            model_name="session",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass(
                    models.Func(
                        models.F("title"),
                        models.F("description"),
                        arg_joiner=" || ' ' || ",
                        function="sort_key",
                        output_field=models.TextField(),
                    ),
                    name="gin_trgm_ops",
                ),
                name="session_text_trigrams",
            ),
        ),
    ]
