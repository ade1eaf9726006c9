"""The figures this project promises, each beside its reference, measured in the same run."""
