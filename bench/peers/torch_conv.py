"""Convolutions in PyTorch: forward and both backward passes, with bias, NCHW and channels-last."""

import torch

from measure import arguments, filled, measure, operand_type, start


def operands(case, memory_format, dtype):
    sizes = {
        "x": (case["batch"], case["inChannels"], case["inHeight"], case["inWidth"]),
        "w": (case["outChannels"], case["inChannels"], case["kernelHeight"], case["kernelWidth"]),
        "dy": (case["batch"], case["outChannels"], case["outHeight"], case["outWidth"]),
    }
    return [filled(*size, dtype=dtype).contiguous(memory_format=memory_format)
            for size in sizes.values()]


def padding(case):
    """As the networks pad: both sides alike, as much as gives the case's output."""
    def one(size, kernel, out):
        pad = max(0, -(-((out - 1) * case["stride"] + kernel - size) // 2))
        got = (size + 2 * pad - kernel) // case["stride"] + 1
        assert got == out, f"{case['name']}: {got} instead of {out} pixels"
        return pad
    return [one(case["inHeight"], case["kernelHeight"], case["outHeight"]),
            one(case["inWidth"], case["kernelWidth"], case["outWidth"])]


def body(options, case, memory_format):
    dtype = operand_type(options)
    x, w, dy = operands(case, memory_format, dtype)
    stride, pad = [case["stride"]] * 2, padding(case)
    if case["pass"] == "forward":
        bias = filled(case["outChannels"], dtype=dtype)
        return lambda: torch.conv2d(x, w, bias, stride, pad)
    of_input = case["pass"] == "backward input"
    gradients = [of_input, not of_input, not of_input]
    return lambda: torch.ops.aten.convolution_backward(
        dy, x, w, [case["outChannels"]], stride, pad, [1, 1], False, [0, 0], 1, gradients)


def main():
    options = arguments(__doc__)
    modes = {"nchw": torch.contiguous_format, "channels_last": torch.channels_last}
    with torch.no_grad():
        for case in start(options):
            for mode, memory_format in modes.items():
                measure(options, case, mode, lambda: body(options, case, memory_format))


if __name__ == "__main__":
    main()
