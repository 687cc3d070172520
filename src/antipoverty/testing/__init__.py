"""What authors of packs, engines and systems need to trust theirs."""
