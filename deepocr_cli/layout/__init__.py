"""Where text stands on a page, seen in its pixels alone."""
