"""A small app: ideas, which members may thank for. It shows what a new kind of subject takes: these files."""
