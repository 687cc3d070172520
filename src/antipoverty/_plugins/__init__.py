"""Behind `antipoverty.plugins`: the processes in which packs of others are loaded and tried."""
