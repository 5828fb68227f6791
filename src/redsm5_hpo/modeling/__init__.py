"""Tensors in, tensors out: encoders, pooling, heads, fusion, the four architectures, decoding."""
