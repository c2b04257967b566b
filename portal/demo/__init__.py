"""The demonstration community: the story of the portal as living data. Spec 07, Demonstration community."""
