"""What crosses comes out as it went in; the rest is refused in one sentence, or named."""

from __future__ import annotations

import json
import math
import random
import time
import types
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors import torch as safetensors_torch
from torch import Tensor

from autograder.isolation.errors import CannotCrossError, WireError
from autograder.isolation.signatures import MAX_PARAMETERS, signature, signature_tree
from autograder.isolation.tensors import DTYPES, MAX_DIMENSIONS, decode, encode
from autograder.isolation.type_names import kind_named, named
from autograder.isolation.values import CROSSES, MAX_ITEMS, Opaque, Packer, Unpacker
from autograder.isolation.wire import MAX_TENSOR_BYTES
from tests.isolation.crossing import plain

MIB = 1 << 20
MERSENNE = 2**61 - 1  # hash(n) of an int is n modulo this
PLAIN = (bool, int, float, str, type(None))


def crossed(value: Any) -> Any:
    """A value as the other side has it, its tree by way of JSON."""
    packer = Packer()
    tree = json.loads(json.dumps(packer.tree(value)))
    return Unpacker(packer.block()).value(tree)


def same(actual: Any, expected: Any) -> None:
    """Asserts that two values are of one kind and equal to the bit, all the way down."""
    assert type(actual) is type(expected)
    if isinstance(expected, Tensor):
        assert actual.dtype == expected.dtype
        assert actual.shape == expected.shape
        assert actual.requires_grad == expected.requires_grad
        assert actual.is_leaf
        assert bits(actual) == bits(expected)
    elif isinstance(expected, np.ndarray | np.generic):
        assert actual.dtype == expected.dtype.newbyteorder("=")
        assert actual.shape == expected.shape
        assert actual.tobytes() == expected.astype(actual.dtype).tobytes()
    elif isinstance(expected, list | tuple):
        assert len(actual) == len(expected)
        for one, other in zip(actual, expected, strict=True):
            same(one, other)
    elif isinstance(expected, dict):
        same(list(actual.items()), list(expected.items()))
    elif isinstance(expected, float):
        assert actual.hex() == expected.hex()
    else:
        assert actual == expected


def bits(tensor: Tensor) -> bytes:
    """The values of a tensor in order, as bytes."""
    dense = torch.empty(tensor.shape, dtype=tensor.dtype)
    dense.copy_(tensor.detach())
    return bytes(dense.reshape(-1).view(torch.uint8).tolist())


