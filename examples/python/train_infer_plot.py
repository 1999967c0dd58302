"""Learn ten digits, show each with its lower half hidden, and plot what the network makes of it: train_infer_plot.py [PICTURE]"""
import sys

import matplotlib
import numpy as np
import spikewell

matplotlib.use("Agg")  # draws into files
import matplotlib.pyplot as plt

config = spikewell.default_config()
model = spikewell.train(config, backend="spiking")
images = model.images  # [10 images, 64 nodes]
upper = np.where(np.arange(64) < 32, images, 0)
strength = config["evaluation"]["signal_strength"] * config["training"]["evidence"]
states = [model.infer(strength * image, steps=200).mean for image in upper]

figure, axes = plt.subplots(3, 10, figsize=(10, 3.4), layout="tight")
for row, pictures, name in zip(axes, (images, upper, states), ("learnt", "shown", "inferred")):
    row[0].set_ylabel(name)
    for axis, picture in zip(row, pictures):
        axis.imshow(picture.reshape(8, 8), cmap="gray")
        axis.set(xticks=[], yticks=[])
figure.savefig(sys.argv[1] if len(sys.argv) > 1 else "digits.png")
