from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("issues", "0004_names_of_themes_composed"), ("ui", "0004_one_way_of_composing")]

    operations = [
        migrations.AddField(
            model_name="bottleneck",
            name="sort_title",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.Func(models.F("title"), function="sort_key", output_field=models.TextField()),
                output_field=models.TextField(),
            ),
        ),
    ]
