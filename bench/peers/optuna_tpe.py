"""The studies of the benchmark `tpe` in Optuna.

Reads one case (bench/tpe/cases.ts) as JSON from standard input, runs its study in the current folder,
and prints {"name", "pass", "seconds", "lastSeconds", "peakBytes"}: seconds of the study and of one of
its last 100 trials, and the largest resident set.
"""

import json
import math
import resource
import sys
import time

import optuna
from optuna.samplers import RandomSampler, TPESampler
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

SEED = 0
SAMPLERS = {
    "defaults": lambda: TPESampler(seed=SEED),
    "independent": lambda: TPESampler(seed=SEED, multivariate=False, constant_liar=False),
    "random": lambda: RandomSampler(seed=SEED),
}
STORAGES = {
    "memory": lambda: None,
    "sqlite": lambda: "sqlite:///bench.db",
    "journal": lambda: JournalStorage(JournalFileBackend("bench.log")),
}


def suggest_all(trial, case):
    total = 0.0
    for i in range(case["parameters"]):
        name, kind = f"x{i}", i % 5 if case["space"] == "mixed" else 0
        if kind == 0:
            total += trial.suggest_float(name, -5, 5) ** 2
        elif kind == 1:
            total += math.log10(trial.suggest_float(name, 1e-5, 1, log=True)) ** 2
        elif kind == 2:
            total += (trial.suggest_int(name, -10, 10) / 2) ** 2
        elif kind == 3:
            total += math.log2(trial.suggest_int(name, 1, 1024, log=True)) ** 2
        elif trial.suggest_categorical(name, ["a", "b", "c", "d"]) != "c":
            total += 1
    return total


def main():
    case = json.load(sys.stdin)
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(
        storage=STORAGES[case["storage"]](),
        sampler=SAMPLERS[case["sampler"]](),
        directions=["minimize"] * case["objectives"],
    )

    def objective(trial):
        value = suggest_all(trial, case)
        return value if case["objectives"] == 1 else (value, trial.params["x0"] + 5)

    ends = []
    begin = time.perf_counter()
    study.optimize(objective, n_trials=case["trials"],
                   callbacks=[lambda study, trial: ends.append(time.perf_counter())])
    seconds = time.perf_counter() - begin
    last = min(100, case["trials"] - 1)
    print(json.dumps({
        "name": case["name"],
        "pass": case["pass"],
        "seconds": seconds,
        "lastSeconds": (ends[-1] - ends[-1 - last]) / last,
        "peakBytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }))


main()