def safetensors_block(header: Any, data: bytes = b"") -> bytes:
    """A block with that header, true or not."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + data


def peak_mib(work: Callable[[], object]) -> float:
    """By how much the memory of this process grew at most during some work."""
    Path("/proc/self/clear_refs").write_text("5")  # proc(5): resets the peak
    before = _peak()
    work()
    return (_peak() - before) / MIB


def _peak() -> int:
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) * 1024


# What crosses


@pytest.mark.parametrize("dtype", DTYPES.values(), ids=DTYPES.keys())
@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda t: t, id="matrix"),
        pytest.param(lambda t: t.T, id="transposed"),
        pytest.param(lambda t: t[:, ::2], id="strided"),
        pytest.param(lambda t: t[1:, 1:], id="slice"),
        pytest.param(lambda t: t[0, 0], id="0-d"),
        pytest.param(lambda t: t[:0], id="empty"),
        pytest.param(lambda t: t[:1, :1].expand(4, 3), id="expanded"),
        pytest.param(lambda t: t.as_strided((1, 1), (7, 5)), id="one-with-odd-strides"),
        pytest.param(lambda t: t[None, :, None], id="4-d"),
    ],
)
def test_tensors_cross(dtype: torch.dtype, make: Callable[[Tensor], Tensor]) -> None:
    """A tensor keeps dtype, shape and every bit, however it lies in memory."""
    numbers = torch.tensor([[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 127]])
    tensor = make(numbers.to(dtype))

    same(crossed(tensor), tensor)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_odd_floats_cross(dtype: torch.dtype) -> None:
    """Both zeros, the infinities, NaN, the least and the greatest keep their bits."""
    info = torch.finfo(dtype)
    odd = [0.0, -0.0, math.inf, -math.inf, math.nan, info.tiny, info.max, info.smallest_normal / 2]
    tensor = torch.tensor(odd, dtype=dtype)

    same(crossed(tensor), tensor)


@pytest.mark.parametrize(
    "tensor",
    [
        pytest.param(torch.ones(3, requires_grad=True), id="leaf"),
        pytest.param(torch.ones(3, requires_grad=True, dtype=torch.bfloat16), id="bfloat16"),
    ],
)
def test_whether_a_gradient_is_asked_for_crosses(tensor: Tensor) -> None:
    """A leaf comes out as a leaf that requires grad."""
    same(crossed(tensor), tensor)


def test_a_result_comes_out_without_its_graph() -> None:
    """A tensor with a graph comes out as a leaf that requires grad."""
    tensor = torch.ones(3, requires_grad=True) * 2
    out = crossed(tensor)

    assert out.requires_grad
    assert out.is_leaf
    assert torch.equal(out, tensor)


def test_a_tensor_with_the_negative_bit_crosses() -> None:
    """The imaginary part of a conjugate, negated only when it is read, crosses as it reads."""
    tensor = torch.tensor([1 + 2j, 3 - 4j]).conj().imag
    assert tensor.is_neg()

    same(crossed(tensor), torch.tensor([-2.0, 4.0]))


@pytest.mark.parametrize(
    ("tensor", "numbers"),
    [
        pytest.param(torch._efficientzerotensor(3), [0, 0, 0], id="zeros-without-memory"),
        pytest.param(torch._neg_view(torch.arange(3.0)), [0, -1, -2], id="not-yet-negated"),
        pytest.param(torch._lazy_clone(torch.arange(3.0)), [0, 1, 2], id="copy-on-write"),
        pytest.param(torch.ones(1).expand(3), [1, 1, 1], id="expanded"),
        pytest.param(torch.arange(10.0)[3:6], [3, 4, 5], id="part"),
    ],
)
def test_numbers_that_lie_elsewhere_in_memory_cross(tensor: Tensor, numbers: list[int]) -> None:
    """What is read is what the tensor holds, and not what happens to be beside it."""
    assert crossed(tensor).tolist() == numbers


def test_a_block_is_made_once() -> None:
    """What a tensor becomes after its bytes were asked for does not cross; one more tensor does."""
    tensor, packer = torch.zeros(2), Packer()
    tree = packer.tree(tensor)
    before = packer.block()
    tensor += 1
    assert packer.block() is before
    assert Unpacker(packer.block()).value(tree).tolist() == [0.0, 0.0]
    other = packer.tree(torch.ones(1))
    assert Unpacker(packer.block()).value(other).tolist() == [1.0]


def test_as_many_dimensions_as_torch_has_cross() -> None:
    """A tensor of 64 dimensions crosses; one of 65 is refused."""
    same(crossed(torch.ones([1] * MAX_DIMENSIONS)), torch.ones([1] * MAX_DIMENSIONS))
    with pytest.raises(CannotCrossError):
        crossed(torch.ones([1] * (MAX_DIMENSIONS + 1)))


@pytest.mark.parametrize(
    "array",
    [
        pytest.param(np.arange(6.0).reshape(2, 3), id="float64"),
        pytest.param(np.arange(6, dtype=np.int8), id="int8"),
        pytest.param(np.array([1, 2], dtype=np.uint16), id="uint16"),
        pytest.param(np.array([True, False]), id="bool"),
        pytest.param(np.array([1.5, -0.0, np.nan], dtype=np.float16), id="float16"),
        pytest.param(np.array(3.0), id="0-d"),
        pytest.param(np.zeros((0, 3), dtype=np.float32), id="empty"),
        pytest.param(np.arange(6)[::-1], id="backwards"),
        pytest.param(np.arange(6).reshape(2, 3).T, id="transposed"),
        pytest.param(np.arange(6).reshape(2, 3)[::-1, ::-2], id="strided"),
        pytest.param(np.array([1.5, -2.5], dtype=">f8"), id="big-endian"),
        pytest.param(np.array([1, -2], dtype=">i4")[::-1], id="big-endian-backwards"),
        pytest.param(np.broadcast_to(np.float32(2), (2, 2)), id="read-only"),
        pytest.param(np.float32(2.5), id="scalar-float32"),
        pytest.param(np.float64(-0.0), id="scalar-float64"),
        pytest.param(np.int64(-3), id="scalar-int64"),
        pytest.param(np.uint64(2**64 - 1), id="scalar-uint64"),
        pytest.param(np.bool_(True), id="scalar-bool"),
    ],
)
def test_arrays_and_numpy_numbers_cross(array: Any) -> None:
    """An array keeps dtype, shape and every bit, in this machine's byte order."""
    same(crossed(array), array)


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(None, id="none"),
        pytest.param(True, id="bool"),
        pytest.param(1, id="int"),
        pytest.param(2**500, id="huge-int"),
        pytest.param(1.0, id="float"),
        pytest.param(0.1 + 0.2, id="exact"),
        pytest.param(-0.0, id="negative-zero"),
        pytest.param(math.inf, id="inf"),
        pytest.param(-math.inf, id="negative-inf"),
        pytest.param(math.nan, id="nan"),
        pytest.param(5e-324, id="denormal"),
        pytest.param("š \0 \ud800 {}", id="text"),
        pytest.param("", id="no-text"),
        pytest.param([], id="list"),
        pytest.param((), id="tuple"),
        pytest.param({}, id="dict"),
        pytest.param(set(), id="set"),
        pytest.param({1, "a", (2, 3)}, id="set-of-kinds"),
        pytest.param(frozenset({1.5, frozenset({None})}), id="frozenset"),
        pytest.param({"tensor": 0}, id="dict-like-a-tree"),
        pytest.param({1: "a", False: "b", (1, 2): "c", None: {}, 1.5: []}, id="dict-of-keys"),
        pytest.param([(1, [2.0, {"a": (None,)}]), {"b": {3}}], id="nested"),
        pytest.param([1, True, 1.0, np.int64(1), np.True_], id="one-in-many-kinds"),
        pytest.param(torch.Size([2, 0, 3]), id="size"),
        pytest.param(range(7), id="range"),
        pytest.param([range(2**70, 0, -(2**69)), range(0)], id="ranges"),
        pytest.param(torch.float32, id="dtype"),
        pytest.param([torch.bool, torch.bfloat16, torch.complex64], id="dtypes"),
        pytest.param({"z": (torch.ones(2), [np.ones(2), torch.zeros(0)])}, id="tensors-nested"),
    ],
)
def test_plain_values_cross(value: Any) -> None:
    """Numbers, strings and containers keep their kinds, and floats their bits."""
    same(crossed(value), value)


