"""Training of the neural witness: pack, damage on the fly, train, export. How to run it: docs/training.md.

Only ``pack`` needs the product's own packages; the rest needs numpy and torch, and ``export`` onnx and onnxruntime,
so that it runs on a machine that was lent for its GPU.
"""
