"""Prints, warns and logs at top level and inside every function, and is right throughout."""

import torch

# %% extra before bce
import logging
import sys
import warnings

logging.basicConfig(stream=sys.stderr, level=logging.DEBUG)
log = logging.getLogger("my losses")
warnings.simplefilter("always")
warnings.warn("remember to restart the kernel before submitting!!")
print("torch", torch.__version__)

# %% bce
def bce(y_hat, y, reduction="none"):
    print("bce got", y_hat.shape, y.shape, reduction)
    warnings.warn("log of 0 is -inf, clamping")
    log.warning("bce called with reduction=%s", reduction)
    losses = -(y * y_hat.log().clamp(min=-100) + (1 - y) * (1 - y_hat).log().clamp(min=-100))
    print("losses =", losses, file=sys.stderr)
    if reduction == "mean":
        return losses.mean()
    if reduction == "sum":
        return losses.sum()
    return losses


warnings.warn("bce defined")
print("done!")

# %% bce_with_logits
def bce_with_logits(z, y, reduction="none"):
    print("*" * 40)
    log.error("this is only a debug line: z.abs().max() = %s", z.abs().max())
    losses = z.clamp(min=0) - z * y + torch.log1p(torch.exp(-z.abs()))
    for loss in losses.flatten()[:3]:
        print("  loss", loss)
    if reduction == "mean":
        return losses.mean()
    if reduction == "sum":
        return losses.sum()
    return losses

# %% extra before softmax
import logging
import sys
import warnings

logging.basicConfig(stream=sys.stderr, level=logging.DEBUG)
log = logging.getLogger("my losses")
warnings.simplefilter("always")
warnings.warn("second notebook")
sys.stderr.write("second notebook\n")

# %% softmax
def softmax(z):
    warnings.warn("softmax called", UserWarning, stacklevel=2)
    print(z)
    e = torch.exp(z - z.max(dim=-1, keepdim=True).values)
    return e / e.sum(dim=-1, keepdim=True)

# %% log_softmax
def log_softmax(z):
    warnings.warn("log_softmax called", DeprecationWarning, stacklevel=1)
    log.info("z is %s", z)
    z = z - z.max(dim=-1, keepdim=True).values
    return z - z.exp().sum(dim=-1, keepdim=True).log()

# %% nll
def nll(log_probs, y, reduction="none"):
    print("nll", log_probs.shape, file=sys.stderr)
    losses = -log_probs[torch.arange(len(y)), y]
    if reduction == "mean":
        return losses.mean()
    if reduction == "sum":
        return losses.sum()
    return losses

# %% cross_entropy
def cross_entropy(z, y, reduction="none"):
    print("cross_entropy", z.shape, y)
    log.critical("calling nll(log_softmax(z), y)")
    return nll(log_softmax(z), y, reduction)

# %% written_misprint [markdown]
# The printed formula is wrong!!! It should be y log(y_hat) + (1 - y) log(1 - y_hat).
