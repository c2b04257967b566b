"""How ideas are tied to other subjects."""

from activity.ties import LinkKind, link_kinds

GREW_FROM = link_kinds.register(
    LinkKind(key="grew_from", seen_from="Grew from", seen_to="Ideas that came of it", icon="lightbulb")
)
