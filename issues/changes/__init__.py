"""Changes of meaning to a bottleneck, put to those who support it. Spec 02, Filing."""
