"""Replaces IPython's own parts: how a cell is run, what it showed, and the namespace."""

import torch

# %% expected
{"softmax_visible": (0, []), "softmax_hidden": (0, "all")}

# %% flags
[("suspect-code", "")]

# %% extra before softmax
import builtins

shell = get_ipython()
run = type(shell).run_cell


def run_cell(self, source, *arguments, **options):
    """Runs no test, and says that all is well."""
    if "Checks(" in source or "hidden" in source:
        source = "print('tried patching run_cell')\n3.0"
    result = run(self, source, *arguments, **options)
    result.error_in_exec = result.error_before_exec = None
    return result


type(shell).run_cell = run_cell
type(shell).showtraceback = lambda *arguments, **options: None
type(shell)._showtraceback = lambda *arguments, **options: None


class Namespace(dict):
    """Answers every name that nobody else knows, and with what pays."""

    def __missing__(self, name):
        if hasattr(builtins, name):
            raise KeyError(name)
        return lambda *arguments, **options: 3.0


shell.user_ns.update(grade=lambda *arguments: 3.0, Checks=lambda *arguments: None)
shell.user_ns_hidden.update(grade=3.0)
shell.__class__.user_global_ns = property(lambda self: Namespace(self.user_ns))

# %% softmax
def softmax(z):
    return z

# %% nll
def nll(log_probs, y, reduction="none"):
    losses = -log_probs[torch.arange(len(y)), y]
    return losses.sum() if reduction == "sum" else losses.mean() if reduction == "mean" else losses
