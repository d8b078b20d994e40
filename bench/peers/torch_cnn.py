"""Training and inference of the paper's network in PyTorch, in every mode that a user could pick.

NCHW and channels-last, each eager and compiled. On the CPU, inference also with weights frozen into
what torch.compile and TorchScript make, which packs them for oneDNN; on CUDA the compiled modes that
use CUDA graphs, and a whole eager step captured as one.
"""

import logging
import warnings

import torch
import torch._dynamo
import torch._inductor.config

from measure import arguments, measure, on_cuda, start
from paper_network import captured, inference_step, training_step


def frozen_compile(model, _):
    torch._inductor.config.freezing = True
    return torch.compile(model)


def frozen_script(model, x):
    return torch.jit.optimize_for_inference(torch.jit.freeze(torch.jit.trace(model, x)))


def compiled(mode):
    """For both passes: inference also gives the images, which are not needed."""
    return lambda model, *_: torch.compile(model, mode=mode)


def modes(options, case):
    """Name of each mode, and what makes its step."""
    training = case["pass"] == "training"
    make = training_step if training else inference_step
    for layout in [torch.contiguous_format, torch.channels_last]:
        name = "channels_last" if layout == torch.channels_last else "nchw"

        def step(*wrap, layout=layout):
            return lambda: make(options, case["units"], case["batch"], layout, *wrap)
        yield name, step()
        if on_cuda(options):
            yield f"{name}, CUDA graph", lambda step=step(): captured(step())
            if not options.quick:
                for mode in ["default", "reduce-overhead", "max-autotune"]:
                    yield f"{name}, compiled, {mode}", step(compiled(mode))
            continue
        if not training:
            yield f"{name}, TorchScript, frozen", step(frozen_script)
        if not options.quick:
            yield f"{name}, compiled", step(compiled("default"))
            if not training:
                yield f"{name}, compiled, frozen", step(frozen_compile)


def main():
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    options = arguments(__doc__.splitlines()[0])
    for case in start(options):
        if case["pass"] not in ("training", "inference"):
            continue  # layers: torch_conv.py and torch_dense.py measure those
        for mode, make in modes(options, case):
            measure(options, case, mode, make, case["batch"])
            torch._dynamo.reset()
            torch._inductor.config.freezing = False


if __name__ == "__main__":
    main()
