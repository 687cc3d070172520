"""What stands behind `antipoverty.synthetic`."""
