"""The deterministic search for a household that makes a condition true or false."""
