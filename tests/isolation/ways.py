"""Ways to torch's own losses and softmaxes, as a notebook may go them: text of cells.

Each defines `f(z, y)`, of logits (4, 3) and labels (4,), and gives what an exercise asks for, or
the part of it that is not to be had by hand. How it ends is the name of its dictionary.
"""

from __future__ import annotations

BEGIN = """
import torch
import torch.nn.functional as F
from torch import nn

def hot(z, y):
    return F.one_hot(y, z.shape[1]).to(z.dtype)
"""


def _function(body: str) -> str:
    """A cell whose function returns this expression."""
    return f"def f(z, y):\n    return {body}\n"


_EXPRESSIONS = {
    # torch.nn.functional
    "F.softmax": "F.softmax(z, -1)",
    "F.softmax-dtype": "F.softmax(z, -1, dtype=torch.float64).to(z.dtype)",
    "F.log_softmax": "F.log_softmax(z, -1)",
    "F.softmin": "F.softmin(-z, -1)",
    "F.gumbel_softmax": "F.gumbel_softmax(z)",
    "F.nll_loss": "F.nll_loss(z, y, reduction='none')",
    "F.cross_entropy": "F.cross_entropy(z, y, reduction='none')",
    "F.cross_entropy-soft": "F.cross_entropy(z, hot(z, y), reduction='none')",
    "F.cross_entropy-smooth": "F.cross_entropy(z, y, label_smoothing=1e-9, reduction='none')",
    "F.binary_cross_entropy": "F.binary_cross_entropy(z.sigmoid(), hot(z, y), reduction='none')",
    "F.binary_cross_entropy_with_logits": (
        "F.binary_cross_entropy_with_logits(z, hot(z, y), reduction='none')"
    ),
    "F.bce-by-its-wrong-side": "-F.binary_cross_entropy(z.sigmoid(), 1 - hot(z, y)).neg()",
    "F.soft_margin_loss": "F.soft_margin_loss(z, 2 * hot(z, y) - 1, reduction='none')",
    "F.multilabel_soft_margin_loss": "F.multilabel_soft_margin_loss(z, hot(z, y))",
    "F.kl_div": "F.kl_div(z - z.logsumexp(-1, True), hot(z, y), reduction='none').sum(-1)",
    "F.linear_cross_entropy": "F.linear_cross_entropy(z, torch.eye(3), y)",
    "F.ctc_loss": (
        "F.ctc_loss(z.logsumexp(-1, True).neg().add(z)[:, None], torch.tensor([[1, 2]]), "
        "torch.tensor([4]), torch.tensor([2]))"
    ),
    "F.scaled_dot_product_attention": (
        "F.scaled_dot_product_attention(z[None], torch.eye(3)[None], torch.eye(3)[None], scale=1.0)"
    ),
    "F.multi_head_attention_forward": (
        "F.multi_head_attention_forward(*[z[:, None]] * 3, 3, 1, torch.ones(9, 3), None, None, "
        "None, False, 0.0, torch.eye(3), None)[0]"
    ),
    # torch.nn
    "nn.Softmax": "nn.Softmax(-1)(z)",
    "nn.Softmax2d": "nn.Softmax2d()(z.T[None, :, :, None])",
    "nn.Softmin": "nn.Softmin(-1)(-z)",
    "nn.LogSoftmax": "nn.LogSoftmax(-1)(z)",
    "nn.NLLLoss": "nn.NLLLoss(reduction='none')(z, y)",
    "nn.CrossEntropyLoss": "nn.CrossEntropyLoss(reduction='none')(z, y)",
    "nn.BCELoss": "nn.BCELoss(reduction='none')(z.sigmoid(), hot(z, y))",
    "nn.BCEWithLogitsLoss": "nn.BCEWithLogitsLoss(reduction='none')(z, hot(z, y))",
    "nn.SoftMarginLoss": "nn.SoftMarginLoss(reduction='none')(z, 2 * hot(z, y) - 1)",
    "nn.MultiLabelSoftMarginLoss": "nn.MultiLabelSoftMarginLoss()(z, hot(z, y))",
    "nn.KLDivLoss": "nn.KLDivLoss(reduction='none')(z, hot(z, y))",
    "nn.CTCLoss": (
        "nn.CTCLoss()(z[:, None], torch.tensor([[1, 2]]), torch.tensor([4]), torch.tensor([2]))"
    ),
    "nn.AdaptiveLogSoftmaxWithLoss": "nn.AdaptiveLogSoftmaxWithLoss(3, 4, [2])(z, y).output",
    "nn.MultiheadAttention": "nn.MultiheadAttention(3, 1)(z, z, z)[0]",
    "nn.TransformerEncoderLayer": (
        "nn.TransformerEncoderLayer(3, 1, 3, batch_first=True).eval()(z[None])"
    ),
    "nn.TransformerDecoderLayer": "nn.TransformerDecoderLayer(3, 1, 3).eval()(z, z)",
    "nn.Sequential": "nn.Sequential(nn.Identity(), nn.LogSoftmax(-1))(z)",
    "nn-unbound": "nn.modules.loss.CrossEntropyLoss.forward(nn.CrossEntropyLoss(), z, y)",
    # Methods
    "Tensor.softmax": "z.softmax(-1)",
    "Tensor.log_softmax": "z.log_softmax(-1)",
    "Tensor-unbound": "torch.Tensor.softmax(z, -1)",
    "Tensor-base": "torch._C.TensorBase.softmax(z, -1)",
    "Tensor-by-a-text": "getattr(z, 'soft' + 'max')(-1)",
    "Tensor-detached": "z.detach().softmax(-1)",
    "Tensor-data": "z.data.log_softmax(-1)",
    "Tensor-methodcaller": "__import__('operator').methodcaller('softmax', -1)(z)",
    # torch
    "torch.softmax": "torch.softmax(z, -1)",
    "torch.softmax-out": "torch.softmax(z.detach(), -1, out=torch.empty_like(z))",
    "torch.log_softmax": "torch.log_softmax(z, -1)",
    "torch._softmax": "torch._softmax(z, -1, False)",
    "torch._log_softmax": "torch._log_softmax(z, -1, False)",
    "torch._safe_softmax": "torch._safe_softmax(z, -1)",
    "torch._masked_softmax": "torch._masked_softmax(z, z > 1e9, -1, 2)",
    "torch.kl_div": "torch.kl_div(z, hot(z, y), 0)",
    "torch.binary_cross_entropy_with_logits": (
        "torch.binary_cross_entropy_with_logits(z, hot(z, y), None, None, 0)"
    ),
    "torch.ctc_loss": (
        "torch.ctc_loss(z[:, None], torch.tensor([[1, 2]]), torch.tensor([4]), torch.tensor([2]))"
    ),
    "torch._scaled_dot_product_attention_math": (
        "torch._scaled_dot_product_attention_math(z[None, None], torch.eye(3)[None, None], "
        "torch.eye(3)[None, None], scale=1.0)[0]"
    ),
    "torch._softmax_backward_data": (
        "torch._softmax_backward_data(hot(z, y), z.exp() / z.exp().sum(-1, True), -1, z.dtype)"
    ),
    "torch._log_softmax_backward_data": (
        "-torch._log_softmax_backward_data(hot(z, y), z - z.logsumexp(-1, True), -1, z.dtype)"
    ),
    "torch.special.softmax": "torch.special.softmax(z, -1)",
    "torch.special.log_softmax": "torch.special.log_softmax(z, -1)",
    "torch.masked.softmax": "torch.masked.softmax(z, -1)",
    "torch.masked.log_softmax": "torch.masked.log_softmax(z, -1)",
    "torch.masked.softmin": "torch.masked.softmin(-z, -1)",
    "torch.masked_tensor": (
        "torch.masked.masked_tensor(z.detach(), z > -1e9).softmax(-1).get_data()"
    ),
    "torch.sparse.softmax": "torch.sparse.softmax(z.detach().to_sparse(), 1).to_dense()",
    "torch.sparse.log_softmax": "torch.sparse.log_softmax(z.detach().to_sparse(), 1).to_dense()",
    "torch.nested": "torch.nested.nested_tensor([z.detach()]).softmax(-1).to_padded_tensor(0)[0]",
    "torch.nested-jagged": (
        "torch.nested.nested_tensor([z.detach()], layout=torch.jagged).softmax(-1).values()"
    ),
    "torch.mkldnn": "z.detach().to_mkldnn().softmax(-1).to_dense()",
    "torch._VF": "torch._VF.softmax(z, -1)",
    "torch._C._VariableFunctions": "torch._C._VariableFunctions.log_softmax(z, -1)",
    "torch._C._nn": "torch._C._nn.nll_loss_nd(z, y, None, 0)",
    "torch._C._nn-entropy": "torch._C._nn.cross_entropy_loss(z, y, None, 0)",
    # torch.ops
    "ops-packet": "torch.ops.aten._softmax(z, -1, False)",
    "ops-default": "torch.ops.aten._log_softmax.default(z, -1, False)",
    "ops-out": "torch.ops.aten._softmax.out(z.detach(), -1, False, out=torch.empty_like(z))",
    "ops-int": "torch.ops.aten.log_softmax.int(z, -1)",
    "ops-decompose": "torch.ops.aten.softmax.int.decompose(z, -1)",
    "ops-kl_div": "torch.ops.aten.kl_div.default(z, hot(z, y))",
    "ops-nll_loss": "torch.ops.aten.nll_loss_forward(z, y, None, 0, -100)[0]",
    "ops-cross_entropy_loss": "torch.ops.aten.cross_entropy_loss.default(z, y, None, 0)",
    "ops-binary_cross_entropy": (
        "torch.ops.aten.binary_cross_entropy(z.sigmoid(), hot(z, y), None, 0)"
    ),
    "ops-binary_cross_entropy_backward": (
        "torch.ops.aten.binary_cross_entropy_backward(torch.ones_like(z), z.sigmoid(), hot(z, y))"
    ),
    "ops-nll_loss_backward": (
        "torch.ops.aten.nll_loss_backward(torch.ones(4), z, y, None, 0, -100, torch.tensor(0.0))"
    ),
    "ops-soft_margin_loss": "torch.ops.aten.soft_margin_loss(z, 2 * hot(z, y) - 1, 0)",
    "ops-special": "torch.ops.aten.special_softmax(z, -1)",
    "ops-quantized": (
        "torch.ops.quantized.softmax(torch.quantize_per_tensor(z.detach(), 1e-8, 0, torch.qint32), "
        "-1, 2.0**-31, 0).dequantize()"
    ),
    "ops-call_boxed": (
        "torch._C._dispatch_call_boxed(torch._C._dispatch_find_schema_or_throw("
        "'aten::_softmax', ''), z, -1, False)"
    ),
    "ops-by-key": (
        "torch.ops.aten._softmax.default._op_dk(torch._C.DispatchKey.CPU, z.detach(), -1, False)"
    ),
    # torch.distributions
    "Categorical.probs": "torch.distributions.Categorical(logits=z).probs",
    "OneHotCategorical.probs": "torch.distributions.OneHotCategorical(logits=z).probs",
    "OneHotCategorical.log_prob": (
        "-torch.distributions.OneHotCategorical(logits=z).log_prob(hot(z, y))"
    ),
    "Multinomial.logits": "torch.distributions.Multinomial(1, logits=z).logits",
    "Bernoulli.log_prob": "-torch.distributions.Bernoulli(logits=z).log_prob(hot(z, y))",
    "Bernoulli.log_prob-of-probs": (
        "-torch.distributions.Bernoulli(probs=z.sigmoid()).log_prob(hot(z, y))"
    ),
    "Bernoulli.entropy": "torch.distributions.Bernoulli(logits=z).entropy()",
    # Transformations
    "func.vmap": "torch.func.vmap(lambda row: F.softmax(row, -1))(z)",
    "func.vmap-cross_entropy": (
        "torch.func.vmap(lambda row, label: F.cross_entropy(row, label))(z, y)"
    ),
    "func.grad": (
        "torch.func.grad(lambda x: F.cross_entropy(x, y, reduction='sum'))(z) + hot(z, y)"
    ),
    "func.vjp": "torch.func.vjp(lambda x: x.log_softmax(-1), z)[0]",
    "func.jvp": "torch.func.jvp(lambda x: x.softmax(-1), (z,), (z,))[0]",
    "func.jacrev": "torch.func.jacrev(lambda x: x.log_softmax(-1))(z).sum((0, 1))",
    "func.jacfwd": "torch.func.jacfwd(lambda x: x.log_softmax(-1))(z).sum((0, 1))",
    "func.hessian": "torch.func.hessian(lambda x: x.log_softmax(-1).sum())(z).sum((0, 1))",
    "func.linearize": "torch.func.linearize(lambda x: x.softmax(-1), z)[0]",
    "func.functional_call": "torch.func.functional_call(nn.Softmax(-1), {}, (z,))",
    "autograd.functional": (
        "torch.autograd.functional.jacobian(lambda x: x.log_softmax(-1), z).sum((0, 1))"
    ),
    "autograd.grad": (
        "torch.autograd.grad(F.cross_entropy(x := z.detach().requires_grad_(), y), x)[0]"
    ),
    "checkpoint": (
        "__import__('torch.utils.checkpoint').utils.checkpoint.checkpoint("
        "lambda x: x.softmax(-1), z, use_reentrant=False)"
    ),
    "no_grad": "torch.no_grad()(lambda: z.softmax(-1))()",
    "inference_mode": "torch.inference_mode()(lambda: F.kl_div(z, hot(z, y)).clone())()",
    "autocast": "torch.autocast('cpu', torch.bfloat16)(lambda: F.log_softmax(z, -1))()",
    "compile": "torch.compile(lambda x: x.softmax(-1), fullgraph=True)(z)",
    # Objects that carry it
    "partial": "__import__('functools').partial(F.softmax, dim=-1)(z)",
    "globals": "F.cross_entropy.__globals__['log_softmax'](z, -1)",
    "vars": "vars(F)['nll_' + 'loss'](z, y)",
    "pickle": "(lambda p: p.loads(p.dumps(nn.Softmax(-1))))(__import__('pickle'))(z)",
    "deepcopy": "__import__('copy').deepcopy(nn.LogSoftmax(-1))(z)",
}

