"""Learn ten digits, show each with its lower half hidden, and plot what the network makes of it: train_infer_plot.py [PICTURE]"""
import sys

import matplotlib
import numpy as np
import spikewell

matplotlib.use("Agg")  # draws into files
import matplotlib.pyplot as plt

config = spikewell.default_config()
model = spikewell.train(config, backend="spiking")
images = spikewell.training_images(config)  # [64 nodes, 10 images]
upper = np.where(np.arange(64)[:, None] < 32, images, 0)
strength = config["evaluation"]["signal_strength"] * config["training"]["evidence"]
states = np.column_stack([model.infer(strength * image, steps=200).mean(axis=1) for image in upper.T])

figure, axes = plt.subplots(3, 10, figsize=(10, 3.4), layout="tight")
for row, pictures, name in zip(axes, (images, upper, states), ("learnt", "shown", "inferred")):
    row[0].set_ylabel(name)
    for axis, picture in zip(row, pictures.T):
        axis.imshow(picture.reshape(8, 8), cmap="gray")
        axis.set(xticks=[], yticks=[])
figure.savefig(sys.argv[1] if len(sys.argv) > 1 else "digits.png")
