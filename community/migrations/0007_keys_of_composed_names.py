"""Names that were folded letter by letter are folded anew (ui 0004)."""

from django.db import migrations

ANEW = "UPDATE {table} SET name = name WHERE sort_name <> sort_key(name);"


class Migration(migrations.Migration):
    dependencies = [("community", "0006_indexes_of_addresses_and_units"), ("ui", "0004_one_way_of_composing")]
    operations = [
        migrations.RunSQL(ANEW.format(table=table), migrations.RunSQL.noop)
        for table in ("community_user", "community_hub")
    ]
