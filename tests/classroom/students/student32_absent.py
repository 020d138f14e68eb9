"""Is on the roster and hands nothing in."""

# %% absent
