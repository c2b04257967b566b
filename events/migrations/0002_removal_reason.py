from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("events", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="rsvp",
            name="removal_reason",
            field=models.CharField(blank=True, db_default="", default="", max_length=300),
        ),
    ]
