"""The glyphs and rules of a formula in, its LaTeX out: nothing but where they stand and what fonts they are of."""
