"""Ways to run rules faster than the reference, each proven equal to it."""
