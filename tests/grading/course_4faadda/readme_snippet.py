from autograder.batch import converter

converter.install()
c.Autograde.autograde_preprocessors = [
    "autograder.grading.preprocessors.Execute",
    "nbgrader.preprocessors.LimitOutput",
    "autograder.grading.preprocessors.SaveAutoGrades",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
]
c.GenerateFeedback.preprocessors = [  # without the source of hidden tests
    "nbgrader.preprocessors.GetGrades",
    "autograder.grading.preprocessors.ClearHiddenTests",
    "nbconvert.preprocessors.CSSHTMLHeaderPreprocessor",
]
