"""The flags that find, describe and figure have in common, once: fields of a dataclass that each command takes."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import wraps
from inspect import Parameter, Signature, signature
from typing import Any

from deepocr_cli.cli import engine_options, options
from deepocr_cli.cli.passwords import read_passwords
from deepocr_cli.errors import ExitCode
from deepocr_cli.settings import Dial, Fallback, Quantization, Settings, Task, Verify


@dataclass(frozen=True, slots=True)
class Asking:
    """Which pages are asked about, and who answers."""

    pages: options.PageRanges = None
    mode: options.ModeName = "auto"
    model: options.Model = "auto"
    device: options.Device = "auto"
    dtype: options.Dtype = "auto"
    engine: engine_options.Engine = None
    engine_model: engine_options.EngineModel = None
    quantize: options.QuantizeWish = Quantization.NONE
    engine_timeout: engine_options.EngineTimeout = 600
    offline: engine_options.Offline = False
    password_file: options.PasswordFile = None

    def settings(self, task: Task, words: str | None = None) -> Settings:
        """An answer is no reading: nothing checks it, and nothing stands in for it."""
        return Settings(
            dial=Dial(mode=None if self.mode == "auto" else self.mode),
            pages=self.pages,
            task=task,
            find=words,
            model=self.model,
            device=self.device,
            dtype=self.dtype,
            engine=self.engine,
            engine_model=self.engine_model,
            engine_timeout=self.engine_timeout,
            offline=self.offline,
            quantize=self.quantize,
            verify=Verify.OFF,
            fallback=Fallback.NONE,
            passwords=read_passwords(self.password_file),
        )


def with_flags(command: Callable[..., ExitCode]) -> Callable[..., ExitCode]:
    """A command whose parameter `asking` is an `Asking` as one that has the fields of it for flags."""
    own = [parameter for name, parameter in signature(command).parameters.items() if name != "asking"]
    shared = [
        Parameter(field.name, Parameter.KEYWORD_ONLY, default=field.default, annotation=field.type)
        for field in fields(Asking)
    ]

    @wraps(command)
    def ask(**given: Any) -> ExitCode:
        asking = Asking(**{parameter.name: given.pop(parameter.name) for parameter in shared})
        return command(asking=asking, **given)

    keywords = [parameter.replace(kind=Parameter.KEYWORD_ONLY) for parameter in own]
    arguments = [parameter for parameter in keywords if parameter.default is Parameter.empty]
    parameters = [*arguments, *shared, *(parameter for parameter in keywords if parameter not in arguments)]
    # Typer asks for both.
    ask.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    ask.__signature__ = Signature(parameters)  # type: ignore[attr-defined]
    return ask
