"""The shared records store: every fact of supervision, its versions, and the journal of who changed it and why."""
