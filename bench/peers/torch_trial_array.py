"""Several trainings of the paper's network in PyTorch: one after the other on all threads, and side by
side in processes of one thread each. Seconds of one round: one step of every trial.
"""

import time

import torch
import torch.multiprocessing as multiprocessing

from measure import arguments, measure, on_cuda, report, set_up, start, synchronize
from paper_network import training_step

LAYOUTS = {"nchw": torch.contiguous_format, "channels_last": torch.channels_last}


def one_after_the_other(options, case, layout):
    steps = [training_step(options, case["units"], case["batch"], layout)
             for _ in range(case["trials"])]

    def round_of_steps():
        for step in steps:
            step()
    return round_of_steps


def trial(options, case, layout, seconds, barrier, results):
    """Steps for as long as the others do, from a common start, `options.repeats` times."""
    set_up(options)
    torch.set_num_threads(1)
    step = training_step(options, case["units"], case["batch"], LAYOUTS[layout])
    step()
    steps_a_wait = 16 if on_cuda(options) else 1
    for _ in range(options.repeats + 1):
        barrier.wait()
        begin, steps = time.perf_counter(), 0
        while steps == 0 or time.perf_counter() - begin < seconds:
            for _ in range(steps_a_wait):
                step()
            synchronize()
            steps += steps_a_wait
        results.put((time.perf_counter() - begin) / steps)
        barrier.wait()


def side_by_side(options, case, layout):
    """The mean over the trials of a step's seconds: in one such time, every trial makes a step."""
    context = multiprocessing.get_context("spawn")
    barrier, results = context.Barrier(case["trials"]), context.SimpleQueue()
    seconds = max(options.seconds, 0.1)
    workers = [
        context.Process(target=trial, daemon=True,
                        args=(options, case, layout, seconds, barrier, results))
        for _ in range(case["trials"])]
    for worker in workers:
        worker.start()
    rounds = [[results.get() for _ in workers] for _ in range(options.repeats + 1)]
    for worker in workers:
        worker.join()
    # The first round warms up.
    return sorted(len(times) / sum(1 / each for each in times) for times in rounds[1:])


def main():
    options = arguments(__doc__.splitlines()[0])
    for case in start(options):
        for layout, memory_format in LAYOUTS.items():
            if options.modes not in layout:
                continue
            images = case["batch"] * case["trials"]
            if case["pass"] == "side by side":
                report(case, layout, side_by_side(options, case, layout), images)
            else:
                measure(options, case, layout,
                        lambda: one_after_the_other(options, case, memory_format), images)


if __name__ == "__main__":
    main()