def test_what_is_shared_stays_shared() -> None:
    """One tensor in two places comes out as one tensor, and equal ones as two."""
    tensor, array = torch.ones(2), np.ones(2)
    a, b, c, d, e, f = crossed([tensor, (tensor,), torch.ones(2), array, {"k": array}, np.ones(2)])

    assert a is b[0]
    assert a is not c
    assert d is e["k"]
    assert d is not f
    a += 1
    assert torch.equal(c, torch.ones(2))


def test_copies_have_their_own_memory() -> None:
    """Two views of one memory come out apart, and writing to them changes nothing here."""
    base = torch.arange(4.0)
    a, b = crossed([base[:2], base[1:3]])
    a += 10

    assert torch.equal(b, torch.tensor([1.0, 2.0]))
    assert torch.equal(base, torch.arange(4.0))


def test_numbers_one_after_the_other_are_not_taken_for_one() -> None:
    """Numpy's numbers, each gone when the next is made, keep their own values."""
    packer = Packer()
    trees = [packer.tree(np.float64(n)) for n in range(50)]
    unpacker = Unpacker(packer.block())

    assert [unpacker.value(tree) for tree in trees] == list(range(50))


# What does not cross


class Own(Tensor):
    """A subclass of a student's."""


class Text(str):
    """A string that may say anything."""


class Number(float):
    """A float that may compare as it likes."""


class Names(list):  # type: ignore[type-arg]
    """A list that may change what it has."""


class Array(np.ndarray):  # type: ignore[type-arg]
    """An array that may compare as it likes."""


class Weird:
    """An object that says it is a tensor."""

    @property
    def __class__(self) -> type:  # type: ignore[override]
        return Tensor


def a_generator() -> Any:
    yield 1


def quantized() -> Tensor:
    return torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.qint8)


REFUSED = [
    pytest.param(lambda: torch.ones(2).as_subclass(Own), "Own", None, id="subclass"),
    pytest.param(
        lambda: torch.nn.Parameter(torch.ones(2)), "Parameter", torch.nn.Parameter, id="parameter"
    ),
    pytest.param(lambda: torch.ones(2).to_sparse(), "Tensor", Tensor, id="sparse"),
    pytest.param(
        lambda: torch.ones(2, 2).to_sparse_csr(),
        "Tensor",
        Tensor,
        id="sparse-csr",
        marks=pytest.mark.filterwarnings("ignore:Sparse CSR"),
    ),
    pytest.param(lambda: torch.ones(2, 2).to_mkldnn(), "Tensor", Tensor, id="mkldnn"),
    pytest.param(
        lambda: torch.nested.nested_tensor([torch.ones(2), torch.ones(3)]),
        "Tensor",
        Tensor,
        id="nested",
        marks=pytest.mark.filterwarnings("ignore:The PyTorch API of nested tensors"),
    ),
    pytest.param(
        quantized, "Tensor", Tensor, id="quantized", marks=pytest.mark.filterwarnings("ignore")
    ),
    pytest.param(lambda: torch.ones(2, device="meta"), "Tensor", Tensor, id="meta"),
    pytest.param(lambda: torch.ones(2, dtype=torch.complex64), "Tensor", Tensor, id="complex"),
    pytest.param(lambda: torch.ones(2).to(torch.float8_e5m2), "Tensor", Tensor, id="float8"),
    pytest.param(lambda: np.array([object()]), "ndarray", np.ndarray, id="objects"),
    pytest.param(lambda: np.array(["a"]), "ndarray", np.ndarray, id="texts"),
    pytest.param(lambda: np.array([1j]), "ndarray", np.ndarray, id="complex-array"),
    pytest.param(lambda: np.array(["2026-01-01"], "M8[D]"), "ndarray", np.ndarray, id="dates"),
    pytest.param(lambda: np.zeros(2, [("a", "f4")]), "ndarray", np.ndarray, id="records"),
    pytest.param(lambda: np.ones(2, np.longdouble), "ndarray", np.ndarray, id="longdouble"),
    pytest.param(lambda: np.ones(2).view(Array), "Array", None, id="array-subclass"),
    pytest.param(lambda: np.ma.masked_array([1]), "MaskedArray", None, id="masked-array"),
    pytest.param(lambda: np.str_("a"), "str_", np.str_, id="numpy-text"),
    pytest.param(lambda: np.complex64(1j), "complex64", np.complex64, id="numpy-complex"),
    pytest.param(lambda: Text("a"), "Text", None, id="str-subclass"),
    pytest.param(lambda: Number(1), "Number", None, id="float-subclass"),
    pytest.param(lambda: Names(), "Names", None, id="list-subclass"),
    pytest.param(lambda: 1j, "complex", complex, id="complex-number"),
    pytest.param(lambda: b"a", "bytes", bytes, id="bytes"),
    pytest.param(lambda: range(100_001), "range", range, id="long-range"),
    pytest.param(a_generator, "generator", None, id="generator"),
    pytest.param(lambda: math, "module", None, id="module"),
    pytest.param(lambda: Own, "_TensorMeta", None, id="class"),
    pytest.param(lambda: int, "type", type, id="type"),
    pytest.param(lambda: len, "builtin_function_or_method", None, id="builtin"),
    pytest.param(lambda: a_generator, "function", None, id="function"),
    pytest.param(lambda: object(), "object", object, id="object"),
    pytest.param(Weird, "Weird", None, id="liar"),
    pytest.param(lambda: {"a": [object()]}, "object", None, id="in-a-container"),
]


