"""What can happen to ideas."""

from activity.verbs import Level, Verb, verbs

IDEA_NOTED = verbs.register(
    Verb(key="idea_noted", sentence="{actor} had this idea", icon="lightbulb", is_news=True, level=Level.FOLLOW)
)
THANKED = verbs.register(Verb(key="idea_thanked", sentence="{actor} said thanks", icon="star", group="thanks"))
