"""The tagger of follow-ups: which words of a conversation belong to its newest turn, and where in it."""
