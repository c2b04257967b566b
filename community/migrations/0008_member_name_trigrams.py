from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("community", "0007_keys_of_composed_names")]

    operations = [
        AddIndexConcurrently(
            model_name="user",
            index=GinIndex(OpClass("sort_name", name="gin_trgm_ops"), name="member_name_trigrams"),
        ),
    ]
