from django.db import migrations

FORWARDS = [
    """
    WITH same AS (SELECT id, min(id) OVER (PARTITION BY lower(name)) AS kept FROM community_unit)
    UPDATE community_user SET unit_id = kept FROM same WHERE unit_id = same.id AND kept <> same.id
    """,
    """
    WITH same AS (SELECT id, min(id) OVER (PARTITION BY lower(name)) AS kept FROM community_unit)
    UPDATE community_hub SET unit_id = kept FROM same WHERE unit_id = same.id AND kept <> same.id
    """,
    """
    WITH same AS (SELECT id, min(id) OVER (PARTITION BY lower(name)) AS kept FROM community_unit)
    UPDATE community_unit AS unit SET parent_id = NULLIF(kept, unit.id)
    FROM same WHERE parent_id = same.id AND kept <> same.id
    """,
    """
    WITH same AS (SELECT id, min(id) OVER (PARTITION BY lower(name)) AS kept FROM community_unit)
    DELETE FROM community_unit USING same WHERE community_unit.id = same.id AND kept <> same.id
    """,
]


class Migration(migrations.Migration):
    """Units whose names differ in case only are one: two people named the same unit at once."""

    dependencies = [("community", "0008_member_name_trigrams")]

    operations = [migrations.RunSQL(FORWARDS, migrations.RunSQL.noop)]
