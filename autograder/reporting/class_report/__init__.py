"""The page of a class, which a TA opens first: one file that stands by itself.

Read in this order: `submissions` (what is on record of each), `items` (each check, over the class),
`reasons` (what was misunderstood), `roll` (who is missing), `places` (what cells are called),
`report` (puts these together), `chart` (how values are spread, as SVG), `links` (where other pages
lie), `page` (the page as HTML) and `files` (writes it into reports/).
"""
