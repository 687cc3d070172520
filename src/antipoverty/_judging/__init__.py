"""What is answered: one household by its rules, its signals judged together."""
