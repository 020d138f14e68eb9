"""What the bundled assignments ask."""

from __future__ import annotations

from autograder.exercises.asked import load
from autograder.exercises.modules import bundled, bundled_names

BUNDLED = bundled("", bundled_names())
ASKED = load(BUNDLED)
EXERCISES = ASKED.exercises