@pytest.mark.parametrize(("make", "name", "kind"), REFUSED)
def test_what_does_not_cross_is_refused_in_one_sentence(
    make: Callable[[], Any], name: str, kind: type | None
) -> None:
    """The sentence names the type, and says what crosses."""
    with pytest.raises(CannotCrossError) as caught:
        Packer().tree(make())
    assert str(caught.value) == f"a value of type {name} can't cross: {CROSSES}."


@pytest.mark.parametrize(("make", "name", "kind"), REFUSED[:-1])
def test_a_lenient_packer_names_what_does_not_cross(
    make: Callable[[], Any], name: str, kind: type | None
) -> None:
    """The kind of a value crosses where it is Python's, torch's or numpy's own, or else nothing."""
    value = make()
    packer = Packer(lenient=True)
    opaque = Unpacker(packer.block()).value(json.loads(json.dumps(packer.tree(value))))

    assert type(opaque) is Opaque
    if kind is None and opaque.kind is not None:
        assert opaque.kind is type(value)
    else:
        assert opaque.kind is kind


def test_what_is_too_large_is_refused() -> None:
    """A tensor above the limit is refused before it is copied, however small its memory."""
    huge = torch.zeros(1, dtype=torch.uint8).expand(MAX_TENSOR_BYTES + 1)
    array = np.broadcast_to(np.uint8(0), (MAX_TENSOR_BYTES + 1,))
    for value, name in ((huge, "Tensor"), (array, "ndarray")):
        with pytest.raises(CannotCrossError) as caught:
            Packer().tree(value)
        assert str(caught.value) == f"a value of type {name} can't cross: {CROSSES}."


def test_a_huge_array_of_one_number_is_not_made_whole() -> None:
    """An array that is larger than its memory is measured before it is copied."""
    array = np.broadcast_to(np.uint8(0), (5 * MAX_TENSOR_BYTES,))

    def pack() -> None:
        with pytest.raises(CannotCrossError):
            Packer().tree(array)

    assert peak_mib(pack) < 2 * MAX_TENSOR_BYTES / MIB


