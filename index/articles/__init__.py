"""Files → articles: one module per format, metadata, dates, and a reason for whatever is left out."""

from index.articles.limits import ReadingLimits
from index.articles.reading import read_articles

__all__ = ["ReadingLimits", "read_articles"]
