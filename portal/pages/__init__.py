"""The pages at the foot of every page: about, contact, privacy, accessibility. Spec 00, Roles."""