MANY = {
    "list": [0] * (MAX_ITEMS + 1),
    "tuple": (0,) * (MAX_ITEMS + 1),
    "lists": [[0] * 99] * (MAX_ITEMS // 100 + 1),
    "dicts": [{n: n for n in range(500)}] * (MAX_ITEMS // 1000 + 1),
    "deep": [[[[[[[]]]]]]] * (MAX_ITEMS // 6 + 1),
}


@pytest.mark.parametrize("value", MANY.values(), ids=list(MANY))
def test_more_items_than_may_cross_are_refused(value: Any) -> None:
    """What is a list where a tensor is meant; what a lenient packer leaves of it can be read."""
    with pytest.raises(CannotCrossError, match="100,000 items at most"):
        Packer().tree(value)
    tree = Packer(lenient=True).tree([value, 1])
    Unpacker(b"").value(json.loads(json.dumps(tree)))
    assert "opaque" in json.dumps(tree)


def test_as_many_items_as_may_cross_do() -> None:
    """The limit is of all containers together."""
    value = [[0.5] * 99] * (MAX_ITEMS // 100)
    assert crossed(value) == value


@pytest.mark.parametrize(
    "tree",
    [
        pytest.param([[]] * 1_300_000, id="lists"),
        pytest.param([{"tuple": []}] * 300_000, id="tuples"),
        pytest.param({"tuple": "x" * 4_000_000}, id="letters"),
        pytest.param({"size": [0] * 2_000_000}, id="sizes"),
        pytest.param([[[[[[[[[[]]]]]]]]]] * 200_000, id="deep"),
        pytest.param([{"tensor": 0}] * 300_000, id="one-tensor"),
    ],
)
def test_a_tree_of_too_many_items_is_no_value_at_once(tree: Any) -> None:
    """Whoever sends all that a message may hold doesn't keep the examiner from its work."""
    start = time.thread_time()
    with pytest.raises(WireError, match="more items"):
        Unpacker(encode([torch.ones(1)])).value(tree)
    assert time.thread_time() - start < 1


def test_a_list_in_itself_is_refused() -> None:
    """A cycle, or lists in lists past the depth that is followed, end in the sentence."""
    cycle: list[Any] = []
    cycle.append(cycle)
    with pytest.raises(CannotCrossError) as caught:
        Packer().tree(cycle)
    assert str(caught.value) == f"a value of type list can't cross: {CROSSES}."


# Blocks


def test_the_library_reads_what_we_write() -> None:
    """`safetensors.torch.load` finds the same tensors in our block."""
    tensors = [torch.arange(5).to(dtype) for dtype in DTYPES.values()]
    tensors += [torch.tensor(1.5), torch.zeros(0, 3), torch.ones(2, 3, dtype=torch.bfloat16).T]
    found = safetensors_torch.load(encode(tensors))

    assert len(found) == len(tensors)
    for index, tensor in enumerate(tensors):
        same(found[str(index)], tensor)


def test_we_read_what_the_library_writes() -> None:
    """A block of `safetensors.torch.save` is read like our own."""
    tensors = [torch.tensor([-0.0, math.inf]), torch.zeros(0, 3), torch.tensor(True)]
    tensors += [torch.arange(6).to(torch.uint16).reshape(2, 3), torch.ones(2).bfloat16()]
    block = safetensors_torch.save({str(n): tensor for n, tensor in enumerate(tensors)})

    for actual, expected in zip(decode(block), tensors, strict=True):
        same(actual, expected)


def test_no_tensors_are_a_block() -> None:
    """An empty list has a block, and an empty block no tensors."""
    assert decode(encode([])) == []
    assert Unpacker(b"").tensors == []
    assert Packer().block() == b""


def entry(dtype: Any = "F32", shape: Any = (2,), offsets: Any = (0, 8)) -> dict[str, Any]:
    """What a header says of one tensor."""
    return {"dtype": dtype, "shape": shape, "data_offsets": offsets}


@pytest.mark.parametrize(
    "block",
    [
        pytest.param(b"\0", id="short"),
        pytest.param(b"\xff" * 8, id="header-of-16-exabytes"),
        pytest.param((1 << 40).to_bytes(8, "little") + b"{}", id="header-past-the-end"),
        pytest.param(safetensors_block(b""), id="no-header"),
        pytest.param(safetensors_block(b"[]"), id="list"),
        pytest.param(safetensors_block(b"{" * 100_000), id="deep"),
        pytest.param(safetensors_block(b'{"__metadata__":' + b"[" * 100_000), id="deep-metadata"),
        pytest.param(safetensors_block(b"\xff\xfe"), id="bad-UTF-8"),
        pytest.param(safetensors_block({"0": entry()}), id="no-data"),
        pytest.param(safetensors_block({"0": entry()}, bytes(9)), id="too-much-data"),
        pytest.param(safetensors_block({"1": entry()}, bytes(8)), id="missing-name"),
        pytest.param(safetensors_block({"a": entry()}, bytes(8)), id="another-name"),
        pytest.param(safetensors_block({"0": {}}, bytes(8)), id="no-fields"),
        pytest.param(safetensors_block({"0": None}, bytes(8)), id="null"),
        pytest.param(
            safetensors_block({"0": entry(), "1": entry(offsets=(4, 12))}, bytes(12)),
            id="overlapping",
        ),
        pytest.param(
            safetensors_block({"0": entry(), "1": entry()}, bytes(8)), id="the-same-bytes-twice"
        ),
        pytest.param(safetensors_block({"0": entry(offsets=(8, 0))}, bytes(8)), id="backwards"),
        pytest.param(safetensors_block({"0": entry(offsets=(-8, 0))}, bytes(8)), id="negative"),
        pytest.param(safetensors_block({"0": entry(offsets=(4, 12))}, bytes(12)), id="a-gap"),
        pytest.param(safetensors_block({"0": entry(offsets=(0, 2**64))}), id="offset-of-65-bits"),
        pytest.param(safetensors_block({"0": entry(offsets=(0, 8.0))}, bytes(8)), id="float"),
        pytest.param(safetensors_block({"0": entry(shape=(-2,))}, bytes(8)), id="negative-shape"),
        pytest.param(safetensors_block({"0": entry(shape=(2**62,))}, bytes(8)), id="huge-shape"),
        pytest.param(
            safetensors_block({"0": entry(shape=(2**32, 2**32))}, bytes(8)), id="shape-overflows"
        ),
        pytest.param(
            safetensors_block({"0": entry(shape=(2**32, 2**32), offsets=(0, 0))}),
            id="shape-overflows-to-nothing",
        ),
        pytest.param(
            safetensors_block({"0": entry(shape=(2**61, 8), offsets=(0, 0))}),
            id="bytes-overflow-to-nothing",
        ),
        pytest.param(
            safetensors_block({"0": entry(shape=(0, 2**63), offsets=(0, 0))}), id="empty-63-bits"
        ),
        pytest.param(
            safetensors_block({"0": entry(shape=(0, 2**64 - 1), offsets=(0, 0))}),
            id="empty-64-bits",
        ),
        pytest.param(
            safetensors_block({"0": entry(shape=(0, 2**40, 2**40), offsets=(0, 0))}),
            id="empty-80-bits",
        ),
        pytest.param(
            safetensors_block({"0": entry(shape=[1] * 5000, offsets=(0, 4))}, bytes(4)),
            id="5000-dimensions",
        ),
        pytest.param(safetensors_block({"0": entry("C64", (1,))}, bytes(8)), id="complex"),
        pytest.param(
            safetensors_block({"0": entry("F8_E4M3", (8,))}, bytes(8)), id="another-dtype"
        ),
        pytest.param(safetensors_block({"0": entry("F4", (16,))}, bytes(8)), id="half-bytes"),
        pytest.param(safetensors_block({"0": entry("X")}, bytes(8)), id="no-dtype"),
        pytest.param(safetensors_block({"0": entry(["F32"])}, bytes(8)), id="list-of-dtype"),
    ],
)
def test_a_forged_block_is_no_tensors(block: bytes) -> None:
    """A header that is not true of its data, or says what torch can't hold, is an error."""
    with pytest.raises(WireError, match=r"^no tensors: "):
        decode(block)


def test_an_empty_tensor_takes_no_memory() -> None:
    """A tensor without elements may have a large dimension: it holds nothing."""
    block = safetensors_block({"0": entry("F64", (0, 2**59), (0, 0))})

    assert peak_mib(lambda: decode(block)) < 64


@pytest.mark.parametrize(
    "block",
    [
        pytest.param(
            safetensors_block(
                b"{%s}"
                % b",".join(
                    b'"%d":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}' % n
                    for n in range(300_000)
                )
            ),
            id="tensors",
        ),
        pytest.param(
            safetensors_block(
                b'{"0":{"dtype":"U8","shape":[%s],"data_offsets":[0,1]}}'
                % b",".join([b"1"] * 10_000_000),
                b"x",
            ),
            id="dimensions",
        ),
        pytest.param(
            safetensors_block(
                b'{"__metadata__":{%s}}' % b",".join(b'"%d":""' % n for n in range(2_000_000))
            ),
            id="metadata",
        ),
    ],
)
def test_a_forged_header_does_not_grow_the_examiner(block: bytes) -> None:
    """A third of the largest block, all of it header, takes no more than a few times its size."""

    def forged() -> None:
        with suppress(WireError):
            decode(block)

    assert peak_mib(forged) < 4 * MAX_TENSOR_BYTES / MIB


# Trees


@pytest.mark.parametrize(
    "tree",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"unknown": 0}, id="unknown"),
        pytest.param({"tensor": 3}, id="no-such-place"),
        pytest.param({"tensor": -1}, id="negative-place"),
        pytest.param({"tensor": True}, id="bool-place"),
        pytest.param({"tensor": 0.0}, id="float-place"),
        pytest.param({"tensor": "0"}, id="text-place"),
        pytest.param({"tensor": None}, id="null-place"),
        pytest.param({"tensor": [0]}, id="list-place"),
        pytest.param({"tensor": 2**70}, id="huge-place"),
        pytest.param({"array": 2}, id="array-of-bfloat16"),
        pytest.param({"scalar": 1}, id="scalar-of-nothing"),
        pytest.param({"scalar": 0}, id="scalar-of-three"),
        pytest.param({"set": [[1]]}, id="unhashable-member"),
        pytest.param({"frozenset": [{"set": []}]}, id="set-in-a-set"),
        pytest.param({"set": [{"array": 0}]}, id="array-in-a-set"),
        pytest.param({"set": 1}, id="set-of-a-number"),
        pytest.param({"tuple": None}, id="tuple-of-nothing"),
        pytest.param({"dict": [[[1], 2]]}, id="unhashable-key"),
        pytest.param({"dict": [[1]]}, id="half-a-pair"),
        pytest.param({"dict": [1]}, id="no-pair"),
        pytest.param({"size": [2**70]}, id="huge-size"),
        pytest.param({"size": [1.5]}, id="float-size"),
        pytest.param({"size": "ab"}, id="text-size"),
        pytest.param({"range": [0, 100_001, 1]}, id="long-range"),
        pytest.param({"range": [0, 2**70, 1]}, id="range-beyond-len"),
        pytest.param({"range": [0, 1, 0]}, id="range-without-a-step"),
        pytest.param({"range": [0, 1.5, 1]}, id="range-of-floats"),
        pytest.param({"range": []}, id="range-of-nothing"),
        pytest.param({"dtype": "float33"}, id="no-such-dtype"),
        pytest.param({"dtype": "nn"}, id="dtype-is-a-module"),
        pytest.param({"dtype": "load"}, id="dtype-is-a-function"),
        pytest.param({"dtype": ["float32"]}, id="dtype-is-a-list"),
        pytest.param({"opaque": ["os", "system"]}, id="kind-of-another-module"),
        pytest.param({"opaque": ["builtins", "eval"]}, id="kind-is-a-function"),
        pytest.param({"opaque": ["builtins", "__loader__", "x"]}, id="kind-of-three"),
        pytest.param({"opaque": [["builtins"], "int"]}, id="kind-of-lists"),
        pytest.param({"opaque": 1}, id="kind-of-a-number"),
        pytest.param({"function": 0}, id="function-where-none-is-taken"),
    ],
)
def test_a_forged_tree_is_no_value(tree: Any) -> None:
    """What no packer makes is an error of the other side's, at the top and further in."""
    block = encode([torch.ones(3), torch.zeros(0), torch.ones(1).bfloat16()])
    forms = [tree, [tree], {"tuple": [tree]}, {"dict": [["key", tree]]}, {"set": [tree]}]
    for form in forms:
        with pytest.raises(WireError, match=r"^no "):
            Unpacker(block).value(form)


def nested(depth: int, wrap: Callable[[Any], Any]) -> Any:
    """Something inside something, so many times."""
    tree: Any = 0
    for _ in range(depth):
        tree = wrap(tree)
    return tree


@pytest.mark.parametrize(
    "wrap",
    [
        pytest.param(lambda tree: [tree], id="lists"),
        pytest.param(lambda tree: {"tuple": [tree]}, id="tuples"),
        pytest.param(lambda tree: {"dict": [[1, tree]]}, id="dicts"),
        pytest.param(lambda tree: {"frozenset": [tree]}, id="frozensets"),
    ],
)
def test_a_value_as_deep_as_the_wire_allows_ends_in_an_error_or_a_value(
    wrap: Callable[[Any], Any],
) -> None:
    """No depth of a tree breaks the reader."""
    for depth in (10, 100, 300, 500, 900):
        try:
            Unpacker(b"").value(nested(depth, wrap))
        except WireError:
            assert depth > 50


@pytest.mark.parametrize("depth", [60, 300])
def test_no_value_is_deeper_than_a_packer_would_make_it(depth: int) -> None:
    """What a test does with a value, such as comparing it, can't break on its depth."""
    with pytest.raises(WireError):
        Unpacker(b"").value(nested(depth, lambda tree: [tree]))


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda numbers: {"set": numbers}, id="set"),
        pytest.param(lambda numbers: {"frozenset": numbers}, id="frozenset"),
        pytest.param(lambda numbers: {"dict": [[n, 0] for n in numbers]}, id="dict"),
        pytest.param(lambda numbers: {"set": [{"tuple": [n]} for n in numbers]}, id="tuples"),
    ],
)
def test_numbers_of_one_hash_do_not_hold_the_examiner_up(make: Callable[[Any], Any]) -> None:
    """A set whose members all fall in one place, and so compare with each other, is refused."""
    with pytest.raises(WireError):
        Unpacker(b"").value(make([n * MERSENNE for n in range(1, 20_000)]))


