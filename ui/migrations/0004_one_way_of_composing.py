"""Names and texts are folded alike, however their letters are composed: "й" is one character or two."""

from django.db import migrations

# The quick check spares most texts the work. Rows whose key changes are rewritten by the apps that keep keys.
COMPOSED = """
CREATE OR REPLACE FUNCTION sort_key(value text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN lower(unaccent('unaccent'::regdictionary,
    translate(CASE WHEN value IS NFKC NORMALIZED THEN value ELSE normalize(value, NFKC) END, U&'\\200C\\200D', '')));
"""
AS_WRITTEN = """
CREATE OR REPLACE FUNCTION sort_key(value text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN lower(unaccent('unaccent'::regdictionary, translate(value, U&'\\200C\\200D', '')));
"""


class Migration(migrations.Migration):
    dependencies = [("ui", "0003_order_of_names_without_joiners")]
    operations = [migrations.RunSQL(COMPOSED, AS_WRITTEN)]
