"""Members are found by their address as it is kept, units whatever their case."""

import django.db.models.functions.text
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("community", "0005_one_form_of_addresses")]
    operations = [
        AddIndexConcurrently("user", models.Index(fields=["email"], name="member_by_address")),
        AddIndexConcurrently("unit", models.Index(django.db.models.functions.text.Lower("name"), name="unit_by_name")),
    ]
