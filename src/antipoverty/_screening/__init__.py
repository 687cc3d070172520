"""Behind `antipoverty.screening`: tables, checks, lists, summaries."""
