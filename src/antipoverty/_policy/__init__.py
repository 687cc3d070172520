"""What is written: rules, packs, signals, judgement rules, workflows."""