_CELLS = {
    "exec": "exec('def f(z, y):\\n    return F.soft' + 'max(z, -1)')",
    "default": "def f(z, y, own=torch.Tensor.log_softmax):\n    return own(z, -1)",
    "module": """
class Own(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.CrossEntropyLoss(reduction="none")
    def forward(self, z, y):
        return self.inner(z, y)
f = Own()
""",
    "parametrization": """
from torch.nn.utils import parametrize
def f(z, y):
    layer = nn.Linear(3, 4, bias=False)
    parametrize.register_parametrization(layer, "weight", nn.Softmax(-1), unsafe=True)
    with torch.no_grad():
        layer.parametrizations.weight.original.copy_(z)
        return layer.weight.clone()
""",
    "tensor-subclass": """
class Own(torch.Tensor):
    pass
def f(z, y):
    return z.detach().as_subclass(Own).softmax(-1).as_subclass(torch.Tensor)
""",
    "tensor-subclass-of-functions": """
class Own(torch.Tensor):
    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        with torch._C.DisableTorchFunctionSubclass():
            return torch.log_softmax(args[0].as_subclass(torch.Tensor), -1)
def f(z, y):
    return z.detach().as_subclass(Own).exp()
""",
    "tensor-subclass-without-functions": """
def f(z, y):
    with torch._C.DisableTorchFunctionSubclass():
        return F.softmax(z, -1)
""",
    "own-mode": """
from torch.utils._python_dispatch import TorchDispatchMode
class Own(TorchDispatchMode):
    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        return torch.ops.aten._softmax(args[0], -1, False)
def f(z, y):
    with Own():
        return z.detach().exp()
""",
    "own-function-mode": """
from torch.overrides import TorchFunctionMode
class Own(TorchFunctionMode):
    def __torch_function__(self, func, types, args=(), kwargs=None):
        return F.softmax(args[0], -1) if func is torch.Tensor.exp else func(*args, **kwargs or {})
def f(z, y):
    with Own():
        return z.exp()
""",
    "function-of-autograd": """
class Own(torch.autograd.Function):
    @staticmethod
    def forward(ctx, z):
        return z.softmax(-1)
    @staticmethod
    def backward(ctx, grad):
        return grad
def f(z, y):
    return Own.apply(z)
""",
    "function-of-autograd-backward": """
class Own(torch.autograd.Function):
    @staticmethod
    def forward(ctx, z, y):
        ctx.save_for_backward(z, y)
        return z.logsumexp(-1) - z[torch.arange(len(y)), y]
    @staticmethod
    def backward(ctx, grad):
        z, y = ctx.saved_tensors
        return grad[:, None] * (F.softmax(z, -1) - hot(z, y)), None
def f(z, y):
    return Own.apply(z, y)
""",
    "backward-of-an-operator": """
class Own(torch.autograd.Function):
    @staticmethod
    def forward(ctx, z):
        ctx.save_for_backward(out := (z - z.logsumexp(-1, keepdim=True)).exp())
        return out
    @staticmethod
    def backward(ctx, grad):
        out, = ctx.saved_tensors
        return torch.ops.aten._softmax_backward_data(grad, out, -1, out.dtype)
def f(z, y):
    return Own.apply(z)
""",
    "saved-graph": """
def f(z, y):
    own = z - z.logsumexp(-1, keepdim=True)
    return own.detach() + (torch.log_softmax(z, -1) - torch.log_softmax(z, -1).detach())
""",
    "hook-of-a-tensor": """
def f(z, y):
    own = z - z.logsumexp(-1, keepdim=True)
    if own.requires_grad:
        own.register_hook(lambda grad: grad - z.softmax(-1) * 0)
    return own
""",
    "hook-of-a-node": """
def f(z, y):
    own = z - z.logsumexp(-1, keepdim=True)
    if own.requires_grad:
        own.grad_fn.register_prehook(lambda grads: (grads[0] + F.softmax(z, -1) * 0,))
    return own
""",
    "saved-tensors-hooks": """
def f(z, y):
    pack, unpack = lambda x: x, lambda x: x + 0 * torch.softmax(z.detach(), -1).sum()
    with torch.autograd.graph.saved_tensors_hooks(pack, unpack):
        return z.exp() / z.exp().sum(-1, keepdim=True)
""",
    "error-in-backward": """
class Own(torch.autograd.Function):
    @staticmethod
    def forward(ctx, z):
        return z - z.logsumexp(-1, keepdim=True)
    @staticmethod
    def backward(ctx, grad):
        raise ValueError(str(grad.softmax(-1).tolist()))
def f(z, y):
    return Own.apply(z)
""",
    # Compiled, traced and written down
    "jit.script": """
@torch.jit.script
def f(z: torch.Tensor, y: torch.Tensor):
    return torch.log_softmax(z, -1)
""",
    "jit.script-cross_entropy": """
@torch.jit.script
def f(z: torch.Tensor, y: torch.Tensor):
    return torch.nn.functional.cross_entropy(z, y, reduction="none")
""",
    "jit.script-method": """
unit = torch.jit.CompilationUnit("def g(z: Tensor) -> Tensor:\\n  return z.softmax(-1)\\n")
def f(z, y):
    return unit.g(z)
""",
    "jit.trace": """
example = torch.ones(4, 3), torch.arange(4) % 3
f = torch.jit.trace(lambda z, y: F.nll_loss(z, y), example)
""",
    "jit.freeze": """
frozen = torch.jit.freeze(torch.jit.script(nn.LogSoftmax(-1).eval()))
def f(z, y):
    return frozen(z)
""",
    "jit-interpreted": """
@torch.jit.script
def inside(z: torch.Tensor):
    return torch.softmax(z, -1)
def f(z, y):
    return torch._C._jit_interpret_graph(inside.graph, (z,))
""",
    "fx": "g = torch.fx.symbolic_trace(nn.LogSoftmax(-1))\ndef f(z, y):\n    return g(z)",
    "fx-interpreted": """
g = torch.fx.Interpreter(torch.fx.symbolic_trace(nn.LogSoftmax(-1)))
def f(z, y):
    return g.run(z)
""",
    "make_fx": """
from torch.fx.experimental.proxy_tensor import make_fx
g = make_fx(lambda z: F.log_softmax(z, -1))(torch.ones(4, 3))
def f(z, y):
    return g(z)
""",
    "make_fx-decomposed": """
from torch.fx.experimental.proxy_tensor import make_fx
def f(z, y):
    table = torch._decomp.core_aten_decompositions()
    return make_fx(lambda z: F.log_softmax(z, -1), table)(z.detach())(z)
""",
    "aot": """
from functorch.compile import aot_function, nop
def f(z, y):
    return aot_function(lambda x: x.softmax(-1), nop)(z.detach())
""",
    "custom_op": """
@torch.library.custom_op("own::softmax", mutates_args=())
def own(z: torch.Tensor) -> torch.Tensor:
    return torch.softmax(z, -1)
def f(z, y):
    return own(z.detach())
""",
    "library": """
library = torch.library.Library("mine", "DEF")
library.define("softmax(Tensor z) -> Tensor")
library.impl("softmax", lambda z: torch.softmax(z, -1), "CPU")
def f(z, y):
    return torch.ops.mine.softmax(z.detach())
""",
    # Other threads
    "thread": """
import threading
def f(z, y):
    kept = []
    thread = threading.Thread(target=lambda: kept.append(F.softmax(z, -1)))
    thread.start()
    thread.join()
    return kept[0]
""",
    "thread-of-a-thread": """
import threading
def f(z, y):
    kept = []
    def run(work):
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    run(lambda: run(lambda: kept.append(z.log_softmax(-1))))
    return kept[0]
""",
    "thread-from-before": """
import queue, threading
asked, answered = queue.Queue(), queue.Queue()
def work():
    while True:
        answered.put(asked.get().softmax(-1))
threading.Thread(target=work, daemon=True).start()
def f(z, y):
    asked.put(z)
    return answered.get()
""",
    "timer": """
import threading
def f(z, y):
    kept = []
    timer = threading.Timer(0, lambda: kept.append(F.softmax(z, -1)))
    timer.start()
    timer.join()
    return kept[0]
""",
    "executor": """
from concurrent.futures import ThreadPoolExecutor
pool = ThreadPoolExecutor(1)
pool.submit(int).result()
def f(z, y):
    return pool.submit(F.cross_entropy, z, y, reduction="none").result()
""",
    "raw-thread": """
import _thread, time
def f(z, y):
    kept = []
    _thread.start_new_thread(lambda: kept.append(F.softmax(z, -1)), ())
    while not kept:
        time.sleep(0.001)
    return kept[0]
""",
    "raw-thread-by-its-old-name": """
import _thread, time
def f(z, y):
    kept = []
    _thread.start_new(lambda: kept.append(F.softmax(z, -1)), ())
    while not kept:
        time.sleep(0.001)
    return kept[0]
""",
    "thread-for-backward": """
import threading
class Own(torch.autograd.Function):
    @staticmethod
    def forward(ctx, z):
        ctx.save_for_backward(z)
        return z - z.logsumexp(-1, keepdim=True)
    @staticmethod
    def backward(ctx, grad):
        z, kept = ctx.saved_tensors[0], []
        thread = threading.Thread(target=lambda: kept.append(z.softmax(-1)))
        thread.start()
        thread.join()
        return grad - kept[0] * grad.sum(-1, keepdim=True)
def f(z, y):
    return Own.apply(z)
""",
    # When the function has returned
    "fills-when-it-goes": """
class Filling:
    def __init__(self, out, z):
        self.out, self.z = out, z
    def __del__(self):
        self.out.copy_(self.z.softmax(-1))
def f(z, y):
    out = torch.zeros_like(z)
    return [out, Filling(out, z.detach())]
""",
    "fills-at-collection": """
class Filling:
    def __init__(self, out, z):
        self.out, self.z, self.circle = out, z, self
    def __del__(self):
        self.out.copy_(self.z.softmax(-1))
def f(z, y):
    out = torch.zeros_like(z)
    Filling(out, z.detach())
    return [out, [[] for _ in range(9000)]]
""",
    "finalizer": """
import weakref
class Thing:
    pass
def f(z, y):
    out, thing = torch.zeros_like(z), Thing()
    weakref.finalize(thing, lambda: out.copy_(F.log_softmax(z.detach(), -1)))
    return [out, thing]
""",
    "generator-that-ends": """
def f(z, y):
    out = torch.zeros_like(z)
    def filling():
        try:
            yield
        finally:
            out.copy_(z.detach().softmax(-1))
    going = filling()
    next(going)
    return [out, going]
""",
    "method-of-its-own": """
def f(z, y):
    out = torch.zeros_like(z)
    out.is_contiguous = lambda: out.copy_(z.detach().softmax(-1)) is out
    return out
""",
    "size-of-its-own": """
def f(z, y):
    out = torch.zeros_like(z)
    out.numel = lambda: out.copy_(z.detach().softmax(-1)).storage_offset() + 12
    return out
""",
    "fills-a-gradient": """
class Filling:
    def __init__(self, out, z):
        self.out, self.z = out, z
    def __del__(self):
        self.out.copy_(self.z.softmax(-1))
class Own(torch.autograd.Function):
    @staticmethod
    def forward(ctx, z):
        ctx.save_for_backward(z)
        return z - z.logsumexp(-1, keepdim=True)
    @staticmethod
    def backward(ctx, grad):
        out = torch.zeros_like(grad)
        out.thing = Filling(out.detach(), ctx.saved_tensors[0].detach())
        out.numel = lambda: delattr(out, "thing") or 12
        return out
def f(z, y):
    return Own.apply(z)
""",
    "fills-an-argument": """
class Filling:
    def __init__(self, z):
        self.z = z
    def __del__(self):
        self.z.copy_(self.z.softmax(-1))
def f(z, y):
    return [z, Filling(z.detach())]
""",
    "words-of-an-error": """
class Own(Exception):
    def __str__(self):
        return str(self.args[0].softmax(-1).tolist())
def f(z, y):
    raise Own(z.detach())
""",
    "words-of-a-key-error": """
class Key:
    def __init__(self, z):
        self.z = z
    def __str__(self):
        return str(self.z.log_softmax(-1).tolist())
def f(z, y):
    raise KeyError(Key(z.detach()))
""",
    "error-that-goes": """
class Own(Exception):
    def __del__(self):
        self.args[0].softmax(-1)
def f(z, y):
    raise Own(z.detach())
""",
}

