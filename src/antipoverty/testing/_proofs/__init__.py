"""Claims about packs, proved or refuted with a witness."""