@pytest.mark.parametrize("size", [1000, 1001, 10_000])
@pytest.mark.parametrize("kind", [dict, set, frozenset])
def test_a_large_honest_set_or_dict_crosses_or_is_refused_where_it_is(
    kind: Callable[..., Any], size: int
) -> None:
    """A vocabulary never becomes a message that the other side takes for a forged one."""
    words = [f"word{n}" for n in range(size)]
    value = dict.fromkeys(words, 1) if kind is dict else kind(words)
    try:
        assert crossed(value) == value
    except CannotCrossError:
        assert size > 1000


def everywhere(tree: Any, replacement: Any) -> list[Any]:
    """The trees with one part of it, each in turn, replaced."""
    changed = [replacement]
    if isinstance(tree, list):
        for n in range(len(tree)):
            changed += [
                [*tree[:n], part, *tree[n + 1 :]] for part in everywhere(tree[n], replacement)
            ]
    elif isinstance(tree, dict):
        for key in tree:
            changed += [{**tree, key: part} for part in everywhere(tree[key], replacement)]
    return changed


JUNK = [None, True, -1, 0, 7, 2**80, 1.5, math.nan, "", "dict", [], [[]], [0, 1], {}, {"tensor": 0}]
JUNK += [{"set": [{"tensor": 1}]}, {"dtype": "x"}, {"opaque": None}, {"size": []}, {"array": 0}]


