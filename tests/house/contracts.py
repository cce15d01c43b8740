"""The contracts of `.importlinter`, judged in this process on an import graph that a test may add to."""

import ast
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any, Final

import grimp
from importlinter.api import read_configuration
from importlinter.contracts.acyclic_siblings import AcyclicSiblingsContract
from importlinter.contracts.forbidden import ForbiddenContract
from importlinter.contracts.layers import LayersContract
from importlinter.contracts.protected import ProtectedContract

from tests.house.rules import imported_names
from tests.support.repository import ROOT

_TYPES: Final = {
    contract.type_name: contract
    for contract in (AcyclicSiblingsContract, ForbiddenContract, LayersContract, ProtectedContract)
}


@cache
def configuration() -> dict[str, Any]:
    return read_configuration(str(ROOT / ".importlinter"))


def contract_ids() -> list[str]:
    """The ids of the contracts: what follows `importlinter:contract:` in their headings."""
    return [options["id"] for options in configuration()["contracts_options"]]


@cache
def _graph() -> grimp.ImportGraph:
    return grimp.build_graph(
        *configuration()["session_options"]["root_packages"], include_external_packages=True, cache_dir=None
    )


def graph_of_the_code() -> grimp.ImportGraph:
    """The imports of the code as it is; a copy, so that a test may change it."""
    return deepcopy(_graph())


def module_of(path: str) -> str:
    """The dotted name of the module in a file, which is given from the root."""
    return ".".join(Path(path).with_suffix("").parts).removesuffix(".__init__")


def add_statement(graph: grimp.ImportGraph, path: str, statement: str) -> None:
    """Add what an import statement at the end of a file, which may be new, would add to the graph."""
    importer = module_of(path)
    graph.add_module(importer)
    for line, name in imported_names(ast.parse(statement)):
        package, _, _ = name.rpartition(".")
        imported = next((known for known in (name, package) if known in graph.modules), name.split(".")[0])
        if imported not in graph.modules:
            graph.add_module(imported, is_squashed=True)
        graph.add_import(
            importer=importer, imported=imported, line_number=line, line_contents=statement.strip()
        )


def is_kept(contract_id: str, graph: grimp.ImportGraph) -> bool:
    """Whether import-linter finds that the graph keeps the contract."""
    [options] = [found for found in configuration()["contracts_options"] if found["id"] == contract_id]
    contract = _TYPES[options["type"]](
        name=options["name"], session_options=configuration()["session_options"], contract_options=options
    )
    return contract.check(deepcopy(graph), verbose=False).kept
