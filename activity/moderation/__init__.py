"""What members report, what facilitators hide, and the appeal against that. Spec 06, Moderation."""
