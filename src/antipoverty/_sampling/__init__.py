"""Behind `antipoverty.sampling`: plans, tickets, draws, receipts."""
