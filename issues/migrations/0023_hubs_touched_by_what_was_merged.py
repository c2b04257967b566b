from django.db import migrations, models


class Migration(migrations.Migration):
    """A bottleneck may touch a hub only by what was merged into it; none does yet."""

    dependencies = [("issues", "0022_versions_of_themes_stay")]

    operations = [
        migrations.AddField(
            model_name="touchedhub",
            name="is_from_filer",
            field=models.BooleanField(default=True, db_default=True),
        ),
    ]
