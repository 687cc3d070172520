"""Slips in rules and judgement rules, made one at a time."""
