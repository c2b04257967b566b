from django.db import migrations, models


class Migration(migrations.Migration):
    """Let feeds find the newest entries of the whole ledger without reading all of it."""

    dependencies = [("activity", "0003_account_mail_goes_first")]

    operations = [
        migrations.AddIndex(
            model_name="activity",
            index=models.Index(fields=["-at", "-id"], name="activity_newest_first"),
        ),
    ]
