"""One module per screen; each has a ``blueprint`` and is found by ``web.app``."""
