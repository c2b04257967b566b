from django.db import migrations, models


class Migration(migrations.Migration):
    """Which kinds of subject there are is said by the apps; what writes a subject asks their registry."""

    dependencies = [("activity", "0017_todos")]

    operations = [
        migrations.RemoveConstraint(model_name="subject", name="subject_has_a_known_kind"),
        migrations.AlterField(model_name="subject", name="kind", field=models.CharField(max_length=20)),
    ]
