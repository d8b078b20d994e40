"""What the PyTorch peers share: arguments, timing, and the lines they print.

A peer reads the lines of `trialforge_bench SUBJECT --list-cases` from standard input, and prints one
JSON object a line: first {"version", "device", "threads"}, then for every case and every mode a user
could pick {"name", "pass", "mode", "seconds", "minSeconds", "images"}: seconds of one run, and how many
images it takes in (0: the same work as a run of the native program); or, for a mode that this
installation cannot run, {"name", "pass", "mode", "error"}.
"""

import argparse
import contextlib
import json
import math
import statistics
import sys
import time

import torch


def arguments(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--device", default="cpu", help="cpu, cuda or cuda:N")
    parser.add_argument("--precision", default="float32", choices=["float32", "tf32", "bfloat16"])
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--seconds", type=float, default=0.2, help="least length of one timing")
    parser.add_argument("--repeats", type=int, default=5, help="timings a mode")
    parser.add_argument("--quick", action="store_true", help="leave out what takes long to set up")
    parser.add_argument("--modes", default="", help="only modes with this in their name")
    return parser.parse_args()


def on_cuda(options):
    return options.device.startswith("cuda")


def set_up(options):
    """Device, threads and precision of this process."""
    if on_cuda(options) and not torch.cuda.is_available():
        sys.exit(f"PyTorch {torch.__version__} finds no CUDA device")
    torch.manual_seed(0)
    torch.set_num_threads(options.threads)
    torch.set_default_device(options.device)
    if on_cuda(options):
        torch.cuda.set_device(torch.device(options.device))
    # PyTorch's own defaults differ between matrix products and convolutions.
    torch.backends.cuda.matmul.allow_tf32 = options.precision == "tf32"
    torch.backends.cudnn.allow_tf32 = options.precision == "tf32"
    torch.backends.cudnn.benchmark = True


def start(options):
    """Sets the process up, prints the first line and returns the cases."""
    set_up(options)
    first = {"version": torch.__version__, "device": options.device,
             "threads": torch.get_num_threads()}
    print(json.dumps(first), flush=True)
    return [json.loads(line) for line in sys.stdin]


def operand_type(options):
    """Of single operations. With bfloat16, a user keeps the tensors in it."""
    return torch.bfloat16 if options.precision == "bfloat16" else torch.float32


def mixed_precision(options):
    """Around a network's forward pass."""
    if options.precision == "bfloat16":
        return torch.autocast(torch.device(options.device).type, torch.bfloat16)
    return contextlib.nullcontext()


def filled(*size, dtype=torch.float32):
    """Values of the range that the native program's operands have."""
    return (torch.rand(*size) * 0.16 - 0.08).to(dtype)


def synchronize():
    if torch.cuda.is_initialized():
        torch.cuda.synchronize()


def timings(options, body):
    """Ascending seconds of one run of `body`, from batches of runs that each fill
    `options.seconds`, with one wait for the device at the end of each."""
    def seconds_of(runs):
        begin = time.perf_counter()
        for _ in range(runs):
            body()
        synchronize()
        return time.perf_counter() - begin
    seconds_of(1)
    runs, elapsed = 1, seconds_of(1)
    while elapsed < options.seconds / 4:
        runs *= 2
        elapsed = seconds_of(runs)
    runs = max(1, math.ceil(runs * options.seconds / elapsed))
    return sorted(seconds_of(runs) / runs for _ in range(options.repeats))


def report(case, mode, seconds, images=0):
    say(case, mode, seconds=statistics.median(seconds), minSeconds=seconds[0], images=images)


def measure(options, case, mode, make, images=0):
    """Times what `make` returns. A mode that fails is told and left out: nobody could pick it."""
    if options.modes not in mode:
        return
    try:
        report(case, mode, timings(options, make()), images)
    except Exception as error:  # compilers fail in ways of their own
        reason = str(error).strip() or type(error).__name__
        say(case, mode, error=reason.splitlines()[0])


def say(case, mode, **rest):
    print(json.dumps({"name": case["name"], "pass": case["pass"], "mode": mode} | rest), flush=True)
