"""What follows when a bottleneck is generic: the next step that the facilitators owe."""
