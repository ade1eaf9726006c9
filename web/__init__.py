"""The edges: pages, API, back office, command line. Nothing here decides; it parses, calls one verb, answers."""
