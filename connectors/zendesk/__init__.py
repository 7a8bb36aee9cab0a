"""Zendesk: client, parser and webhook of the help desk."""
