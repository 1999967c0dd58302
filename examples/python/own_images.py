"""Images as an array, learnt in spikes, and one shown with its lower half hidden: own_images.py"""
import numpy as np
import spikewell as sw

rng = np.random.default_rng(3)
images = np.kron(rng.random((4, 4, 4)), np.ones((2, 2))).reshape(4, 64)  # 8 x 8 pixels of your own
model = sw.train(images, training={"presentations": 1000}, seed=1)
hidden = np.where(np.arange(64) < 32, model.images[2], 0)
inferred = model.infer(1.1 * hidden, steps=300)
for k, image in enumerate(model.images):
    print(f"image {k}: correlation {np.corrcoef(inferred.mean, image)[0, 1]:.2f}")
