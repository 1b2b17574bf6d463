"""`torch_gpu_peer.py PRECISION LAYOUT`: a step of pipelines/dcgan.yaml in PyTorch on a GPU, median of 100 after 30. LAYOUT: nchw, nhwc."""

import json
import statistics
import sys
import time

import torch
from torch import nn

precision, layout = sys.argv[1:3]
torch.set_default_device("cuda")
torch.backends.cudnn.benchmark = True
# as TensorFlow does by itself
torch.backends.cuda.matmul.allow_tf32 = True
torch.backends.cudnn.allow_tf32 = True
memory = torch.channels_last if layout == "nhwc" else torch.contiguous_format
x = torch.rand(60_000, 1, 28, 28)
binary = nn.BCEWithLogitsLoss()


def cast():
    return torch.autocast("cuda", dtype=torch.bfloat16, enabled=precision == "bfloat16")


def noise():
    return torch.rand(1024, 100) * 2 - 1


def descent(network):
    return torch.optim.SGD(network.parameters(), 5e-4, momentum=0.9, nesterov=True, fused=True)


generator = nn.Sequential(
    nn.Linear(100, 1024), nn.Tanh(), nn.Linear(1024, 6272), nn.BatchNorm1d(6272), nn.Tanh(), nn.Unflatten(1, (128, 7, 7)),
    nn.Upsample(scale_factor=2), nn.Conv2d(128, 64, 5, padding=2), nn.Tanh(),
    nn.Upsample(scale_factor=2), nn.Conv2d(64, 1, 5, padding=2), nn.Tanh(),
).to(memory_format=memory)  # fmt: skip
discriminator = nn.Sequential(
    nn.Conv2d(1, 64, 5, padding=2), nn.Tanh(), nn.MaxPool2d(2), nn.Conv2d(64, 128, 5), nn.Tanh(), nn.MaxPool2d(2),
    nn.Flatten(), nn.Linear(3200, 1024), nn.Tanh(), nn.Linear(1024, 1),
).to(memory_format=memory)  # fmt: skip
of_discriminator, of_generator = descent(discriminator), descent(generator)
one = torch.ones(1024, 1)
truth = torch.cat([one, torch.zeros(1024, 1)])


def step(number):
    at = number % 58 * 1024
    batch = (x[at : at + 1024] * 2 - 1).contiguous(memory_format=memory)
    with torch.no_grad(), cast():
        fake = generator(noise())
    with cast():
        output = discriminator(torch.cat([batch, fake.float()]).contiguous(memory_format=memory))
    of_discriminator.zero_grad()
    binary(output.float(), truth).backward()
    of_discriminator.step()
    with cast():
        output = discriminator(generator(noise()))
    of_generator.zero_grad()
    loss = binary(output.float(), one)
    loss.backward()
    of_generator.step()
    # ours reads its losses after every step as well
    float(loss)


times = []
for number in range(130):
    start = time.perf_counter()
    step(number)
    times.append(time.perf_counter() - start)
print(json.dumps({"precision": precision, "layout": layout, "value": statistics.median(times[30:]) * 1e3, "unit": "ms/step"}))
