"""What an exception says of who made it: the step that went wrong, in words for a learner."""

from __future__ import annotations

import re

CALL = "Call it in a cell of your own on small tensors of these shapes, and read the traceback."

IN_PLACE = (
    "Names that end in _ (clamp_, log_), -= and x[...] = change a tensor in place, the caller's "
    "too: make a new one."
)

# By the exception's type, and what its text has: those of torch 2 and Python 3.11 to 3.14.
Kinds = type[BaseException] | tuple[type[BaseException], ...]
ADVICE: tuple[tuple[Kinds, str, str], ...] = (
    (
        Exception,
        r"torch\.return_types\.|argument 'input' .*must be Tensor, not torch\.return_types",
        "torch.max, torch.min and torch.sort with a dim give a pair, values and indices: take "
        ".values of it, or use amax.",
    ),
    (
        RuntimeError,
        r"Boolean value of Tensor with more than one value is ambiguous",
        "An if, and, or, or not takes one truth value, and a comparison of tensors has many: "
        "choose for each element, by torch.where or by arithmetic.",
    ),
    (
        IndexError,
        r"tensors used as indices must be long, int, byte or bool",
        "An index is a whole number: keep y as it is (int64), and convert nothing of it to float.",
    ),
    (
        TypeError,
        r"only integer tensors of a single element can be converted to an index"
        r"|(list|tuple) indices must be integers",
        "A list, or range, takes one whole number as its index, and a tensor of several is none: "
        "index a tensor with it, or go through its elements.",
    ),
    (
        RuntimeError,
        r"[Ii]ndex tensor must have the same number of dimensions"
        r"|gather\(\): Expected dtype int|scatter.*same number of dimensions",
        "gather takes an int64 index with as many axes as what it picks from: give y one more axis "
        "before, and take that away after.",
    ),
    (
        RuntimeError,
        r"one_hot is only applicable to index tensor|Class values must be",
        "one_hot takes class indices of int64, and as its second argument how many classes there "
        "are.",
    ),
    (
        RuntimeError,
        r"The size of tensor a \(\d+\) must match the size of tensor b|is not broadcastable",
        "Two tensors whose shapes don't fit meet here: print the two. A sum or a maximum takes its "
        "axis away, unless you say keepdim=True; one_hot has as many columns as the largest label "
        "asks for, unless you say how many.",
    ),
    (
        IndexError,
        r"shape mismatch: indexing tensors",
        "Two indices that don't fit each other meet here: print their shapes. There is one row "
        "number, and one class, for each example that comes.",
    ),
    (
        RuntimeError,
        r"1D tensors expected",
        "A dot product takes two vectors and adds up over them: * multiplies element by element, "
        "for any shape.",
    ),
    (
        RuntimeError,
        r"mat1 and mat2 shapes cannot be multiplied|inconsistent tensor size|size mismatch",
        "A matrix product is asked for here, and the shapes don't fit one: * multiplies element "
        "by element, @ does not.",
    ),
    (
        IndexError,
        r"Dimension out of range|too many indices for tensor|Dimension specified as",
        "An axis is named that this argument does not have: it may have more or fewer than yours. "
        "Count axes from the end: -1 is the last, whatever the shape.",
    ),
    (
        IndexError,
        r"is out of bounds for dimension|index out of range in self",
        "An index is beyond the end: rows, columns and classes count from 0.",
    ),
    (
        RuntimeError,
        r"Can't call numpy\(\) on Tensor that requires grad",
        "numpy can't follow a gradient: stay in torch from argument to result.",
    ),
    (
        RuntimeError,
        r"in-place operation|modified by an inplace operation",
        IN_PLACE,
    ),
    (
        RuntimeError,
        r"expected scalar type|result type .* can't be cast|expected .* dtype|"
        r"must have the same dtype|but got (Long|Double|Float|Half)",
        "Two dtypes meet that torch does not mix here: make new tensors from the argument's own "
        "dtype (zeros_like(z), y.to(z.dtype)).",
    ),
    (
        TypeError,
        r"'NoneType'",
        "Something that is used here is None: a function without a return gives that, and so does "
        "print.",
    ),
    (AttributeError, r"'NoneType'", "Something that is used here is None: look for a return."),
    (
        TypeError,
        r"must be Tensor, not (float|int)\b",
        "A torch function gets a plain number here, where it takes a tensor: math has the one for "
        "numbers, and a number times a tensor is a tensor.",
    ),
    (
        (TypeError, ValueError, RuntimeError),
        r"must be real number, not|only one element tensors can be converted"
        r"|cannot be converted to Scalar|can only convert an array of size 1",
        "A function for one number gets a tensor of several here, such as math.exp, float or int: "
        "torch has the same for tensors.",
    ),
    (
        ValueError,
        r"math domain error|expected a (positive|nonnegative) input",
        "math.log and math.sqrt raise at 0 and below; torch.log gives −inf or nan there.",
    ),
    (
        UnboundLocalError,
        r"",
        "A name is read before it is given a value: on one way through the function, such as a "
        "word for reduction that no if has, nothing is assigned.",
    ),
    (
        NameError,
        r"",
        "A name is not known in this line: is it misspelt, or made in a cell that has not run?",
    ),
    (KeyError, r"^'", "A word is looked up that is not there: compare it letter by letter."),
    (RecursionError, r"", "The function calls itself, without an end."),
)


def advice(error: BaseException) -> str:
    """What to do about an exception that a student's function raised; `CALL` where nobody knows.

    Its text comes from the student's side: it chooses a sentence of ours, and is not shown.
    """
    try:
        text = str(error)[:500]
    except Exception:
        return CALL
    for kind, pattern, sentence in ADVICE:
        if isinstance(error, kind) and re.search(pattern, text):
            return sentence
    return CALL
