"""The optional encoder of meaning: a small English model that runs on this machine, and the vectors it makes.

Needs numpy, onnxruntime and the package that carries the model's weights; nothing is ever fetched at run time.
"""
