"""A demo city to explore: invented businesses and people in Liuzhou's real divisions. Deterministic for a given day."""
