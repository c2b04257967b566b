from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("activity", "0005_drafts_are_no_subjects_yet")]

    operations = [
        migrations.AddConstraint(
            model_name="activity",
            constraint=models.CheckConstraint(
                condition=models.Q(("actor_kind__in", ["member", "system", "unsigned", "official"])),
                name="activity_has_a_known_actor_kind",
            ),
        ),
    ]
