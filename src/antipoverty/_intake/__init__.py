"""Behind `antipoverty.intake`: mappings, sources, cells, places, persons, reports."""
