"""A real HTTP double of the parts of Zendesk Support and Jira Cloud that the product uses, on loopback.

It shares no code with the connectors that it stands in for, so that a shared mistake cannot hide.
"""
