"""What an engine and a pack must keep."""