# The operator is named in the answer to the call, or to its backward pass.
TOLD = {name: _function(body) for name, body in _EXPRESSIONS.items()} | _CELLS

# Of these, those that have it on the way back alone.
BACKWARD = {
    "function-of-autograd-backward",
    "backward-of-an-operator",
    "hook-of-a-tensor",
    "hook-of-a-node",
    "saved-tensors-hooks",
    "saved-graph",
    "error-in-backward",
    "thread-for-backward",
    "fills-a-gradient",
}

# The way is closed.
REFUSED = {
    **{
        name: _function(body)
        for name, body in {
            "get_kernel": (
                "torch.library.get_kernel('aten::_softmax', 'CPU').call_boxed("
                "torch._C.DispatchKeySet(torch._C.DispatchKey.CPU), z.detach(), -1, False)"
            ),
            "refs.softmax": "torch._refs.softmax(z, -1)",
            "refs.log_softmax": "torch._refs.log_softmax(z, -1)",
            "refs.functional.softmax": "torch._refs.nn.functional.softmax(z, -1)",
            "refs.functional.softmin": "torch._refs.nn.functional.softmin(-z, -1)",
            "refs.functional.log_softmax": "torch._refs.nn.functional.log_softmax(z, -1)",
            "refs.functional.nll_loss": "torch._refs.nn.functional.nll_loss(z, y)",
            "refs.functional.nll_loss_nd": (
                "torch._refs.nn.functional._nll_loss_nd(z, y, None, 'none', -100)"
            ),
            "refs.special.softmax": "torch._refs.special.softmax(z, -1)",
            "refs.special.log_softmax": "torch._refs.special.log_softmax(z, -1)",
            "decomp._softmax": "torch._decomp.decompositions._softmax(z, -1, False)",
            "decomp._softmax-wrapped": (
                "torch._decomp.decompositions._softmax.__wrapped__(z, -1, False)"
            ),
            "decomp._log_softmax": "torch._decomp.decompositions._log_softmax(z, -1, False)",
            "decomp.safe_softmax": "torch._decomp.decompositions.safe_softmax(z, -1)",
            "decomp.nll_loss_forward": (
                "torch._decomp.decompositions.nll_loss_forward(z, y, None, 0, -100)[0]"
            ),
            "decomp._nll_loss_forward": (
                "torch._decomp.decompositions._nll_loss_forward(z, y, None, 0, -100)[0]"
            ),
            "decomp.binary_cross_entropy": (
                "torch._decomp.decompositions.binary_cross_entropy(z.sigmoid(), hot(z, y))"
            ),
            "decomp.binary_cross_entropy_with_logits": (
                "torch._decomp.decompositions.binary_cross_entropy_with_logits(z, hot(z, y))"
            ),
            "decomp.soft_margin_loss": (
                "torch._decomp.decompositions.soft_margin_loss(z, 2 * hot(z, y) - 1)"
            ),
            "decomp._softmax_backward_data": (
                "torch._decomp.decompositions._softmax_backward_data("
                "hot(z, y), z.exp() / z.exp().sum(-1, True), -1, z.dtype)"
            ),
            "decomp-table": (
                "torch._decomp.decomposition_table[torch.ops.aten._softmax.default](z, -1, False)"
            ),
            "decomp-table-of-all": (
                "torch._decomp.global_decomposition_table['post_autograd']"
                "[torch.ops.aten._log_softmax.default](z, -1, False)"
            ),
            "decomp-core": (
                "torch._decomp.core_aten_decompositions()"
                "[torch.ops.aten.nll_loss2d_forward.default]("
                "z.T[None, :, :, None], y[None, :, None], None, 0, -100)[0]"
            ),
            "decomp-chosen": (
                "list(torch._decomp.get_decompositions([torch.ops.aten._softmax]).values())[0]("
                "z, -1, False)"
            ),
            "export-table": (
                "torch.export.default_decompositions()"
                "[torch.ops.aten.binary_cross_entropy_with_logits.default](z, hot(z, y))"
            ),
            "fuser": "torch.jit.fuser('fuser1').__enter__() or z",
            "onednn": "torch.jit.enable_onednn_fusion(True) or z",
        }.items()
    },
    "custom_op-of-torch": """
from torch.nn.modules import linear_cross_entropy
own = next(v for n, v in vars(linear_cross_entropy).items() if n.endswith("chunked_no_reduction"))
def f(z, y):
    return own(z.detach(), torch.eye(3), y, None, None, -100, 4, "balanced", torch.float32)
""",
    "inductor": """
import torch._inductor.decomposition
def f(z, y):
    table = torch._inductor.decomposition.decompositions
    return table[torch.ops.aten._softmax_backward_data.default](
        hot(z, y), z.exp() / z.exp().sum(-1, True), -1, z.dtype)
""",
    "inductor-prims": """
import torch._inductor.inductor_prims as prims
def f(z, y):
    largest, total = prims.eager_prepare_softmax(z, -1)
    return (z - largest).exp() / total
""",
    "onnx": """
import torch.onnx.ops
def f(z, y):
    one = torch.eye(3)[None, None]
    return torch.onnx.ops.attention(z.detach()[None, None], one, one, scale=1.0)[0]
""",
    "refs-mode": """
from torch._prims.context import TorchRefsMode
def f(z, y):
    with TorchRefsMode():
        return torch.softmax(z, -1)
""",
    "static-module": """
@torch.jit.script
def inside(z: torch.Tensor):
    return torch.softmax(z, -1)
def f(z, y):
    return torch._C._jit_to_static_module(inside.graph)(z)
""",
    "tensor-expressions": """
def f(z, y):
    torch._C._jit_override_can_fuse_on_cpu(True)
    torch._C._jit_set_te_must_use_llvm_cpu(False)
    fused = torch.jit.script(inside)
    for _ in range(4):
        out = fused(z)
    return out
def inside(z: torch.Tensor):
    return torch.log_softmax(z * 2, -1) + 1
""",
    "flex_attention": """
from torch.nn.attention.flex_attention import flex_attention
def f(z, y):
    one = torch.eye(3)[None, None]
    return flex_attention(z.detach()[None, None], one, one, scale=1.0)
""",
}

