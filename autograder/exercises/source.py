"""A reference as source text, to be put in the place of a function of a student's.

It is what any student knows, torch's own function: nothing hidden reaches a student's process.
"""

from __future__ import annotations

import inspect
import textwrap

from autograder.checks import Exercise

TEMPLATE = """\
def _right():
    import torch
    import torch.nn.functional as F
    from torch import Tensor, nn

{definition}
    return {reference}

{name} = _right()
"""


def as_source(exercise: Exercise, name: str) -> str:
    """A cell that binds the name to the exercise's reference.

    The reference may use torch, Tensor, nn and F, and nothing else from outside.

    Raises:
        LookupError: it has no text, as of a function that is built in.
    """
    try:
        text = inspect.getsource(exercise.reference)
    except (TypeError, OSError) as error:
        raise LookupError(f"the reference of {exercise.name} has no text") from error
    definition = textwrap.indent(text, "    ")
    reference = exercise.reference.__name__
    return TEMPLATE.format(definition=definition, reference=reference, name=name)
