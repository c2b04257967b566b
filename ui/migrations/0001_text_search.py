"""Extensions and the text-search configurations that read Dutch and English with or without accents."""

from django.contrib.postgres.operations import BtreeGistExtension, TrigramExtension, UnaccentExtension
from django.db import migrations

CONFIGURATION = """
CREATE TEXT SEARCH CONFIGURATION {name} (COPY = pg_catalog.{stems});
ALTER TEXT SEARCH CONFIGURATION {name}
    ALTER MAPPING FOR hword, hword_part, word WITH unaccent, {stems}_stem;
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        UnaccentExtension(),
        TrigramExtension(),
        BtreeGistExtension(),
        *(
            migrations.RunSQL(
                CONFIGURATION.format(name=name, stems=stems), f"DROP TEXT SEARCH CONFIGURATION IF EXISTS {name}"
            )
            for name, stems in [("doorbraak_nl", "dutch"), ("doorbraak_en", "english")]
        ),
    ]
