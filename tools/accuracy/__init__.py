"""Accuracy of the elementary functions: sweeps over all float32, samples against mpmath."""
