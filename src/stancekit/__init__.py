"""Who said what in a news article, and where does each speaker stand."""

__version__ = "0.1.0"
