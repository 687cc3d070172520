"""Reports as pages: parts of two languages, one template, no network and no script."""
