"""The definition of every criterion: the project's own nine, or those of a corpus.

Owns the definitions, which do not quote the DSM-5, and the reading of criteria.yaml.
"""

from pathlib import Path

import yaml

from redsm5_hpo.corpus.raw.problems import Problem, shown
from redsm5_hpo.corpus.raw.tables import decoded
from redsm5_hpo.corpus.raw.visible import has_text

DEFINITIONS = {
    "DEPRESSED_MOOD": "The person feels sad, empty, hopeless or close to tears for most of nearly every day.",
    "ANHEDONIA": "The person has lost interest or pleasure in almost all activities that once meant something to them.",
    "APPETITE_CHANGE": "The person eats much more or less than usual, or gains or loses weight without intending to.",
    "SLEEP_ISSUES": "The person has trouble falling or staying asleep, or sleeps far too much, almost every day.",
    "PSYCHOMOTOR": "The person is visibly restless and agitated, or moves and speaks much more slowly than usual.",
    "FATIGUE": "The person is tired or without energy nearly every day, so that small tasks become exhausting.",
    "WORTHLESSNESS": "The person feels worthless, or carries heavy guilt about things beyond their control.",
    "COGNITIVE_ISSUES": "The person finds it hard to think, concentrate, remember or make even simple decisions.",
    "SUICIDAL_THOUGHTS": "The person often thinks of death, wishes to be dead, or considers or attempts suicide.",
}
_KINDS = {yaml.SequenceNode: "a list", yaml.ScalarNode: "one text", yaml.MappingNode: "nothing"}


def read_criteria(path: Path) -> tuple[dict[str, str], list[Problem]]:
    """Definitions by label in the order of the file, and the faults of the file."""
    text = decoded(path)
    if isinstance(text, Problem):
        return {}, [text]
    allowed = "a mapping of label: definition lines"
    try:
        # The parsed tree, not the loaded values: YAML would read a label NO as false and drop duplicate labels.
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    # ValueError: a character that is not in Unicode.
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        return {}, [Problem(path.name, f"no YAML ({type(error).__name__})", allowed, mark.line + 1 if mark else 0)]
    if not isinstance(root, yaml.MappingNode) or not root.value:
        return {}, [Problem(path.name, _KINDS.get(type(root), "no mapping"), allowed)]
    definitions: dict[str, str] = {}
    problems = []
    for key, value in root.value:
        if fault := _fault(key, value, definitions):
            problems.append(
                Problem(
                    path.name,
                    fault,
                    "one non-empty definition for each label, no two the same",
                    key.start_mark.line + 1,
                )
            )
        definitions[str(key.value)] = str(value.value).strip()
    return definitions, problems


def _fault(key: yaml.Node, value: yaml.Node, definitions: dict[str, str]) -> str:
    if not isinstance(key, yaml.ScalarNode) or not has_text(key.value) or not _is_unicode(key.value):
        return "a label that is no text"
    if key.value in definitions:
        return f"label {shown(key.value)} again"
    if not isinstance(value, yaml.ScalarNode):
        return f"the definition of {shown(key.value)} is no text"
    if not has_text(value.value) or value.tag == "tag:yaml.org,2002:null":
        return f"the definition of {shown(key.value)} is empty"
    if not _is_unicode(value.value):
        return f"the definition of {shown(key.value)} holds half a character"
    # A model reads definitions, no labels: it could not tell the two criteria apart.
    same = [label for label, text in definitions.items() if _read_as(text) == _read_as(value.value)]
    return f"the definition of {shown(key.value)} is that of {shown(same[0])}" if same else ""


def _read_as(definition: str) -> str:
    return " ".join(definition.casefold().split())


def _is_unicode(text: str) -> bool:
    # "\ud83d" in double quotes is half of a surrogate pair, which UTF-8 cannot encode.
    return not any("\ud800" <= character <= "\udfff" for character in text)
