"""Minimax fitting: from the short description of a reduction to coefficients in the source."""
