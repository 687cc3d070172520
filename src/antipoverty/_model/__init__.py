"""Behind `antipoverty.model`: facts, areas and quantities."""
