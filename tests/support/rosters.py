"""Households of which all members came, for what is asked about those alone."""

from __future__ import annotations

from antipoverty.model import Household, Member


def complete(household: Household) -> Household:
    """The household with one member at least, stating as many as there are, if any number."""
    members = household.members or (Member(member_id="only"),)
    size = None if household.size is None else len(members)
    return household.model_copy(update={"members": members, "size": size})
