from django.contrib.postgres.search import CombinedSearchVector, SearchConfig, SearchVector, SearchVectorField
from django.db import migrations, models


def _text(config: str, *last: str) -> str:
    """The weighted text of a bottleneck in one language, as Django writes it."""

    def vector(weight: str, *columns: str) -> str:
        joined = " || ' ' || ".join(f"COALESCE({column}, '')" for column in columns)
        return f"setweight(to_tsvector('{config}'::regconfig, {joined}), '{weight}')"

    return f"(({vector('A', 'title')} || {vector('B', 'situation')}) || {vector('C', *last)})"


def _expression(*last: str) -> str:
    """In the language of the text."""
    nl, en = (_text(config, *last) for config in ("doorbraak_nl", "doorbraak_en"))
    return f"ALTER TABLE issues_bottleneck ALTER COLUMN search SET EXPRESSION AS (CASE WHEN language = 'nl' THEN {nl} ELSE {en} END)"


def _vector(config: str) -> CombinedSearchVector:
    """The same, as Django keeps it."""
    first = CombinedSearchVector(
        SearchVector("title", config=config, weight="A"),
        "||",
        SearchVector("situation", config=config, weight="B"),
        SearchConfig(config),
    )
    last = SearchVector("impact", "wish", "tried", config=config, weight="C")
    return CombinedSearchVector(first, "||", last, SearchConfig(config))


_SEARCH = models.GeneratedField(
    db_persist=True,
    expression=models.Case(
        models.When(language="nl", then=_vector("doorbraak_nl")),
        default=_vector("doorbraak_en"),
        output_field=SearchVectorField(),
    ),
    output_field=SearchVectorField(),
)


class Migration(migrations.Migration):
    """What the filer tried already, which is found as well.

    The new expression has the table written anew: seconds for 50,000 bottlenecks, in which nobody reads them.
    """

    dependencies = [("issues", "0026_changes_put_to_supporters")]

    operations = [
        migrations.AddField(
            model_name="bottleneck",
            name="tried",
            field=models.TextField(
                blank=True, db_default="", default="", max_length=10000, verbose_name="What did you try already?"
            ),
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(_expression("impact", "wish", "tried"), _expression("impact", "wish"))
            ],
            state_operations=[migrations.AlterField(model_name="bottleneck", name="search", field=_SEARCH)],
        ),
    ]
