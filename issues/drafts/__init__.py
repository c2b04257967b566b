"""What somebody is still writing, kept for them until they file it."""
