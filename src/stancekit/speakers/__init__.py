"""Who is behind each source: names, roles, pronouns and groups become canonical speakers."""

from stancekit.speakers.resolve import resolve_speakers

__all__ = ["resolve_speakers"]
