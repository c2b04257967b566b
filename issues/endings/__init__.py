"""How bottlenecks end, whether that is noticed, and opening them again."""
