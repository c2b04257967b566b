import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    """What many are to hear of waits beside the ledger until the sender makes the mails."""

    dependencies = [
        ("activity", "0021_one_link_per_holder"),
    ]

    operations = [
        migrations.CreateModel(
            name="Announcement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=60)),
                ("receivers", models.CharField(max_length=60)),
                ("context", models.JSONField(blank=True, default=dict)),
                ("not_before", models.DateTimeField(default=django.utils.timezone.now)),
                ("attempts", models.PositiveSmallIntegerField(db_default=0, default=0)),
                ("last_error", models.CharField(blank=True, max_length=500)),
                (
                    "entry",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="activity.activity",
                    ),
                ),
            ],
            options={
                "ordering": ["not_before", "pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("entry", "kind"), name="one_announcement_per_entry_and_kind")
                ],
            },
        ),
    ]
