"""What titles are written with, kept by triggers: one statement of many rows is looked at once."""

import django.contrib.postgres.indexes
from django.db import migrations, models

FORWARDS = """
CREATE FUNCTION title_parts(folded text) RETURNS SETOF text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    WITH words AS (
        SELECT found[1] AS word, lead(found[1]) OVER (ORDER BY nth) AS next
        FROM regexp_matches(folded, '[[:alnum:]]+', 'g') WITH ORDINALITY AS matches (found, nth)
    )
    SELECT word FROM words UNION SELECT word || ' ' || next FROM words WHERE next IS NOT NULL
$$;
CREATE FUNCTION keep_title_parts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO issues_titlepart (part)
    SELECT DISTINCT piece FROM written, title_parts(written.sort_title) AS piece
    WHERE NOT EXISTS (SELECT FROM issues_titlepart AS known WHERE known.part = piece);
    RETURN NULL;
END
$$;
CREATE TRIGGER keep_title_parts AFTER INSERT ON issues_bottleneck
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION keep_title_parts();
CREATE FUNCTION keep_title_parts_of_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO issues_titlepart (part)
    SELECT piece FROM title_parts(NEW.sort_title) AS piece
    WHERE NOT EXISTS (SELECT FROM issues_titlepart AS known WHERE known.part = piece);
    RETURN NULL;
END
$$;
CREATE TRIGGER keep_title_parts_of_change AFTER UPDATE OF title ON issues_bottleneck
    FOR EACH ROW WHEN (OLD.sort_title IS DISTINCT FROM NEW.sort_title)
    EXECUTE FUNCTION keep_title_parts_of_change();
"""
BACKWARDS = """
DROP TRIGGER keep_title_parts ON issues_bottleneck;
DROP TRIGGER keep_title_parts_of_change ON issues_bottleneck;
DROP FUNCTION keep_title_parts();
DROP FUNCTION keep_title_parts_of_change();
DROP FUNCTION title_parts(text);
"""


class Migration(migrations.Migration):
    dependencies = [("issues", "0008_count_bottlenecks_of_hubs"), ("ui", "0004_one_way_of_composing")]

    operations = [
        migrations.CreateModel(
            name="TitlePart",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("part", models.TextField()),
            ],
            options={
                "verbose_name": "part of titles",
                "verbose_name_plural": "parts of titles",
                "indexes": [
                    models.Index(fields=["part"], name="title_part"),
                    django.contrib.postgres.indexes.GinIndex(
                        django.contrib.postgres.indexes.OpClass("part", name="gin_trgm_ops"),
                        name="title_part_trigrams",
                    ),
                ],
            },
        ),
        migrations.RunSQL(FORWARDS, BACKWARDS),
    ]
