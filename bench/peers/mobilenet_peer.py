"""`mobilenet_peer.py IMAGES`: milliseconds an image of Keras's predict, from 28×28 grey pictures to the features of MobileNetV2."""

import os
import sys
import time

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np

count = int(sys.argv[1])
given = keras.Input((28, 28, 1))
large = keras.layers.Resizing(224, 224)(given)
colour = keras.layers.Rescaling(1 / 127.5, -1)(keras.layers.Concatenate()([large] * 3))
network = keras.applications.MobileNetV2(input_shape=(224, 224, 3), include_top=False, weights=None, pooling="avg")
model = keras.Model(given, network(colour))
pictures = np.random.default_rng(1).integers(0, 256, (count, 28, 28, 1)).astype("float32")

best = float("inf")
# predict's own batch size, and a smaller one
for batch in (32, 8):
    model.predict(pictures[:batch], batch_size=batch, verbose=0)
    start = time.perf_counter()
    model.predict(pictures, batch_size=batch, verbose=0)
    best = min(best, (time.perf_counter() - start) / count * 1e3)
print(best)
