"""One or two processes of one thread each learn together: each draws its own samples, gradients are averaged.

`torchrun --nproc-per-node 2` starts two; on two cores they learn from 1.9 times as much text as one.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor, distributed, nn


@dataclass(frozen=True, slots=True)
class Group:
    """This process's number from 0, and how many there are."""

    rank: int = 0
    size: int = 1

    @property
    def is_first(self) -> bool:
        return self.rank == 0


def join_group() -> Group:
    """The group that torchrun started this process in, or a group of one; every process uses one thread."""
    torch.set_num_threads(1)
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        return Group()
    distributed.init_process_group("gloo")
    return Group(distributed.get_rank(), distributed.get_world_size())


def leave_group(group: Group) -> None:
    """Wait for the others, since none may leave while one still saves, and leave."""
    if group.size > 1:
        distributed.barrier()
        distributed.destroy_process_group()


def average_gradients(parameters: Iterable[nn.Parameter], group: Group) -> None:
    """Replace every gradient by its mean over the group, in one message."""
    if group.size == 1:
        return
    trained = list(parameters)
    gradients = [torch.zeros_like(p) if p.grad is None else p.grad for p in trained]
    message = torch.cat([gradient.float().flatten() for gradient in gradients])
    distributed.all_reduce(message)
    pieces = torch.split(message / group.size, [gradient.numel() for gradient in gradients])
    for parameter, piece in zip(trained, pieces, strict=True):
        parameter.grad = piece.view_as(parameter).to(parameter.dtype)


def agree(is_over: bool, group: Group) -> bool:
    """What the first process says, in every process."""
    if group.size == 1:
        return is_over
    message: Tensor = torch.tensor([int(is_over)])
    distributed.broadcast(message, src=0)
    return bool(message.item())
