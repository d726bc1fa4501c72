"""A network in, the same network out with other layers in the places of some of its own."""

from collections.abc import Callable

from torch import nn

Twin = Callable[[str, nn.Module], nn.Module | None]
"""A layer by its name within the network and itself, to what takes its place; None where it stays."""


def replace_layers(network: nn.Module, twin_of: Twin, path: str = "") -> None:
    """Put twins in the places of layers, one by one; what is within a replaced layer is not looked at.

    Args:
        path: what comes before the names of the network's layers, with a dot at its end.
    """
    for name, layer in network.named_children():
        twin = twin_of(path + name, layer)
        if twin is None:
            replace_layers(layer, twin_of, f"{path}{name}.")
        else:
            setattr(network, name, twin)
