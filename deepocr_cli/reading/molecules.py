"""A line of SMILES in, a Molecule out, checked by RDKit where it is installed and else by a small grammar."""

import re

from deepocr_cli.structures import Molecule

_ATOM = r"\[[^\[\]\s]{1,40}\]|Br|Cl|[BCNOPSFIbcnops*]"
_TOKEN = re.compile(
    rf"(?P<atom>{_ATOM})|(?P<ring>%\d\d|\d)|(?P<bond>[-=#$:/\\~])|(?P<open>\()|(?P<close>\))|(?P<dot>\.)"
)
_ALPHABET = re.compile(r"[A-Za-z0-9@+\-\[\]()=#$:/\\.%*~]{1,2000}")
_WORD = re.compile(r"[A-Za-z][a-z]{3,}")
_BRACKET = re.compile(r"\[\d{0,3}[A-Za-z*][a-z]?@{0,2}[A-Z0-9]{0,4}(?:H\d?)?(?:[+-]{1,3}\d?)?(?::\d{1,4})?\]")


def parse_molecule(text: str) -> Molecule | None:
    """The molecule that a text states; None where the text does not even look like SMILES."""
    smiles = text.strip().strip("`").removeprefix("SMILES:").strip()
    if not _ALPHABET.fullmatch(smiles) or not re.search(r"[CNOPScnops\[]", smiles):
        return None
    if _WORD.search(re.sub(r"Cl|Br|\[[^\]]*\]", "", smiles)) and not re.search(r"[()=#\[\]\d]", smiles):
        return None
    fault = _fault_by_rdkit(smiles)
    if fault is _NOT_INSTALLED:
        return Molecule(smiles, "grammar", find_smiles_fault(smiles))
    return Molecule(smiles, "rdkit", fault)


def find_smiles_fault(smiles: str) -> str | None:
    """What is wrong with the syntax, as a phrase: unknown atoms, unbalanced branches, rings left open."""
    rings: set[str] = set()
    depth, position, has_atom, bond = 0, 0, False, ""
    while position < len(smiles):
        token = _TOKEN.match(smiles, position)
        if token is None:
            return f"{smiles[position]} at place {position + 1} is no atom or bond"
        if token.lastgroup == "atom" and token[0].startswith("[") and not _BRACKET.fullmatch(token[0]):
            return f"{token[0]} is no atom"
        if token.lastgroup != "atom" and not has_atom:
            return "it does not begin with an atom"
        if token.lastgroup == "ring":
            rings ^= {token[0].removeprefix("%")}
        has_atom = True
        depth += (token.lastgroup == "open") - (token.lastgroup == "close")
        if depth < 0:
            return "a branch is closed that was not opened"
        bond = token[0] if token.lastgroup in ("bond", "dot") else ""
        position = token.end()
    if depth or rings or bond:
        return (
            "a branch is left open" if depth else f"ring {min(rings)} is left open" if rings else "a bond leads nowhere"
        )
    return None if has_atom else "it is empty"


_NOT_INSTALLED = "rdkit is not installed"


def _fault_by_rdkit(smiles: str) -> str | None:
    try:
        from rdkit import Chem, RDLogger
    except ImportError:
        return _NOT_INSTALLED
    RDLogger.DisableLog("rdApp.*")
    return None if Chem.MolFromSmiles(smiles) is not None else "RDKit reads no molecule in it"
