from django.db import migrations

FORWARDS = """
INSERT INTO issues_titlepart (part)
SELECT DISTINCT piece FROM issues_bottleneck, title_parts(sort_title) AS piece
WHERE NOT EXISTS (SELECT FROM issues_titlepart AS known WHERE known.part = piece);
"""


class Migration(migrations.Migration):
    """Those filed before; a title may come while this runs, for its trigger is there already."""

    dependencies = [("issues", "0009_parts_of_titles")]

    operations = [migrations.RunSQL(FORWARDS, migrations.RunSQL.noop)]
