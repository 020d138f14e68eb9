"""What a process has beside its names, told by a text that is run in it."""

# It binds `__state`, which gives a digest: of random generators, files, and how things are shown.
STATE = """
def __state():
    import os, pathlib, random, sys, warnings, numpy, torch
    state, torchs = numpy.random.get_state(), torch.get_rng_state().numpy().tobytes()
    found = [random.getstate(), state[1].tobytes(), state[2:], torchs]
    found += [torch.get_default_dtype(), torch.is_grad_enabled(), numpy.geterr(), warnings.filters]
    found += [torch._tensor_str.PRINT_OPTS, numpy.get_printoptions(), os.getcwd(), os.environ]
    if plots := sys.modules.get("matplotlib.pyplot"):
        found += [plots.rcParams, plots.get_fignums(), sorted(plots.colormaps)]
    if pandas := sys.modules.get("pandas"):
        found.append(pandas.describe_option("", _print_desc=False))
    for path in sorted(pathlib.Path().rglob("*")):
        found += [path, path.lstat().st_size, path.lstat().st_mtime_ns]
    return hash(str(found))
"""
