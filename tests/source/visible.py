✓ bce(y_hat, y) is right
✓ bce(y_hat, y) is right
✓ bce(y_hat, y) is right
✓ bce(y_hat, y) is right
✓ bce(y_hat, y) is right
✓ bce(y_hat, y) is right
✓ bce(y_hat, y) is right
✓ bce(y_hat, y) is right
tensor([1.7351, 0.8506, 2.2860, 1.0172, 1.3757])
✓ bce_with_logits(z, y) is right
✓ bce_with_logits(z, y) is right
✓ bce_with_logits(z, y) is right
✓ bce_with_logits(z, y) is right
✓ bce_with_logits(z, y) is right
✓ bce_with_logits(z, y) is right
✓ bce_with_logits(z, y) is right
✓ bce_with_logits(z, y) is right
✓ bce_with_logits(z, y) is right
✓ bce_with_logits(z, y) is right
✓ softmax(z) is right
✓ softmax(z) is right
✓ softmax(z) is right
✓ softmax(z) is right
✓ softmax(z) is right
✓ softmax(z) is right
✓ softmax(z) is right
✓ softmax(z) is right
✓ softmax(z) is right
✓ softmax(z) is right
✓ softmax(z) is right
✓ log_softmax(z) is right
✓ log_softmax(z) is right
✓ log_softmax(z) is right
✓ log_softmax(z) is right
✓ log_softmax(z) is right
✓ log_softmax(z) is right
✓ log_softmax(z) is right
✓ log_softmax(z) is right
✓ log_softmax(z) is right
✓ log_softmax(z) is right
✓ log_softmax(z) is right
✓ nll(log_probs, y) is right
✓ nll(log_probs, y) is right
✓ nll(log_probs, y) is right
✓ nll(log_probs, y) is right
✓ nll(log_probs, y) is right
✓ nll(log_probs, y) is right
✓ nll(log_probs, y) is right
✓ nll(log_probs, y) is right
✓ cross_entropy(z, y) is right
✓ cross_entropy(z, y) is right
✓ cross_entropy(z, y) is right
✓ cross_entropy(z, y) is right
✓ cross_entropy(z, y) is right
✓ cross_entropy(z, y) is right
✓ cross_entropy(z, y) is right
✓ cross_entropy(z, y) is right
"""The causes that visible checks name, as they begin: compared with the answers by a person."""

from __future__ import annotations

VISIBLE: dict[str, str] = {
    "bce-minus-on-one-term": "Examples with y = 0 have the wrong sign: the",
    "bce-misprint-as-printed": "Look at the two terms: what should be differe",
    "bce-misprint-half-mended": "y makes no difference here: every example is",
    "bce-only-first-term": "Examples with y = 0 cost nothing here: where",
    "bce-swapped-arguments": "The two arguments are exchanged.",
    "bce-branches-reversed": "Every example is charged as if its target wer",
    "bce-log2": "Every value is 1/ln 2 times the right one: th",
    "logits-sigmoid-twice": "The sigmoid is applied twice.",
    "logits-labels-of-plus-minus-one": "log(1 + exp(-y z)) is for labels of -1 and 1.",
    "logits-without-labels": "y makes no difference here: every example is",
    "logits-plus-zy": "The part with y has the wrong sign: a large z",
    "logits-exp-of-minus-z": "Right for z > 0, and too large by |z| for z <",
    "logits-swapped-parameters": "The two arguments are exchanged.",
    "softmax-whole-tensor": "All rows are normalized together here. Each r",
    "softmax-first-axis": "This goes along the first axis. Classes are o",
    "softmax-no-exp": "The logits are divided, not their exp.",
    "softmax-log-returned": "This is the logarithm of softmax.",
    "log-softmax-maximum-not-added-back": "Each row is off by its largest logit: taken a",
    "log-softmax-whole-tensor": "All rows are normalized together here. Each r",
    "log-softmax-sign": "Every value has the right size and the wrong",
    "log-softmax-first-axis-and-overflow": "This goes along the first axis. Classes are o",
    "nll-sign": "Every value has the right size and the wrong",
    "nll-probabilities": "This is minus the probability of the label: t",
    "nll-classes-from-one": "Each row is charged for the class before its",
    "nll-without-labels": "This takes the class that the model liked bes",
    "nll-mean-over-classes": "Every loss is divided by the number of classe",
    "cross-entropy-no-softmax": "The logits are taken for log-probabilities: w",
    "cross-entropy-softmax-twice": "Softmax is applied twice.",
    "cross-entropy-no-log": "This is minus the probability of the label: t",
    "cross-entropy-first-axis": "This normalizes along the first axis. Classes",
    "cross-entropy-whole-tensor-and-overflow": "All rows are normalized together here. Each r",
    "cross-entropy-sign-and-mean-over-all": "Every value has the right size and the wrong",
}
