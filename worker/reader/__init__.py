"""A statistical reader of sentences: proposes what a sentence says, so that rules can decide on it."""
