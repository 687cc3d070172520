"""See early which rural households are about to fall back into poverty."""
