"""What stands behind `antipoverty.summaries`."""
