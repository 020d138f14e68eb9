"""Wrong answers, written anew after public questions and solutions, each with its true cause.

They are a held-out set. Git's history shows that these files are older than the library of
mistakes that has to explain them; a new mistake for that library is no reason to change them.
"""

from __future__ import annotations

from tests.exercises.wrong_answers.answer import WrongAnswer, written
from tests.exercises.wrong_answers.bce import BCE
from tests.exercises.wrong_answers.bce_with_logits import BCE_WITH_LOGITS
from tests.exercises.wrong_answers.cross_entropy import CROSS_ENTROPY
from tests.exercises.wrong_answers.log_softmax import LOG_SOFTMAX
from tests.exercises.wrong_answers.nll import NLL
from tests.exercises.wrong_answers.softmax import SOFTMAX

WRONG_ANSWERS: tuple[WrongAnswer, ...] = (
    *BCE,
    *BCE_WITH_LOGITS,
    *SOFTMAX,
    *LOG_SOFTMAX,
    *NLL,
    *CROSS_ENTROPY,
)

__all__ = ["WRONG_ANSWERS", "WrongAnswer", "written"]
