"""Generated coefficients, one module a family; ``python -m tools.fit`` writes them."""
