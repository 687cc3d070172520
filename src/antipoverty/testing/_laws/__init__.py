"""Laws of rules and of answers, and the search for what breaks them."""
