from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("issues", "0002_board_indexes")]

    operations = [
        migrations.AddConstraint(
            model_name="bottleneck",
            constraint=models.CheckConstraint(
                condition=models.Q(("attribution__in", ["named", "confidential", "anonymous", "imported"])),
                name="bottleneck_has_a_known_attribution",
            ),
        ),
    ]
