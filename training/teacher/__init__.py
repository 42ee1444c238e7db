"""A larger reader that the shipped one learns from; it is trained like it, and never shipped."""
