"""What a student is handed back: one page, self-contained and inert.

Read in this order: `outline` (what was asked, from the source), `handed_in` (what the student
wrote, from the graded copy), `told` (what they are told), `gathering` (puts that together from the
gradebook), `markup` (texts from outside as safe HTML), `chart` (a plot as SVG), `page` (the page as
HTML) and `files` (writes pages into feedback/).
"""
