"""Behind `antipoverty.casework`: cases, problems, events and where they are kept."""
