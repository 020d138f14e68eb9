"""Values as plain data: what may cross between a student's process and the examiner's.

Tensors, numpy arrays, numbers, strings and plain containers cross as copies; a function crosses
as a name and a signature. Anything else is refused, or named and no more.

Trees are JSON: a scalar or a list stands for itself, an object has one key that says what it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

from autograder.isolation.errors import CannotCrossError, WireError
from autograder.isolation.tensors import MAX_DIMENSIONS, NAMES, decode, encode
from autograder.isolation.type_names import kind_named, named
from autograder.isolation.wire import MAX_TENSOR_BYTES

MAX_DEPTH = 50
MAX_BITS = 1 << 13  # of an integer: Python reads no more than 4300 digits
MAX_ITEMS = 100_000  # of all containers in a message: more is what tensors are for
MAX_RANGE = 100_000  # numbers of a range: a test may go through all of them
MAX_KEYS = 1000  # of a set or dict: to build one of keys with the same hash takes quadratic time
PLAIN = (bool, int, float, str, type(None))
CROSSES = (
    "what crosses between a notebook and its tests are torch tensors, numpy arrays, numbers, "
    f"strings, lists, tuples, dicts and sets of them ({MAX_ITEMS:,} items at most), and functions "
    "to call"
)

Tree = Any


@dataclass(frozen=True)
class Opaque:
    """What stands for a value that could not cross.

    Args:
        kind: its type, where that is one of Python's, torch's or numpy's own; None otherwise.
    """

    kind: type | None

    def __str__(self) -> str:
        return f"a {self.kind.__name__}" if self.kind else "an object"


@dataclass
class Packer:
    """Makes trees of values, and gathers their tensors for one message.

    Args:
        function: makes the tree of a function; without it, functions are refused.
        lenient: a value that can't cross becomes its kind, instead of an error.
    """

    function: Callable[[Callable[..., Any]], Tree] | None = None
    lenient: bool = False
    tensors: list[Tensor] = field(default_factory=list)
    _items: int = 0
    _places: dict[int, tuple[int, Any]] = field(default_factory=dict)  # kept: ids are used again
    _block: bytes | None = None

    @property
    def leaves(self) -> list[Tensor]:
        """The tensors that gradients are asked for, in order."""
        return [tensor for tensor in self.tensors if tensor.requires_grad]

    def tree(self, value: Any, depth: int = 0) -> Tree:
        """The tree of a value.

        Raises:
            CannotCrossError: it is of a kind that does not cross, and this packer is not lenient.
        """
        kind = type(value)
        if kind is int and value.bit_length() > MAX_BITS:
            return self._refused(value)
        if kind in PLAIN:
            return value
        hashed = kind in (set, frozenset, dict)
        if depth > MAX_DEPTH or (hashed and len(value) > MAX_KEYS):
            return self._refused(value)
        if hashed or kind in (list, tuple, torch.Size):
            items = len(value) * (2 if kind is dict else 1)
            if self._items + items > MAX_ITEMS:
                return self._refused(value)
            self._items += items
        if kind is list:
            return [self.tree(item, depth + 1) for item in value]
        if kind in (tuple, set, frozenset):
            return {kind.__name__: [self.tree(item, depth + 1) for item in value]}
        if kind is dict:
            pairs = [[self.tree(k, depth + 1), self.tree(v, depth + 1)] for k, v in value.items()]
            return {"dict": pairs}
        if kind is range:
            return self._range(value)
        if kind is Tensor:
            return self._tensor(value)
        if kind is np.ndarray or isinstance(value, np.generic):
            return self._array(value)
        if kind is torch.Size:
            return {"size": list(value)}
        if kind is torch.dtype:
            return {"dtype": str(value).removeprefix("torch.")}
        if self.function and callable(value) and not isinstance(value, type):
            return self.function(value)
        return self._refused(value)

    def block(self) -> bytes:
        """The tensors of all trees so far, in the safetensors format; made when first asked for.

        Whatever changes them afterwards has come too late.
        """
        if self._block is None:
            self._block = encode(self.tensors) if self.tensors else b""
        return self._block

    def _range(self, value: range) -> Tree:
        numbers = [value.start, value.stop, value.step]
        if _is_long(value) or any(number.bit_length() > MAX_BITS for number in numbers):
            return self._refused(value)
        return {"range": numbers}

    def _tensor(self, value: Tensor) -> Tree:
        ordinary = value.layout is torch.strided and not value.is_nested
        if not ordinary or value.device.type != "cpu" or value.dtype not in NAMES:
            return self._refused(value)
        if value.numel() * value.element_size() > MAX_TENSOR_BYTES or value.dim() > MAX_DIMENSIONS:
            return self._refused(value)
        return {"tensor": self._place(value, value), "grad": value.requires_grad}

    def _array(self, value: Any) -> Tree:
        array = np.asarray(value)
        if array.size * array.itemsize > MAX_TENSOR_BYTES:
            return self._refused(value)
        try:
            native = np.ascontiguousarray(array, array.dtype.newbyteorder("=")).reshape(array.shape)
            tensor = torch.from_numpy(native.copy())
        except TypeError:  # objects, text, complex or long numbers
            return self._refused(value)
        if tensor.dtype not in NAMES:
            return self._refused(value)
        kind = "array" if type(value) is np.ndarray else "scalar"
        return {kind: self._place(value, tensor)}

    def _place(self, value: Any, tensor: Tensor) -> int:
        """Where a tensor is in the block; the same object is there once."""
        if id(value) not in self._places:
            self._places[id(value)] = (len(self.tensors), value)
            self.tensors.append(tensor)
            self._block = None
        return self._places[id(value)][0]

    def _refused(self, value: Any) -> Tree:
        if self.lenient:
            return {"opaque": named(type(value))}
        raise CannotCrossError(f"a value of type {type(value).__name__} can't cross: {CROSSES}.")


@dataclass
class Unpacker:
    """Makes values of trees and one block of tensors.

    Args:
        block: the tensors of a message.
        function: makes what stands for a function of the other side.
        differentiates: a tensor that asks for gradients is made as the clone of a leaf, because a
            leaf can't be changed in place.
    """

    block: bytes
    function: Callable[[Mapping[str, Any]], Any] | None = None
    tensors: list[Tensor] = field(init=False)
    differentiates: bool = False
    _items: int = 0
    _leaves: dict[int, Tensor] = field(default_factory=dict)
    _made: dict[tuple[str, int], Any] = field(default_factory=dict)

    @property
    def leaves(self) -> list[Tensor]:
        """The leaves that were made of tensors that ask for gradients, in the block's order."""
        return [self._leaves[place] for place in sorted(self._leaves)]

    def __post_init__(self) -> None:
        self.tensors = decode(self.block) if self.block else []

    def value(self, tree: Tree) -> Any:
        """The value of a tree.

        Raises:
            WireError: it is no tree that a packer makes.
        """
        try:
            return self._value(tree)
        except WireError:
            raise
        except Exception as error:  # the tree comes from an untrusted process
            raise WireError(f"no value: {type(error).__name__}") from None

    def replace(self, places: list[Any], made: Callable[[list[Tensor]], Sequence[Tensor]]) -> None:
        """Puts other tensors at some places, made of what is there.

        Raises:
            WireError: they are no places of floating tensors.
        """
        if not all(type(place) is int and 0 <= place < len(self.tensors) for place in places):
            raise WireError("no place of a tensor")
        if len(set(places)) != len(places):
            raise WireError("a tensor twice")
        if not all(self.tensors[place].is_floating_point() for place in places):
            raise WireError("a gradient of what has none")
        new = made([self.tensors[place] for place in places])
        for place, tensor in zip(places, new, strict=True):
            self.tensors[place] = tensor

    def _value(self, tree: Tree, depth: int = 0) -> Any:
        if depth > MAX_DEPTH + 1:
            raise WireError("deeper than a packer makes it")
        if type(tree) in PLAIN:
            return tree
        if type(tree) is list:
            self._count(len(tree))
            return [self._value(item, depth + 1) for item in tree]
        kind, content = next(iter(tree.items()))
        if kind in ("tuple", "set", "frozenset", "dict", "size"):
            self._count(len(content) * (2 if kind == "dict" else 1))
        if kind in ("set", "frozenset", "dict") and len(content) > MAX_KEYS:
            raise WireError("more keys than may cross")
        if kind in ("tuple", "set", "frozenset"):
            build = {"tuple": tuple, "set": set, "frozenset": frozenset}[kind]
            return build(self._value(item, depth + 1) for item in content)
        if kind == "dict":
            return {
                self._value(key, depth + 1): self._value(value, depth + 1) for key, value in content
            }
        if kind in ("tensor", "array", "scalar"):
            return self._placed(kind, content, bool(tree.get("grad")))
        if kind == "size":
            if any(type(size) is not int or not 0 <= size < 1 << 62 for size in content):
                raise WireError("no size")
            return torch.Size(content)
        if kind == "range":
            if any(type(number) is not int for number in content) or _is_long(range(*content)):
                raise WireError("no range")
            return range(*content)
        if kind == "dtype":
            dtype = vars(torch)[content]  # not getattr: torch imports some names when asked
            if type(dtype) is not torch.dtype:
                raise WireError("no dtype")
            return dtype
        if kind == "opaque":
            return Opaque(kind_named(content))
        if kind == "function" and self.function:
            return self.function(tree)
        raise WireError("no value of a known kind")

    def _count(self, items: int) -> None:
        """Counts the items of a container before any is made; too many in a message are refused."""
        self._items += items
        if self._items > MAX_ITEMS:
            raise WireError("more items than may cross")

    def _placed(self, kind: str, place: int, grad: bool) -> Any:
        if type(place) is not int or place < 0:
            raise WireError("no place of a tensor")
        if (kind, place) not in self._made:
            tensor = self.tensors[place]
            if kind == "tensor" and grad and self.differentiates:
                self._leaves[place] = tensor.requires_grad_()
                made: Any = tensor.clone()
            elif kind == "tensor":
                made = tensor.requires_grad_(grad and tensor.is_floating_point())
            else:
                array = tensor.numpy()
                made = array if kind == "array" else array.reshape(1)[0]
            self._made[kind, place] = made
        return self._made[kind, place]


def _is_long(numbers: range) -> bool:
    """Whether a range has more numbers than may cross; `len` fails on the longest."""
    return len(numbers[: MAX_RANGE + 1]) > MAX_RANGE
