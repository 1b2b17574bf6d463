"""Gaussian pyramids by scikit-image: python pyramid_skimage.py > pyramid_skimage.json. Needs scikit-image.

Pixel n of all images of a shape together is ((7919 n) mod 1009) / 1009.
"""
import json

import numpy as np
from skimage.transform import pyramid_gaussian

shapes = [[2, 28, 28, 1], [1, 9, 5, 3], [1, 1, 6, 1], [5, 3, 2, 2], [1, 1, 1, 1]]


def pyramid(image):
    grey = image.shape[2] == 1
    levels = pyramid_gaussian(image[:, :, 0]) if grey else pyramid_gaussian(image, channel_axis=-1)
    return np.hstack([level.ravel() for level in levels])


cases = []
for shape in shapes:
    images = (7919 * np.arange(np.prod(shape)) % 1009 / 1009).reshape(shape)
    cases.append({"shape": shape, "features": [[round(value, 8) for value in pyramid(image)] for image in images]})
print(json.dumps(cases))
