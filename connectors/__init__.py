"""What the outside can do. The only room that knows HTTP, zenpy, jira or a vendor's field name."""