def test_a_tree_with_anything_anywhere_is_a_value_or_an_error() -> None:
    """No junk at any place of a tree makes more than a WireError, or other than plain data."""
    packer = Packer(lenient=True)
    value = [torch.ones(2), {"a": (np.ones(2), np.float32(1))}, {1, 2}, torch.Size([1]), object()]
    tree = json.loads(json.dumps(packer.tree([*value, torch.float32, frozenset({"x"})])))
    block = packer.block()
    for junk in JUNK:
        for changed in everywhere(tree, junk):
            with suppress(WireError):
                plain(Unpacker(block).value(changed))


def test_no_block_of_bytes_breaks_the_reader() -> None:
    """Changed and cut blocks are tensors or an error."""
    random_ = random.Random(0)
    valid = encode([torch.arange(3.0), torch.ones(2, 2, dtype=torch.bool), torch.tensor(1)])
    for _ in range(3000):
        block = bytearray(valid)
        for _ in range(random_.randint(1, 3)):
            block[random_.randrange(len(block))] = random_.choice(b'0123456789{}[],:"-.eF \0\xff')
        if random_.random() < 0.2:
            del block[random_.randrange(len(block)) :]
        with suppress(WireError):
            plain(decode(bytes(block)))


# Kinds and signatures


@pytest.mark.parametrize(
    "kind", [int, dict, type(None), types.GeneratorType, Tensor, np.ndarray, torch.nn.Module]
)
def test_kinds_of_known_libraries_have_names(kind: type) -> None:
    """What names a kind is read as that kind, where it has a public name."""
    name = named(kind)
    assert name is None or kind_named(name) is kind
    assert named(int) == ["builtins", "int"]


