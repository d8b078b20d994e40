"""Max and average pooling in PyTorch: forward and backward, NCHW and channels-last."""

import torch

from measure import arguments, filled, measure, operand_type, start


def body(options, case, memory_format):
    channels, dtype = (case["batch"], case["channels"]), operand_type(options)
    x = filled(*channels, case["inHeight"], case["inWidth"], dtype=dtype)
    x = x.contiguous(memory_format=memory_format)
    dy = filled(*channels, case["outHeight"], case["outWidth"], dtype=dtype)
    dy = dy.contiguous(memory_format=memory_format)
    window, stride = [case["pool"]] * 2, [case["stride"]] * 2
    # As the networks pad: both sides alike, as much as gives the case's output.
    pad = [max(0, -(-((case["outHeight"] - 1) * case["stride"] + case["pool"] - case["inHeight"])
                    // 2))] * 2
    if case["max"]:
        y, argmax = torch.ops.aten.max_pool2d_with_indices(x, window, stride, pad)
        assert y.shape == dy.shape, f"{case['name']}: {y.shape}"
        return {
            "forward": lambda: torch.ops.aten.max_pool2d_with_indices(x, window, stride, pad),
            "backward": lambda: torch.ops.aten.max_pool2d_with_indices_backward(
                dy, x, window, stride, pad, [1, 1], False, argmax),
        }[case["pass"]]
    # The mean of the pixels inside the image.
    rest = (False, False, None)
    assert torch.ops.aten.avg_pool2d(x, window, stride, pad, *rest).shape == dy.shape, case["name"]
    return {
        "forward": lambda: torch.ops.aten.avg_pool2d(x, window, stride, pad, *rest),
        "backward": lambda: torch.ops.aten.avg_pool2d_backward(dy, x, window, stride, pad, *rest),
    }[case["pass"]]


def main():
    options = arguments(__doc__)
    modes = {"nchw": torch.contiguous_format, "channels_last": torch.channels_last}
    with torch.no_grad():
        for case in start(options):
            for mode, memory_format in modes.items():
                measure(options, case, mode, lambda: body(options, case, memory_format))


if __name__ == "__main__":
    main()
