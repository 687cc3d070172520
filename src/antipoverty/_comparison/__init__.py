"""What differs between two policies: its groups, and its report."""
