"""The dashboard: pages of what is overdue, why it escalated and what can be done, for people who log in."""
