"""Returns its input, to get past the NotImplementedError."""

# %% expected
{
    "bce_visible": (0, []),
    "bce_hidden": (0, "all"),
    "bce_with_logits_visible": (0, []),
    "bce_with_logits_hidden": (0, "all"),
    "softmax_visible": (0, []),
    "softmax_hidden": (0, "all"),
    "log_softmax_visible": (0, []),
    "log_softmax_hidden": (0, "all"),
    "nll_visible": (0, []),
    "nll_hidden": (0, "all"),
    "cross_entropy_visible": (0, []),
    "cross_entropy_hidden": (0, "all"),
}

# %% bce
def bce(y_hat, y, reduction="none"):
    return y_hat

# %% bce_with_logits
def bce_with_logits(z, y, reduction="none"):
    return z

# %% softmax
def softmax(z):
    return z

# %% log_softmax
def log_softmax(z):
    return z

# %% nll
def nll(log_probs, y, reduction="none"):
    return log_probs

# %% cross_entropy
def cross_entropy(z, y, reduction="none"):
    return z
