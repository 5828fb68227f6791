"""What all tests share: one thread, since those of torch would compete with the workers that tests start."""

import torch

torch.set_num_threads(1)
