"""Results in, files out: written whole or not at all."""
