"""The rule of this assignment: no torch loss, and no torch softmax, under any name.

An operator is known by ATen's name of it or by the function's own, and found by what F.*, nn.*,
Tensor's methods, torch.special, distributions and scripted code all run in the end.
"""

from __future__ import annotations

from autograder.checks import ByHand

BY_HAND = ByHand(
    operators={
        # ATen's, each with its forms for sparse, nested and masked tensors and for the way back.
        "aten.*log_softmax*": "log-softmax",
        "aten.*softmax*": "softmax",
        "aten.*attention*": "attention, which is a softmax,",
        "aten.*transformer_encoder*": "attention, which is a softmax,",
        "aten.*nll_loss*": "negative log-likelihood",
        "aten.*cross_entropy*": "cross-entropy",
        "aten.*soft_margin_loss*": "logistic loss",
        "aten.*kl_div*": "KL divergence",
        "aten.*ctc_loss*": "CTC loss",
        "quantized.*softmax*": "softmax",
        # torch's functions: an operator does not always bear the name of what it is part of.
        "torch.*log_softmax": "log-softmax",
        "torch.*softmax": "softmax",
        "torch.*softmin": "softmax",
        "torch.*attention*": "attention, which is a softmax,",
        "torch.*nll_loss*": "negative log-likelihood",
        "torch.*cross_entropy*": "cross-entropy",
        "torch.*soft_margin_loss*": "logistic loss",
        "torch.*kl_div*": "KL divergence",
        "torch.*ctc_loss*": "CTC loss",
    },
    internals=(
        "torch._C",
        "torch._refs",
        "torch._decomp",
        "torch._prims",
        "torch._dynamo",
        "torch._inductor",
        "torch._ops",
        "torch.ops",
        "torch.overrides",
        "torch.library",
        "torch.utils._python_dispatch",
        "torch._jit_internal",
        "_thread",
        "builtins",
        "__builtins__",
        "autograder",
    ),
    libraries=(
        "torch.distributions",
        "torch.jit",
        "torch.fx",
        "sklearn",
        "scipy",
        "jax",
        "tensorflow",
        "keras",
        "cupy",
        "mxnet",
        "torchmetrics",
        "torchvision",
        "importlib",
        "ctypes",
        "threading",
        "multiprocessing",
        "signal",
        "asyncio",
        "concurrent",
        "gc",
    ),
    hint=(
        "Write it from exponentials, logarithms, sums and comparisons. Calling it elsewhere, to "
        "check your function, is fine."
    ),
)
