"""Names that differ only by joiners, which one cannot see, are put in order and found as one."""

from django.db import migrations

# Zero-width non-joiner and joiner, U+200C and U+200D. No name held one until now, so no kept key changes.
SORT_KEY = """
CREATE OR REPLACE FUNCTION sort_key(value text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN lower(unaccent('unaccent'::regdictionary, translate(value, U&'\\200C\\200D', '')));
"""
BEFORE = """
CREATE OR REPLACE FUNCTION sort_key(value text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN lower(unaccent('unaccent'::regdictionary, value));
"""


class Migration(migrations.Migration):
    dependencies = [("ui", "0002_order_of_names")]
    operations = [migrations.RunSQL(SORT_KEY, BEFORE)]
