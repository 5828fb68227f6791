"""Above reporting, and nobody's dependency: what people read in a browser. Trains nothing, decides nothing."""
