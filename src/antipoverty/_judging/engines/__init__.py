"""Engines that judge signals together, each proven equal to the reference."""
