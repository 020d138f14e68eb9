"""A class on many machines: notebooks are examined by the workers of a Dask cluster.

`cluster` is the coordinator's side, with the workers that it may use (`workers`) and where they may
be (`address`); `at_worker` is what runs in a worker, and `machine` what both have to have alike.
This process alone reads submissions and records them. Only who grades on a cluster imports these.
"""
