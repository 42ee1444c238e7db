"""Dateline in Discord: people ask, the archive answers in the sources' own words."""
