"""`keras_peer.py WORK PRECISION`: one epoch (aae, mlp, lenet) or some steps (dcgan) in Keras 3 on TensorFlow, after a warm-up."""

import os
import time

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np
import tensorflow as tf
from mnist import images, labels, say, work_and_precision

layers = tf.keras.layers
sequential = tf.keras.Sequential
work, precision = work_and_precision()
if precision == "bfloat16":
    tf.keras.mixed_precision.set_global_policy("mixed_bfloat16")
x = images()


def adversarial_autoencoder():
    def stack(sizes, last):
        inner = []
        for units in sizes[1:-1]:
            inner += [layers.Dense(units), layers.Dropout(0.2), layers.ReLU()]
        end = layers.Dense(sizes[-1], activation=last, dtype="float32")
        return sequential([layers.Input((sizes[0],)), *inner, end])

    encoder = stack([784, 392, 392, 10], None)
    decoder = stack([10, 392, 392, 784], "sigmoid")
    discriminator = stack([10, 1500, 1500, 1], "sigmoid")
    adam = tf.keras.optimizers.Adam
    of_encoder, of_decoder, of_discriminator, of_generator = adam(1e-3), adam(1e-3), adam(1e-3), adam(1e-4)
    cross_entropy = tf.keras.losses.BinaryCrossentropy()

    @tf.function
    def step(batch):
        with tf.GradientTape() as tape:
            reconstruction = cross_entropy(batch, decoder(encoder(batch, training=True), training=True))
        count = len(encoder.trainable_variables)
        gradients = tape.gradient(reconstruction, encoder.trainable_variables + decoder.trainable_variables)
        of_encoder.apply_gradients(zip(gradients[:count], encoder.trainable_variables))
        of_decoder.apply_gradients(zip(gradients[count:], decoder.trainable_variables))
        real = tf.random.normal([tf.shape(batch)[0], 10]) * 5
        fake = encoder(batch, training=False)
        with tf.GradientTape() as tape:
            told = discriminator(real, training=True), discriminator(fake, training=True)
            discrimination = cross_entropy(tf.ones_like(told[0]), told[0]) + cross_entropy(tf.zeros_like(told[1]), told[1])
        gradients = tape.gradient(discrimination, discriminator.trainable_variables)
        of_discriminator.apply_gradients(zip(gradients, discriminator.trainable_variables))
        with tf.GradientTape() as tape:
            told = discriminator(encoder(batch, training=True), training=True)
            generation = cross_entropy(tf.ones_like(told), told)
        gradients = tape.gradient(generation, encoder.trainable_variables)
        of_generator.apply_gradients(zip(gradients, encoder.trainable_variables))
        return reconstruction, discrimination, generation

    data = tf.constant(x.reshape(-1, 784))
    for _ in range(2):
        start = time.perf_counter()
        order = np.random.permutation(len(x)).astype("int32")
        for at in range(0, len(x) - 1023, 1024):
            losses = step(tf.gather(data, order[at : at + 1024]))
        [float(loss) for loss in losses]
        seconds = time.perf_counter() - start
    say(seconds, "s/epoch")


def classifier(*inner):
    model = sequential([layers.Input((28, 28, 1)), *inner, layers.Dense(10, dtype="float32")])
    loss = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer="adam", loss=loss, metrics=["accuracy"])
    y = labels().astype("int32")
    model.fit(x[:3200], y[:3200], batch_size=32, verbose=0)
    start = time.perf_counter()
    model.fit(x, y, batch_size=32, verbose=0)
    say((time.perf_counter() - start) / (len(x) // 32) * 1e3, "ms/step")


def convolutional_gan():
    tanh = {"activation": "tanh"}
    generator = sequential([
        layers.Input((100,)), layers.Dense(1024, **tanh), layers.Dense(6272), layers.BatchNormalization(), layers.Activation("tanh"),
        layers.Reshape((7, 7, 128)), layers.UpSampling2D(), layers.Conv2D(64, 5, padding="same", **tanh),
        layers.UpSampling2D(), layers.Conv2D(1, 5, padding="same", dtype="float32", **tanh),
    ])  # fmt: skip
    discriminator = sequential([
        layers.Input((28, 28, 1)), layers.Conv2D(64, 5, padding="same", **tanh), layers.MaxPool2D(), layers.Conv2D(128, 5, **tanh),
        layers.MaxPool2D(), layers.Flatten(), layers.Dense(1024, **tanh), layers.Dense(1, activation="sigmoid", dtype="float32"),
    ])  # fmt: skip
    optimizers = [tf.keras.optimizers.SGD(5e-4, momentum=0.9, nesterov=True) for _ in range(2)]
    cross_entropy = tf.keras.losses.BinaryCrossentropy()

    @tf.function
    def step(batch):
        count = tf.shape(batch)[0]
        # the generator normalises with the batch's own statistics, as everywhere in this comparison
        fake = generator(tf.random.uniform([count, 100], -1, 1), training=True)
        truth = tf.concat([tf.ones([count, 1]), tf.zeros([count, 1])], 0)
        with tf.GradientTape() as tape:
            discrimination = cross_entropy(truth, discriminator(tf.concat([batch, fake], 0), training=True))
        gradients = tape.gradient(discrimination, discriminator.trainable_variables)
        optimizers[0].apply_gradients(zip(gradients, discriminator.trainable_variables))
        with tf.GradientTape() as tape:
            fake = generator(tf.random.uniform([count, 100], -1, 1), training=True)
            generation = cross_entropy(tf.ones([count, 1]), discriminator(fake, training=True))
        gradients = tape.gradient(generation, generator.trainable_variables)
        optimizers[1].apply_gradients(zip(gradients, generator.trainable_variables))
        return discrimination, generation

    batch = tf.constant(x[:1024] * 2 - 1)
    step(batch)
    start = time.perf_counter()
    for _ in range(4):
        [float(loss) for loss in step(batch)]
    say((time.perf_counter() - start) / 4, "s/step")


tanh = {"activation": "tanh"}
if work == "aae":
    adversarial_autoencoder()
elif work == "mlp":
    classifier(layers.Flatten(), layers.Dense(128, activation="relu"))
elif work == "lenet":
    classifier(
        layers.Conv2D(6, 5, **tanh), layers.MaxPool2D(), layers.Conv2D(16, 5, **tanh), layers.MaxPool2D(), layers.Flatten(),
        layers.Dense(120, **tanh), layers.Dense(84, **tanh),
    )  # fmt: skip
else:
    convolutional_gan()
