from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("events", "0005_sessions_were_announced")]

    operations = [
        migrations.AddField(
            model_name="session",
            name="link",
            field=models.URLField(
                blank=True, db_default="", default="", max_length=500, verbose_name="link to take part online"
            ),
        ),
    ]
