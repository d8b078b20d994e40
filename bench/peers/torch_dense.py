"""Dense layers in PyTorch: forward and both backward passes, with bias.

Two modes: the weights as nn.Linear keeps them, [out, in], and as a matrix [in, out].
"""

import torch

from measure import arguments, filled, measure, start


def linear(case):
    batch, ins, outs = case["batch"], case["inFeatures"], case["outFeatures"]
    x, w, bias, dy = filled(batch, ins), filled(outs, ins), filled(outs), filled(batch, outs)
    return {
        "forward": lambda: torch.nn.functional.linear(x, w, bias),
        "backward weights": lambda: (dy.t() @ x, dy.sum(0)),
        "backward input": lambda: dy @ w,
    }[case["pass"]]


def matrix(case):
    batch, ins, outs = case["batch"], case["inFeatures"], case["outFeatures"]
    x, w, bias, dy = filled(batch, ins), filled(ins, outs), filled(outs), filled(batch, outs)
    return {
        "forward": lambda: torch.addmm(bias, x, w),
        "backward weights": lambda: (x.t() @ dy, dy.sum(0)),
        "backward input": lambda: dy @ w.t(),
    }[case["pass"]]


def main():
    options = arguments(__doc__)
    with torch.no_grad():
        for case in start(options):
            for mode, body in {"linear": linear, "matrix": matrix}.items():
                measure(options, case, mode, lambda: body(case))


if __name__ == "__main__":
    main()
