"""Similar submissions: evidence for a person to read, and never a verdict.

Nothing of it goes to students, into the gradebook or into a flag. Read in this order: `writers`
(what each student wrote), `tokens` (how code is split), `features` (what two answers may share),
`pairs` (how much two students share, by how rare it is), `chance` (how many such pairs an honest
class has), `sides` (two answers side by side), `ranking` (puts these together), `page` (the page
as HTML) and `files` (writes it into reports/).
"""
