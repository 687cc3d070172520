"""How the database of the registers is made, and changed from release to release."""
