"""Training of the span reader that ships in `index/models/reader`; nothing at run time imports this package."""
