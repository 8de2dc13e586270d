"""From a document to statements: source, cue and content spans, linked."""
