"""From statements to stances toward targets."""
