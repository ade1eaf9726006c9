"""Read sides of the frame and of record pages: one SELECT each, rows for a screen, never a fact to change."""
