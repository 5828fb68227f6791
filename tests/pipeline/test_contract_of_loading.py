"""Nothing in the sources reads what could run: no pickles, no code of others, no unsafe YAML.

One program reads pickles: it builds tensors alone, and it is a process of its own.
"""

import ast
from pathlib import Path

import pytest

from tests.pipeline.definition import ROOT, tracked

SOURCES = [path for path in tracked("src", "stages") if path.suffix == ".py"]
FORBIDDEN_MODULES = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "marshal", "shelve", "runpy", "imp"}
FORBIDDEN_CALLS = {
    *("eval", "exec", "compile", "__import__", "os.system", "os.popen"),
    *("torch.load", "torch.hub.load", "torch.jit.load", "torch.package.PackageImporter", "pd.read_pickle"),
    *("yaml.load_all", "yaml.full_load", "yaml.unsafe_load", "yaml.Loader", "yaml.UnsafeLoader"),
}
FORBIDDEN_ARGUMENTS = {("trust_remote_code", True), ("allow_pickle", True), ("shell", True), ("use_safetensors", False)}
ALLOWED = {"src/redsm5_hpo/modeling/encoders/unpickling_process.py": ["torch.load"]}
REQUIRED_ARGUMENTS = {
    "torch.load": ("weights_only", True),
    "np.load": ("allow_pickle", False),
    "AutoConfig.from_pretrained": ("trust_remote_code", False),
    "AutoModel.from_pretrained": ("trust_remote_code", False),
    "AutoTokenizer.from_pretrained": ("trust_remote_code", False),
    "yaml.compose": ("Loader", "yaml.SafeLoader"),
}


def faults(source: str) -> list[str]:
    """What of the forbidden a source text does."""
    nodes = list(ast.walk(ast.parse(source)))
    modules = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    modules += [str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)]
    found = [name for name in modules if name.split(".")[0] in FORBIDDEN_MODULES]
    safe = {
        "yaml.SafeLoader",
        "yaml.CSafeLoader",
        *(node.name for node in nodes if isinstance(node, ast.ClassDef) and _is_safe(node)),
    }
    for call in (node for node in nodes if isinstance(node, ast.Call)):
        name = ast.unparse(call.func)
        arguments = {(str(keyword.arg), _value(keyword.value)) for keyword in call.keywords}
        found += [name] if name in FORBIDDEN_CALLS else []
        loaders = {_value(node) for node in (*call.args[1:], *(keyword.value for keyword in call.keywords))}
        found += [name] if name == "yaml.load" and not loaders & safe else []
        found += [f"{name}({key}={value})" for key, value in arguments & FORBIDDEN_ARGUMENTS]
        required = REQUIRED_ARGUMENTS.get(name)
        found += [f"{name} without {required[0]}={required[1]}"] if required and required not in arguments else []
    return found


def _is_safe(node: ast.ClassDef) -> bool:
    """Whether a class is a safe loader of YAML that adds something."""
    return [ast.unparse(base) for base in node.bases] == ["yaml.SafeLoader"]


def _value(node: ast.expr) -> object:
    return node.value if isinstance(node, ast.Constant) else ast.unparse(node)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_source_reads_nothing_that_could_run(path: Path) -> None:
    assert faults(path.read_text(encoding="utf-8")) == ALLOWED.get(str(path.relative_to(ROOT)), [])


def test_nothing_imports_the_program_that_reads_pickles() -> None:
    texts = [path.read_text(encoding="utf-8") for path in SOURCES]
    assert not [text for text in texts if "import unpickling_process" in text or "unpickling_process import" in text]


@pytest.mark.parametrize(
    "source",
    [
        "import pickle",
        "from joblib import load",
        "eval('1')",
        "torch.load('x')",
        "torch.load('x', weights_only=True)",
        "yaml.load(text, Loader=yaml.Loader)",
        "class L(yaml.Loader): pass\nyaml.load(text, L)",
        "yaml.unsafe_load(text)",
        "yaml.compose(text)",
        "np.load('x')",
        "np.load('x', allow_pickle=True)",
        "AutoModel.from_pretrained('x')",
        "anything(trust_remote_code=True)",
        "subprocess.run('x', shell=True)",
    ],
)
def test_each_kind_of_fault_is_found(source: str) -> None:
    assert faults(source) != []
