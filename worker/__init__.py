"""What we do about it: pure decisions in `core`, rows in `store`, one file per arrow in `flow`, the edge in `web`."""
