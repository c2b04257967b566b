import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("community", "0010_one_unit_per_name"),
    ]

    operations = [
        migrations.CreateModel(
            name="MemberTally",
            fields=[
                (
                    "hub",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="%(class)s",
                        serialize=False,
                        to="community.hub",
                    ),
                ),
                ("number", models.PositiveIntegerField(default=0)),
            ],
            options={
                "verbose_name": "members",
            },
        ),
    ]