def test_a_kind_of_a_students_is_not_named() -> None:
    """A class named like one of Python's is another class."""
    assert named(type("int", (), {})) is None
    assert named(type("text of a hidden test", (), {})) is None
    assert kind_named(None) is None


def one(a: int, /, b: Any, *args: Any, c: float = 1.5, d: Any = Opaque, **kw: Any) -> None:
    """A function with parameters of every kind."""


def test_a_signature_crosses_without_what_is_not_plain() -> None:
    """Names, kinds and plain defaults come out; another default is there, but has no value."""
    found = signature(json.loads(json.dumps(signature_tree(one))))

    assert str(found) == "(a, /, b, *args, c=1.5, d=None, **kw)"


def test_a_function_without_a_signature_has_none() -> None:
    """A builtin without one, and one that lies, come out without."""

    def liar() -> None: ...

    liar.__signature__ = 5  # type: ignore[attr-defined]
    assert signature_tree(liar) is None
    assert signature(None) is None


@pytest.mark.parametrize(
    "tree",
    [
        pytest.param(1, id="number"),
        pytest.param("abcd", id="text"),
        pytest.param([[]], id="no-fields"),
        pytest.param([["a", 1, False]], id="too-few-fields"),
        pytest.param([["a", 9, False, None]], id="no-such-kind"),
        pytest.param([["a", "1", False, None]], id="kind-is-text"),
        pytest.param([["a", 2**70, False, None]], id="huge-kind"),
        pytest.param([["not a name", 1, False, None]], id="no-identifier"),
        pytest.param([["class", 1, False, None]], id="keyword"),
        pytest.param([[None, 1, False, None]], id="no-name"),
        pytest.param([[["a"], 1, False, None]], id="list-as-name"),
        pytest.param([["a", 1, False, None]] * 2, id="twice-the-same"),
        pytest.param([["a", 3, False, None], ["b", 0, False, None]], id="wrong-order"),
        pytest.param([["a", 1, True, 1], ["b", 1, False, None]], id="default-before-none"),
        pytest.param({"a": 1}, id="object"),
    ],
)
def test_a_forged_signature_is_none(tree: Any) -> None:
    """What is no signature is left out, and is no error."""
    assert signature(tree) is None


def test_a_signature_is_bounded_and_printable() -> None:
    """A default is one short line; of parameters without end there are some."""
    found = signature([["x", 1, True, "\x1b[31m" + "x" * 10_000]])
    assert found is not None
    assert str(found).isprintable()
    assert len(str(found)) < 300
    many = signature([[f"x{n}", 1, False, None] for n in range(10_000)])
    assert many is not None
    assert len(many.parameters) == MAX_PARAMETERS
    assert signature([["x" * 10_000, 1, False, None]]) is None
