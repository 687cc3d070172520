"""Hypothesis strategies that aim at thresholds."""
