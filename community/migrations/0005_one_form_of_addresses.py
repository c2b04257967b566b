"""The database takes addresses in their one form only."""

import django.db.models.functions.text
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("community", "0004_addresses_and_names_in_one_form")]
    operations = [
        migrations.AddConstraint(
            model_name="user",
            constraint=models.CheckConstraint(
                name="address_in_its_one_form",
                condition=models.Q(
                    ("email__regex", "^[!-~]+$"), ("email", django.db.models.functions.text.Lower("email"))
                ),
            ),
        ),
    ]
