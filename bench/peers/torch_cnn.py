"""Training and inference of the paper's network in PyTorch, in every mode that a user could pick.

NCHW and channels-last, each eager and compiled; inference also with weights frozen into what
torch.compile and TorchScript make, which packs them for oneDNN.
"""

import logging
import warnings

import torch
import torch._dynamo
import torch._inductor.config

from measure import arguments, measure, start
from paper_network import inference_step, training_step


def frozen_compile(model, _):
    torch._inductor.config.freezing = True
    return torch.compile(model)


def frozen_script(model, x):
    return torch.jit.optimize_for_inference(torch.jit.freeze(torch.jit.trace(model, x)))


def modes(case, quick):
    """Name of each mode, and what makes its step."""
    training = case["pass"] == "training"
    make = training_step if training else inference_step
    for layout in [torch.contiguous_format, torch.channels_last]:
        name = "channels_last" if layout == torch.channels_last else "nchw"

        def step(*wrap, layout=layout):
            return lambda: make(case["units"], case["batch"], layout, *wrap)
        yield name, step()
        if not training:
            yield f"{name}, TorchScript, frozen", step(frozen_script)
        if quick:
            continue
        if training:
            yield f"{name}, compiled", step(torch.compile)
        else:
            yield f"{name}, compiled", step(lambda model, _: torch.compile(model))
            yield f"{name}, compiled, frozen", step(frozen_compile)


def main():
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    options = arguments(__doc__.splitlines()[0])
    for case in start(options):
        if case["pass"] not in ("training", "inference"):
            continue  # layers: torch_conv.py and torch_dense.py measure those
        for mode, make in modes(case, options.quick):
            measure(options, case, mode, make, case["batch"])
            torch._dynamo.reset()
            torch._inductor.config.freezing = False


if __name__ == "__main__":
    main()
