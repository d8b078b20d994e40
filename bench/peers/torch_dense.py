"""Dense layers in PyTorch: forward and both backward passes, with bias.

Two modes: the weights as nn.Linear keeps them, [out, in], and as a matrix [in, out].
"""

import torch

from measure import arguments, filled, measure, operand_type, start


def operands(case, dtype, weights):
    batch, ins, outs = case["batch"], case["inFeatures"], case["outFeatures"]
    w = (outs, ins) if weights == "linear" else (ins, outs)
    return [filled(*size, dtype=dtype) for size in [(batch, ins), w, (outs,), (batch, outs)]]


def linear(case, dtype):
    x, w, bias, dy = operands(case, dtype, "linear")
    return {
        "forward": lambda: torch.nn.functional.linear(x, w, bias),
        "backward weights": lambda: (dy.t() @ x, dy.sum(0)),
        "backward input": lambda: dy @ w,
    }[case["pass"]]


def matrix(case, dtype):
    x, w, bias, dy = operands(case, dtype, "matrix")
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
                measure(options, case, mode, lambda: body(case, operand_type(options)))


if __name__ == "__main__":
    main()
