"""Following: who hears of what becomes of a subject, and how much. Spec 06, Following."""
