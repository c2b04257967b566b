"""Put the names of themes into NFC, as names are kept from now on."""

from django.db import migrations

COMPOSED = """
UPDATE issues_theme AS one SET name = normalize(name, NFC)
WHERE name IS NOT NFC NORMALIZED AND NOT EXISTS (
    SELECT FROM issues_theme AS other
    WHERE other.id <> one.id AND lower(other.name) = lower(normalize(one.name, NFC))
)
"""


class Migration(migrations.Migration):
    dependencies = [("issues", "0003_known_attribution")]
    operations = [migrations.RunSQL(COMPOSED, migrations.RunSQL.noop)]
