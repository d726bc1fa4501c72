"""The report of a run as a web page: every page's picture beside its text, with what its witness disputes marked."""
