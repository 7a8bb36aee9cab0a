"""The Jira Cloud half of the sandbox."""
