"""Behind `antipoverty.scoring`: notices, runs, points, boards."""
