"""The documentation as a static site: a page for each operation, from its record."""
