"""What the tests have Optuna itself do with a storage; prints one JSON value.

    run_optuna.py version
    run_optuna.py dump STORAGE               every study with its trials, field by field
    run_optuna.py write STORAGE              the two studies that interop.test.ts knows; then as dump
    run_optuna.py continue STORAGE NAME N    N trials, of as many kinds; then as dump
    run_optuna.py work STORAGE NAME N        N quick trials; then N
    run_optuna.py dashboard STORAGE          notes as optuna-dashboard keeps them; then as dump

STORAGE is the path of a journal, or an URL.
"""

import datetime
import json
import math
import sys
import warnings

import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

warnings.simplefilter("ignore")
optuna.logging.set_verbosity(optuna.logging.ERROR)


def open_storage(text):
    if "://" in text:
        return optuna.storages.get_storage(text)
    return JournalStorage(JournalFileBackend(text))


def milliseconds(moment):
    if moment is None:
        return None
    utc = moment.astimezone(datetime.timezone.utc)
    return math.floor(utc.timestamp() * 1000 + 1e-4)


def described(trial):
    return {
        "number": trial.number,
        "state": trial.state.name.lower(),
        "values": trial.values,
        "params": list(trial.params.items()),
        "distributions": {
            name: optuna.distributions.distribution_to_json(distribution)
            for name, distribution in trial.distributions.items()
        },
        "intermediateValues": sorted(trial.intermediate_values.items()),
        "userAttrs": trial.user_attrs,
        "systemAttrs": trial.system_attrs,
        "datetimeStart": milliseconds(trial.datetime_start),
        "datetimeComplete": milliseconds(trial.datetime_complete),
    }


def dump(storage):
    studies = []
    for frozen in storage.get_all_studies():
        study = optuna.load_study(study_name=frozen.study_name, storage=storage)
        studies.append(
            {
                "name": study.study_name,
                "directions": [direction.name.lower() for direction in study.directions],
                "metricNames": study.metric_names,
                "userAttrs": study.user_attrs,
                "systemAttrs": frozen.system_attrs,
                "trials": [described(trial) for trial in study.get_trials()],
            }
        )
    return studies


def suggest(trial):
    x = trial.suggest_float("x", -5, 5)
    trial.suggest_float("größe", 1e-5, 1e2, log=True)
    trial.suggest_float("step", 0, 1, step=0.1)
    n = trial.suggest_int("n", -3, 8)
    trial.suggest_int("log n", 1, 1000, log=True)
    trial.suggest_int("step n", 0, 20, step=5)
    trial.suggest_categorical("c", [None, True, 3, 0.5, "日本", "1"])
    trial.suggest_categorical("one", ["only"])
    trial.suggest_float("fixed", 2, 2)
    return x * x + n


def one_trial(study):
    trial = study.ask()
    value = suggest(trial)
    k = trial.number % 10
    trial.report(value, 0)
    trial.report([math.nan, math.inf, -math.inf, 0.1][k % 4], 7)
    trial.set_user_attr("notes", {"ключ": [1, 0.5, None, True, "\u2028\"\\"], "nan": math.nan})
    if k == 3:
        study.tell(trial, state=optuna.trial.TrialState.FAIL)
    elif k == 4:
        study.tell(trial, state=optuna.trial.TrialState.PRUNED)
    elif k == 5:
        study.tell(trial, math.inf if trial.number % 20 == 5 else -math.inf)
    elif k != 6:
        study.tell(trial, value)


def write(storage):
    study = optuna.create_study(
        storage=storage,
        study_name="Все виды",
        direction="maximize",
        sampler=optuna.samplers.RandomSampler(seed=1),
    )
    study.set_user_attr("nested", {"a": [1, {"b": None}], "nan": math.nan, "inf": -math.inf})
    study.set_metric_names(["gain"])
    for _ in range(48):
        one_trial(study)
    study.enqueue_trial({"x": 1.5, "c": "日本"}, user_attrs={"queued": True})
    study.enqueue_trial({"x": 99.0})
    two = optuna.create_study(
        storage=storage,
        study_name="two",
        directions=["minimize", "maximize"],
        sampler=optuna.samplers.RandomSampler(seed=2),
    )
    two.set_metric_names(["loss", "gain"])
    for i in range(10):
        trial = two.ask()
        x = trial.suggest_float("x", 0, 1)
        trial.set_constraint("c", x - 0.5)
        trial.set_constraint("é", -math.inf)
        two.tell(trial, [x, math.inf if i == 3 else 1 - x])
    return dump(storage)


def more(storage, name, n):
    study = optuna.load_study(study_name=name, storage=storage)
    for _ in range(n):
        one_trial(study)
    return dump(storage)


def work(storage, name, n):
    sampler = optuna.samplers.RandomSampler()
    study = optuna.load_study(study_name=name, storage=storage, sampler=sampler)
    study.optimize(lambda trial: trial.suggest_float("x", -1, 1) ** 2, n_trials=n)
    return n


def dashboard(text):
    """Opens the storage as the dashboard does, which makes no tables and checks no version."""
    if "://" in text:
        storage = optuna.storages.RDBStorage(
            text, skip_compatibility_check=True, skip_table_creation=True
        )
    else:
        storage = open_storage(text)
    study_id = storage.get_all_studies()[0]._study_id
    storage.set_study_system_attr(study_id, "dashboard:note_ver", 1)
    storage.set_study_system_attr(study_id, "dashboard:note_str:0", "# Übersicht\n")
    storage.set_study_system_attr(study_id, "dashboard:0:note_str:0", "x" * 2000)
    return dump(storage)


def main():
    task, *rest = sys.argv[1:]
    if task == "version":
        result = optuna.__version__
    elif task == "dashboard":
        result = dashboard(rest[0])
    else:
        storage = open_storage(rest[0])
        if task == "dump":
            result = dump(storage)
        elif task == "write":
            result = write(storage)
        elif task == "continue":
            result = more(storage, rest[1], int(rest[2]))
        elif task == "work":
            result = work(storage, rest[1], int(rest[2]))
        else:
            sys.exit(f"unknown task {task}")
    print(json.dumps(result))


main()
