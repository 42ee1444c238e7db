"""A question in its conversation: what it leans on, and the form in which it can be asked alone."""
