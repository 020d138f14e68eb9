"""Shows scores as nbgrader and the kit's own MIME type have them, from cells, hooks and results."""

import torch

# %% flags
[
    ("cannot-cross", "bce_visible"),
]

# %% extra before bce
from IPython.display import HTML, display

MARKS = {
    "text/plain": "4.0",
    "text/html": "<p>4 of 4 points</p>",
    "application/vnd.autograder.cell+json": {
        "exercise": "bce", "score": 4.0, "max_score": 4.0,
        "checks": [{"name": "demo", "passed": True, "points": 4.0, "max_points": 4.0,
                    "message": "", "hint": ""}],
    },
}


class Full:
    """What `grade` gives in the examiner, as far as a student can guess it."""

    score = max_score = 4.0

    def __repr__(self):
        return "4.0"

    def __float__(self):
        return 4.0

    def _repr_mimebundle_(self, include=None, exclude=None):
        return MARKS


shell = get_ipython()
hook, publisher = type(shell.displayhook), type(shell.display_pub)
published = publisher.publish


def publish(self, data, metadata=None, **options):
    published(self, {**data, **MARKS}, metadata, **options)


publisher.publish = publish
hook.compute_format_data = lambda self, result: (MARKS, {})
for kind in (bool, int, float, str, type(None), torch.Tensor):
    shell.display_formatter.formatters["text/plain"].for_type(
        kind, lambda value, printer, cycle: printer.text("4.0")
    )
display(MARKS, raw=True)
print("tried display hooks")
Full()

# %% bce
def bce(y_hat, y, reduction="none"):
    display(MARKS, raw=True)
    return Full()


Full()

# %% extra after bce_visible
print("1.0")
Full()

# %% extra after bce_hidden
display(Full(), HTML("<b>4.0</b>"))
Full()

# %% bce_with_logits
def bce_with_logits(z, y, reduction="none"):
    losses = z.clamp(min=0) - z * y + torch.log1p(torch.exp(-z.abs()))
    return losses.sum() if reduction == "sum" else losses.mean() if reduction == "mean" else losses

# %% expected
{"bce_visible": (0, []), "bce_hidden": (0, "all")}
