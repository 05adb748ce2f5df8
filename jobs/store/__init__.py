"""The store: facts in one SQLite file, the copies it is rescued from, and the mirror people can read."""
