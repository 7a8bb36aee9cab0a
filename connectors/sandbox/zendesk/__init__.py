"""The Zendesk Support half of the sandbox."""
