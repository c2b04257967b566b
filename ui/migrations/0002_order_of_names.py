"""The function that names are put in order by: without accents and case."""

from django.db import migrations

# unaccent() is only stable because its dictionary could change; this one names the dictionary. The body is bound when
# the function is made, so a restored dump finds the extension in whichever schema it is.
SORT_KEY = """
CREATE FUNCTION sort_key(value text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN lower(unaccent('unaccent'::regdictionary, value));
"""


class Migration(migrations.Migration):
    dependencies = [("ui", "0001_text_search")]
    operations = [migrations.RunSQL(SORT_KEY, "DROP FUNCTION IF EXISTS sort_key(text)")]
