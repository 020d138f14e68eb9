"""The rule of this assignment: no torch loss, and no torch softmax, under any name.

An operator is known by ATen's name of it or by the function's own, and found by what F.*, nn.*,
Tensor's methods, torch.special, distributions and scripted code all run in the end.
"""

from __future__ import annotations

from autograder.checks import ByHand

BY_HAND = ByHand(
    operators={
        "aten._softmax": "softmax",
        "aten._safe_softmax": "softmax",
        "aten.softmax*": "softmax",
        "aten.special_softmax*": "softmax",
        "aten._log_softmax": "log-softmax",
        "aten.log_softmax*": "log-softmax",
        "aten.special_log_softmax*": "log-softmax",
        "aten._masked_softmax": "softmax",
        "aten._sparse_softmax": "softmax",
        "aten._sparse_log_softmax": "log-softmax",
        "aten._scaled_dot_product*": "attention, which is a softmax,",
        "aten.scaled_dot_product*": "attention, which is a softmax,",
        "aten._native_multi_head_attention": "attention, which is a softmax,",
        "aten._transformer_encoder*": "attention, which is a softmax,",
        "aten.nll_loss*": "negative log-likelihood",
        "aten.*cross_entropy*": "cross-entropy",
        "aten.*soft_margin_loss*": "logistic loss",
        "aten.kl_div*": "KL divergence",
        "aten.*ctc_loss*": "CTC loss",
        "torch.nn.functional.kl_div": "KL divergence",
        "torch.kl_div": "KL divergence",
        "torch.nn.functional.*cross_entropy*": "cross-entropy",
        "torch.*cross_entropy*": "cross-entropy",
        "torch.nn.functional.*nll_loss*": "negative log-likelihood",
        "torch.nn.functional.*soft_margin_loss*": "logistic loss",
        "torch.nn.functional.*softmax": "softmax",
        "torch.nn.functional.scaled_dot_product_attention": "attention, which is a softmax,",
        "torch.nn.functional.linear_cross_entropy": "cross-entropy",
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
        "torch.compile",
        "torch.fx",
        "sklearn",
        "scipy",
        "jax",
        "tensorflow",
        "importlib",
        "ctypes",
        "threading",
        "concurrent",
        "gc",
    ),
)
