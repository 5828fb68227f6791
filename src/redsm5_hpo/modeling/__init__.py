"""Tensors in, tensors out: encoders, pooling, heads, the four architectures, decoding."""
