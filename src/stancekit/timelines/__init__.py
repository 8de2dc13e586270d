"""Speakers across articles, and their stances over time."""

from stancekit.timelines.points import Timeline, TimelinePoint, timeline

__all__ = ["Timeline", "TimelinePoint", "timeline"]
