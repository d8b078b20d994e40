"""What the PyTorch peers share: arguments, timing, and the lines they print.

A peer reads the lines of `trialforge_bench SUBJECT --list-cases` from standard input, and prints one
JSON object a line: first {"version", "threads"}, then for every case and every mode a user could pick
{"name", "pass", "mode", "seconds", "minSeconds", "images"}: seconds of one run, and how many images it
takes in (0: the same work as a run of the native program); or, for a mode that this installation
cannot run, {"name", "pass", "mode", "error"}.
"""

import argparse
import json
import statistics
import sys
import time

import torch


def arguments(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--seconds", type=float, default=0.2, help="least length of one timing")
    parser.add_argument("--repeats", type=int, default=5, help="timings a mode")
    parser.add_argument("--quick", action="store_true", help="leave out what takes long to set up")
    return parser.parse_args()


def start(options):
    """Sets the threads, prints the first line and returns the cases."""
    torch.manual_seed(0)
    torch.set_num_threads(options.threads)
    print(json.dumps({"version": torch.__version__, "threads": torch.get_num_threads()}), flush=True)
    return [json.loads(line) for line in sys.stdin]


def filled(*size):
    """Values of the range that the native program's operands have."""
    return torch.rand(*size) * 0.16 - 0.08


def timings(options, body):
    """Ascending seconds of one run of `body`, each from runs that fill `options.seconds`."""
    def seconds_a_run(seconds):
        begin, runs = time.perf_counter(), 0
        while True:
            body()
            runs += 1
            elapsed = time.perf_counter() - begin
            if elapsed >= seconds:
                return elapsed / runs
    seconds_a_run(options.seconds / 4)
    return sorted(seconds_a_run(options.seconds) for _ in range(options.repeats))


def report(case, mode, seconds, images=0):
    say(case, mode, seconds=statistics.median(seconds), minSeconds=seconds[0], images=images)


def measure(options, case, mode, make, images=0):
    """Times what `make` returns. A mode that fails is told and left out: nobody could pick it."""
    try:
        report(case, mode, timings(options, make()), images)
    except Exception as error:  # compilers fail in ways of their own
        reason = str(error).strip() or type(error).__name__
        say(case, mode, error=reason.splitlines()[0])


def say(case, mode, **rest):
    print(json.dumps({"name": case["name"], "pass": case["pass"], "mode": mode} | rest), flush=True)
