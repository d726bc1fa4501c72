"""A Document in, a file's text out: `formats.WRITERS` has one writer for every format."""
