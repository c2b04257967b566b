from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

# Which verbs are news is known to the apps, and here to the index that feeds were read by: its condition is kept as a
# function. While the version before this one still serves it writes no ``is_news``: the trigger adds it. Trigger and
# functions go one release after this one.
FORWARDS = """
DO $do$
BEGIN
    EXECUTE format(
        'CREATE FUNCTION activity_was_news(verb varchar) RETURNS boolean LANGUAGE sql IMMUTABLE RETURN %s',
        (SELECT pg_get_expr(indpred, indrelid) FROM pg_index WHERE indexrelid = 'activity_news'::regclass)
    );
END
$do$;
CREATE FUNCTION activity_news_in_step() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.is_news := true;
    RETURN NEW;
END
$$;
CREATE TRIGGER activity_news_in_step BEFORE INSERT ON activity_activity
    FOR EACH ROW WHEN (NOT NEW.is_news AND activity_was_news(NEW.verb)) EXECUTE FUNCTION activity_news_in_step();
"""
BACKWARDS = """
DROP TRIGGER activity_news_in_step ON activity_activity;
DROP FUNCTION activity_news_in_step();
DROP FUNCTION activity_was_news(varchar);
"""


class Migration(migrations.Migration):
    """An entry keeps whether it is news, and the function of who acted and is no member."""

    dependencies = [("activity", "0010_addresses_of_mails_in_one_form")]

    operations = [
        migrations.AddField(
            model_name="activity", name="is_news", field=models.BooleanField(db_default=False, default=False)
        ),
        migrations.AddField(
            model_name="activity",
            name="actor_label",
            field=models.CharField(blank=True, db_default="", default="", max_length=100),
        ),
        AddConstraintNotValid(
            model_name="activity",
            constraint=models.CheckConstraint(
                condition=models.Q(("actor_label", ""), ("actor_kind", "official"), _connector="OR"),
                name="only_an_official_has_a_label",
            ),
        ),
        migrations.RunSQL(FORWARDS, BACKWARDS),
    ]
