"""`torch_peer.py WORK PRECISION`: one epoch (aae, mlp, lenet) or some steps (dcgan) in PyTorch, after a warm-up."""

import time

import torch
from mnist import images, labels, say, work_and_precision
from torch import nn

work, precision = work_and_precision()
x = torch.from_numpy(images().reshape(-1, 1, 28, 28))
binary = nn.BCEWithLogitsLoss()


def cast():
    return torch.autocast("cpu", dtype=torch.bfloat16, enabled=precision == "bfloat16")


def adversarial_autoencoder():
    def stack(sizes):
        inner = []
        for inputs, outputs in zip(sizes[:-2], sizes[1:-1]):
            inner += [nn.Linear(inputs, outputs), nn.Dropout(0.2), nn.ReLU()]
        return nn.Sequential(*inner, nn.Linear(sizes[-2], sizes[-1]))

    encoder, decoder, discriminator = stack([784, 392, 392, 10]), stack([10, 392, 392, 784]), stack([10, 1500, 1500, 1])

    def adam(network, rate):
        return torch.optim.Adam(network.parameters(), lr=rate, fused=True)

    of_encoder, of_decoder, of_discriminator = adam(encoder, 1e-3), adam(decoder, 1e-3), adam(discriminator, 1e-3)
    of_generator = adam(encoder, 1e-4)
    one, zero = torch.ones(1024, 1), torch.zeros(1024, 1)

    def update(loss, *optimizers):
        for optimizer in optimizers:
            optimizer.zero_grad()
        loss.backward()
        for optimizer in optimizers:
            optimizer.step()

    def step(batch):
        with cast():
            output = decoder(encoder(batch))
        update(binary(output.float(), batch), of_encoder, of_decoder)
        encoder.eval()
        with torch.no_grad(), cast():
            code = encoder(batch)
        encoder.train()
        with cast():
            real, fake = discriminator(torch.randn(1024, 10) * 5), discriminator(code)
        update(binary(real.float(), one) + binary(fake.float(), zero), of_discriminator)
        with cast():
            fake = discriminator(encoder(batch))
        update(binary(fake.float(), one), of_generator)

    data = x.reshape(-1, 784)
    for _ in range(2):
        start = time.perf_counter()
        order = torch.randperm(len(x))
        for at in range(0, len(x) - 1023, 1024):
            step(data[order[at : at + 1024]])
        seconds = time.perf_counter() - start
    say(seconds, "s/epoch")


def classifier(*inner):
    model = nn.Sequential(*inner)
    y = torch.from_numpy(labels().astype("int64"))
    optimizer, cross_entropy = torch.optim.Adam(model.parameters(), fused=True), nn.CrossEntropyLoss()
    steps = len(x) // 32
    for _ in range(2):
        start = time.perf_counter()
        order = torch.randperm(len(x))
        for at in range(steps):
            chosen = order[at * 32 : (at + 1) * 32]
            optimizer.zero_grad()
            cross_entropy(model(x[chosen]), y[chosen]).backward()
            optimizer.step()
        seconds = time.perf_counter() - start
    say(seconds / steps * 1e3, "ms/step")


def convolutional_gan():
    generator = nn.Sequential(
        nn.Linear(100, 1024), nn.Tanh(), nn.Linear(1024, 6272), nn.BatchNorm1d(6272), nn.Tanh(), nn.Unflatten(1, (128, 7, 7)),
        nn.Upsample(scale_factor=2), nn.Conv2d(128, 64, 5, padding=2), nn.Tanh(),
        nn.Upsample(scale_factor=2), nn.Conv2d(64, 1, 5, padding=2), nn.Tanh(),
    )  # fmt: skip
    discriminator = nn.Sequential(
        nn.Conv2d(1, 64, 5, padding=2), nn.Tanh(), nn.MaxPool2d(2), nn.Conv2d(64, 128, 5), nn.Tanh(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(3200, 1024), nn.Tanh(), nn.Linear(1024, 1),
    )  # fmt: skip

    def descent(network):
        return torch.optim.SGD(network.parameters(), 5e-4, momentum=0.9, nesterov=True, fused=True)

    of_discriminator, of_generator = descent(discriminator), descent(generator)
    batch, one = x[:1024] * 2 - 1, torch.ones(1024, 1)
    truth = torch.cat([one, torch.zeros(1024, 1)])

    def step():
        with torch.no_grad(), cast():
            fake = generator(torch.rand(1024, 100) * 2 - 1)
        with cast():
            output = discriminator(torch.cat([batch, fake.float()]))
        of_discriminator.zero_grad()
        binary(output.float(), truth).backward()
        of_discriminator.step()
        with cast():
            output = discriminator(generator(torch.rand(1024, 100) * 2 - 1))
        of_generator.zero_grad()
        binary(output.float(), one).backward()
        of_generator.step()

    step()
    start = time.perf_counter()
    for _ in range(4):
        step()
    say((time.perf_counter() - start) / 4, "s/step")


if work == "aae":
    adversarial_autoencoder()
elif work == "mlp":
    classifier(nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))
elif work == "lenet":
    classifier(
        nn.Conv2d(1, 6, 5), nn.Tanh(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.Tanh(), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(256, 120), nn.Tanh(), nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, 10),
    )  # fmt: skip
else:
    convolutional_gan()
