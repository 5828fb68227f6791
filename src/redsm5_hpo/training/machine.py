"""What a driver knows of where its workers compute, asked of a worker: the driver itself imports no torch.

Owns the question and its answer. Does not start workers otherwise.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from redsm5_hpo.training.workers import ask_worker


@dataclass(frozen=True)
class Machine:
    """Where workers compute, and what with.

    Attributes:
        device: the device and precision that `auto` chooses.
        gpus: how many there are.
        encoders: each encoder's fingerprint, by name.
    """

    device: str
    gpus: int
    encoders: dict[str, str]


def machine_of_workers(encoder_names: Iterable[str], max_lengths: Mapping[str, int] | None = None) -> Machine:
    """A worker's answer; raises EncoderError for an encoder that cannot be used.

    `max_lengths` are the windows in tokens that are sure to be asked of some of the encoders.
    """
    return ask_worker(describe_machine, sorted(set(encoder_names)), max_lengths)


def describe_machine(encoder_names: Iterable[str], max_lengths: Mapping[str, int] | None = None) -> Machine:
    """The same for this process."""
    from redsm5_hpo.modeling import encoders
    from redsm5_hpo.training.device import choose_compute, gpu_count

    encoder_names = list(encoder_names)
    for name in encoder_names:
        encoders.check_usable(name, (max_lengths or {}).get(name))
    return Machine(
        str(choose_compute("auto")), gpu_count(), {name: encoders.fingerprint(name) for name in encoder_names}
    )
