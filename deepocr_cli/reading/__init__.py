"""A page's text in, its structure out: blocks, tables, figures."""