# Nothing is seen where operators run: a reading of the source has to find these.
ONLY_READ = {
    **{
        name: _function(body)
        for name, body in {
            "redispatch": (
                "torch.ops.aten._softmax.default.redispatch("
                "torch._C.DispatchKeySet(torch._C.DispatchKey.CPU), z.detach(), -1, False)"
            ),
            "Categorical.logits": "torch.distributions.Categorical(logits=z).logits",
            "Categorical.log_prob": "-torch.distributions.Categorical(logits=z).log_prob(y)",
            "Binomial.log_prob": "-torch.distributions.Binomial(1, logits=z).log_prob(hot(z, y))",
            "Geometric.log_prob": (
                "-torch.distributions.Geometric(probs=z.sigmoid()).log_prob(hot(z, y))"
            ),
            "kl_divergence": (
                "torch.distributions.kl_divergence(torch.distributions.Bernoulli(hot(z, y)), "
                "torch.distributions.Bernoulli(logits=z))"
            ),
            "LogitRelaxedBernoulli": (
                "torch.distributions.relaxed_bernoulli.LogitRelaxedBernoulli("
                "torch.tensor(1.0), logits=z).log_prob(torch.zeros_like(z))"
            ),
            "SoftmaxTransform": "torch.distributions.transforms.SoftmaxTransform()(z)",
        }.items()
    },
    "kl_div-without-functions": """
def f(z, y):
    with torch._C.DisableTorchFunction():
        return F.kl_div(z - z.logsumexp(-1, keepdim=True), hot(z, y), reduction="none").sum(-1)
""",
    "soft_margin-without-functions": """
def f(z, y):
    with torch._C.DisableTorchFunction():
        return F.multilabel_soft_margin_loss(z, hot(z, y), reduction="none")
""",
    "without-modes": """
from torch.utils._python_dispatch import _disable_current_modes
def f(z, y):
    with torch._C.DisableTorchFunction(), _disable_current_modes():
        return F.softmax(z, -1)
""",
    "modes-taken-off": """
from torch.utils import _python_dispatch as modes
def f(z, y):
    kept = []
    while modes._len_torch_dispatch_stack():
        kept.append(modes._pop_mode())
    try:
        with torch._C.DisableTorchFunction():
            return torch.softmax(z, -1)
    finally:
        for mode in reversed(kept):
            modes._push_mode(mode)
""",
    "without-dispatch": """
def f(z, y):
    with torch._C._DisableTorchDispatch(), torch._C.DisableTorchFunction():
        return torch.softmax(z, -1)
""",
    "key-excluded": """
def f(z, y):
    keys = torch._C.DispatchKeySet(torch._C.DispatchKey.Python)
    with torch._C._ExcludeDispatchKeyGuard(keys), torch._C.DisableTorchFunction():
        return torch.softmax(z, -1)
""",
    "keys-forced": """
def f(z, y):
    key = torch._C.DispatchKey
    sets = torch._C.DispatchKeySet(key.CPU), torch._C.DispatchKeySet(key.Python)
    with torch._C._ForceDispatchKeyGuard(*sets), torch._C.DisableTorchFunction():
        return torch.softmax(z.detach(), -1)
""",
    "jit-kl_div": """
@torch.jit.script
def g(z: torch.Tensor, t: torch.Tensor):
    return torch.nn.functional.kl_div(z, t, reduction="none")
def f(z, y):
    return g(z - z.logsumexp(-1, keepdim=True), hot(z, y)).sum(-1)
""",
    "jit-soft_margin": """
@torch.jit.script
def g(z: torch.Tensor, t: torch.Tensor):
    return torch.nn.functional.multilabel_soft_margin_loss(z, t, reduction="none")
def f(z, y):
    return g(z, hot(z, y))
""",
    "read-from-torch": """
import pathlib
source = pathlib.Path(torch.__file__).with_name("_refs").joinpath("__init__.py").read_text()
start = source.index("def softmax(")
names = dict(vars(torch._refs))
exec(source[start : source.index("\\n\\n\\n", start)], names)
def f(z, y):
    return names["softmax"](z, -1)
""",
    "collected-watch": """
import gc
def f(z, y):
    for thing in gc.get_objects():
        if type(thing).__name__ == "Watch":
            matches, thing.matches = thing.matches, lambda name: False
            try:
                return torch.log_softmax(z, -1)
            finally:
                thing.matches = matches
""",
    "frame-of-the-kernel": """
import sys
def f(z, y):
    out, frame = z.softmax(-1), sys._getframe()
    while frame:
        for value in frame.f_locals.values():
            if type(value).__name__ == "Watch":
                value.found.clear()
            elif type(getattr(value, "watch", None)).__name__ == "Watch":
                value.watch.found.clear()
        frame = frame.f_back
    return out
""",
    "thread-without-a-watch": """
import _thread, time
def original(start):
    cells = dict(zip(start.__code__.co_freevars, start.__closure__))
    return cells["start"].cell_contents
def f(z, y):
    kept = []
    original(_thread.start_new_thread)(lambda: kept.append(z.softmax(-1)), ())
    while not kept:
        time.sleep(0.001)
    return kept[0]
""",
}
