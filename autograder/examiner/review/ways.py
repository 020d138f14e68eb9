"""The catalogue: by what names a program takes its process apart, or has others do its work.

A way into the process is told wherever it stands; what merely offers other implementations only
where an answer reaches it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from autograder.examiner.review import literals
from autograder.examiner.review.atoms import CLASS
from autograder.examiner.review.calls import SHELL
from autograder.examiner.review.literals import HOLE

# Attributes by which one gets into frames, functions and torch's inside, whatever has them.
ATTRIBUTES = frozenset(
    (
        *("_C", "_getframe", "_current_frames", "_current_exceptions", "f_locals", "f_globals"),
        *("f_back", "f_trace", "f_trace_opcodes", "f_lineno", "f_code", "f_builtins", "tb_frame"),
        *("gi_frame", "cr_frame", "ag_frame", "gi_code", "settrace", "setprofile"),
        *("settrace_all_threads", "setprofile_all_threads", "__code__", "__globals__"),
        *("__closure__", "__subclasses__", "__builtins__", "__torch_function__"),
        *("__torch_dispatch__", "cell_contents", "co_code", "co_consts", "_cdata", "call_boxed"),
        *("get_kernel", "make_fx", "_python_dispatch", "_disable_current_modes", "_pop_mode"),
        *("_push_mode", "_disabled_torch_function_impl", "DisableTorchFunction"),
        *("DisableTorchFunctionSubclass", "_make_subclass", "_make_wrapper", "run_cell"),
        *("run_cell_async", "run_ast_nodes", "user_ns", "user_global_ns", "user_ns_hidden"),
        *("safe_execfile", "safe_execfile_ipy", "safe_run_module", "__reduce_ex__", "__loader__"),
        "__self__",
    )
)
# Of these a method that a program defines is told too.
DEFINED = ("__torch_function__", "__torch_dispatch__", "__reduce__", "__reduce_ex__")
# And of these one that it sets.
SET = (
    *("f_trace", "f_trace_opcodes", "f_lineno", "__code__", *DEFINED),
    *("dumps", "iterencode", "JSONEncoder", "sendall"),  # of the modules that a kernel answers by
)
SHORT = ("ex", "ev", "push", "run_code", "events", "compile")  # of IPython's shell
# Names that are told wherever they stand, with all that is in them.
ANYWHERE = (
    *("exec", "eval", "compile", "__import__", "builtins", "__builtins__", "_thread"),
    *("autograder", "ctypes", "_ctypes", "cffi", "_cffi_backend", "numpy.ctypeslib", "marshal"),
    *("bdb", "codeop", "gc.get_objects", "gc.get_referrers", "gc.get_referents", "gc.callbacks"),
    *("gc.garbage", "sys.modules.values", "sys.modules.items", "sys.modules.copy"),
    *(
        "sys.modules.update",
        "inspect.currentframe",
        "inspect.getmodule",
        "inspect.stack",
        "inspect.trace",
    ),
    *("inspect.getouterframes", "inspect.getinnerframes", "inspect.getclosurevars"),
    *("inspect.getgeneratorlocals", "sys.monitoring", "sys.call_tracing", "sys.addaudithook"),
    *("sys.meta_path", "sys.path_hooks", "sys.path_importer_cache", "sys._clear_type_cache"),
    *("types.CodeType", "types.FunctionType", "types.CellType", "types.FrameType"),
    *("types.TracebackType", "code.InteractiveInterpreter", "code.InteractiveConsole"),
    *("code.interact", "weakref.finalize", "atexit.register", "signal.signal", "signal.setitimer"),
    *("signal.alarm", "signal.set_wakeup_fd", "mmap.mmap", "unittest.mock.patch", "trace.Trace"),
    *("_pytest", "pytest.MonkeyPatch", "socket.fromfd"),
    *("traceback.walk_stack", "traceback.walk_tb", "faulthandler", "importlib.machinery"),
    *("importlib.abc", "imp", "zipimport", "linecache.getline", "linecache.getlines"),
    *("linecache.cache", "importlib.resources", "pkgutil.get_data", "pkgutil.get_loader"),
    *("torch.library", "torch.ops", "torch.classes", "torch.overrides", "torch.package"),
    *("torch.utils._python_dispatch", "torch.utils.cpp_extension", "torch.fx.experimental"),
    *("torch.utils.weak", "torch.utils.backend_registration", "cppyy", "concurrent.interpreters"),
    *("_interpreters", "site.addsitedir", "site.main"),
)
# These read and write by a descriptor's number: one of them brings a kernel its questions.
RAW = ("os.read", "os.readv", "os.write", "os.writev", "os.sendfile", "os.fdopen", "io.FileIO")
STANDARD = (0, 1, 2)  # descriptors that print
# What offers other implementations, or lets another do the work.
REACHED = (
    *("torch.jit", "torch.fx", "torch.export", "torch.onnx"),
    *("torch.multiprocessing", "torch.hub", "torch.ao", "torch.distributed", "inspect.getsource"),
    *("inspect.getsourcelines", "inspect.findsource", "inspect.getsourcefile", "inspect.getfile"),
    *(
        "pickle.load",
        "pickle.loads",
        "pickle.Unpickler",
        "torch.load",
        "numpy.load",
        "joblib",
        "dill",
        "cloudpickle",
        "runpy",
    ),
    *("subprocess", "_posixsubprocess", "pkgutil", "code", "sched", "site", "sysconfig", "triton"),
    *("numba", "threading"),
    # These evaluate texts, or import what a text names.
    *("sympy", "jinja2", "mako", "yaml", "traitlets", "doctest", "pandas.eval", "numexpr", "jedi"),
    *("pure_eval", "logging.config", "string.Formatter", "shelve", "copyreg", "debugpy"),
    *("IPython.core.guarded_eval", "IPython.utils.importstring", "setuptools", "pkg_resources"),
    *("multiprocessing", "concurrent", "asyncio", "signal", "gc", "importlib"),
)
# Modules of which a name that can't be read is told.
OWNERS = ("torch", "builtins", "__builtins__", "sys", "gc", "ctypes", "inspect", "importlib")
FILES_OF = frozenset(("__file__", "__path__", "__spec__", "__cached__"))  # where a module is
MEMORY = re.compile(r"/proc/.+/(mem|maps|smaps|pagemap|auxv|syscall|stack)")
SETTINGS = ("torch.backends", "torch.distributions")  # whose attributes anyone may set
# What a kernel runs on: who sets anything there changes what it tells.
PATCHED = (
    *("torch", CLASS.dotted, "abc", "codecs", "collections", "contextlib", "copy", "enum"),
    *("fnmatch", "functools", "inspect", "io", "itertools", "json", "operator", "os", "pathlib"),
    *(
        "dataclasses",
        "re",
        "select",
        "socket",
        "struct",
        "threading",
        "traceback",
        "types",
        "typing",
        "weakref",
    ),
)


def starts(name: str, prefixes: Iterable[str]) -> bool:
    """Whether a dotted name is one of these, or in one."""
    return any(name == prefix or name.startswith(f"{prefix}.") for prefix in prefixes)


def anywhere(name: str) -> bool:
    """Whether a dotted name is a way into the process, wherever it stands."""
    if starts(name, ANYWHERE):
        return True
    first, *parts = name.split(".")
    if first == SHELL and parts and parts[0] in SHORT:
        return True
    private = first == "torch" and any(map(_private, parts))
    return private or not ATTRIBUTES.isdisjoint(parts)


def _private(part: str) -> bool:
    return part[:1] == "_" and part[:2] != "__" and part != "_assert"


def nobodys(attribute: str) -> bool:
    """Whether an attribute is Python's own, or a frame's: no student's object has one so called."""
    return attribute.startswith(("__", "f_", "tb_", "gi_", "cr_", "ag_", "co_"))


def hides(text: str) -> bool:
    """Whether a text with holes may be the name of a way."""
    if HOLE not in text:
        return False
    names = (*ATTRIBUTES, "ops", "library", "overrides", "distributions", "jit", "modules", "exec")
    return any(literals.fits(text, name) for name in names)


def is_name(text: str) -> bool:
    """Whether a text is the name of a way, or leads through one: "_C", "torch._C._nn"."""
    if not text.isascii() or len(text) > 120 or text.strip() != text or "\n" in text:
        return False
    parts = text.split(".")
    if not all(part.isidentifier() for part in parts):
        return bool(MEMORY.search(text.replace(HOLE, "0")))
    if text in ("__getattribute__", "__getattr__"):
        return True
    return not ATTRIBUTES.isdisjoint(parts) and (len(parts) == 1 or anywhere(text))
