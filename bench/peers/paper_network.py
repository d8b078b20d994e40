"""The paper's network in PyTorch, on synthetic images of MNIST's shape."""

import torch
from measure import mixed_precision, on_cuda
from torch import nn


def paper_network(units):
    return nn.Sequential(
        nn.Conv2d(1, 32, 3), nn.ReLU(), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(9216, units), nn.ReLU(), nn.Dropout(0.5), nn.Linear(units, 10))


def training_step(options, units, batch, memory_format, wrap=lambda model: model):
    """One step of Adam. The images are in memory already and always the same."""
    model = paper_network(units).to(memory_format=memory_format)
    x = torch.rand(batch, 1, 28, 28).contiguous(memory_format=memory_format)
    labels = torch.randint(0, 10, (batch,))
    # So low that the weights, and with them the range of all values, stay as they are.
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-6, fused=True,
                                 capturable=on_cuda(options))
    loss = nn.CrossEntropyLoss()
    run = wrap(model)

    def step():
        optimizer.zero_grad(set_to_none=True)
        with mixed_precision(options):
            value = loss(run(x), labels)
        value.backward()
        optimizer.step()
    return step


def inference_step(options, units, batch, memory_format, wrap=lambda model, x: model):
    """Class probabilities of one batch."""
    model = nn.Sequential(paper_network(units), nn.Softmax(1)).to(memory_format=memory_format).eval()
    x = torch.rand(batch, 1, 28, 28).contiguous(memory_format=memory_format)
    with torch.no_grad():
        run = wrap(model, x)

    def step():
        with torch.inference_mode(), mixed_precision(options):
            run(x)
    return step


def captured(step):
    """The step as one CUDA graph: nothing is launched by itself any more."""
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for _ in range(3):
            step()
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        step()
    return graph.replay
