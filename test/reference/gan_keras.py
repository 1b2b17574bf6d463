"""Five steps of a small GAN by Keras: writes gan_keras.json beside this file.

    python3 -m venv env && env/bin/pip install tensorflow-cpu==2.21.0 && env/bin/python gan_keras.py

Weights, images and noise come from a generator that the test has too: x <- (1103515245 x + 12345) mod 2^31, x / 2^31.
"""
import json
import os
import pathlib

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras
import numpy as np
import tensorflow as tf
from keras import layers

BATCH, STEPS, NOISE = 16, 5, 5


def uniform(shape, seed):
    values = np.empty(int(np.prod(shape)))
    for i in range(len(values)):
        seed = (1103515245 * seed + 12345) % 2**31
        values[i] = seed / 2**31
    return values.reshape(shape).astype("float32")


generator = keras.Sequential([
    keras.Input((NOISE,)),
    layers.Dense(32), layers.BatchNormalization(), layers.Activation("tanh"), layers.Reshape((4, 4, 2)),
    layers.UpSampling2D(2), layers.Conv2D(1, 3, padding="same", activation="tanh"),
])
discriminator = keras.Sequential([
    keras.Input((8, 8, 1)),
    layers.Conv2D(4, 3, padding="same", activation="tanh"), layers.MaxPool2D(2), layers.Flatten(),
    layers.Dense(8, activation="tanh"), layers.Dense(1),
])
seed = 10
for network in (generator, discriminator):
    for weight in network.trainable_weights:
        weight.assign((uniform(weight.shape, seed) - 0.5) * 0.6 + (1 if "gamma" in weight.path else 0))
        seed += 1

optimizers = [keras.optimizers.SGD(0.05, momentum=0.9, nesterov=True) for _ in range(2)]
entropy = keras.losses.BinaryCrossentropy(from_logits=True)
history = []
for step in range(STEPS):
    real = uniform((BATCH, 8, 8, 1), 50 + step) * 2 - 1
    first, second = (uniform((BATCH, NOISE), 100 + 2 * step + part) * 2 - 1 for part in (0, 1))
    with tf.GradientTape() as tape:
        logits = discriminator(tf.concat([real, generator(first, training=True)], 0))
        loss_d = entropy(tf.concat([tf.ones((BATCH, 1)), tf.zeros((BATCH, 1))], 0), logits)
    weights = discriminator.trainable_weights
    optimizers[0].apply_gradients(zip(tape.gradient(loss_d, weights), weights))
    with tf.GradientTape() as tape:
        loss_g = entropy(tf.ones((BATCH, 1)), discriminator(generator(second, training=True)))
    weights = generator.trainable_weights
    optimizers[1].apply_gradients(zip(tape.gradient(loss_g, weights), weights))
    right = [np.mean(logits[:BATCH] > 0), np.mean(logits[BATCH:] <= 0)]
    history.append({"discriminatorLoss": float(loss_d), "accuracyOnReal": float(right[0]),
                    "accuracyOnGenerated": float(right[1]), "generatorLoss": float(loss_g)})
normalisation = generator.layers[1]
result = {
    "history": history,
    "movingMean": [float(value) for value in normalisation.moving_mean.numpy()],
    "movingVariance": [float(value) for value in normalisation.moving_variance.numpy()],
}
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(result, indent=1) + "\n")
