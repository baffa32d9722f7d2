"""Many materials, or many draws of parameters, through one compiled program: in memory, as a stream, from a table."""

from .evaluation import Batch, Chunk, batch, batch_chunks

__all__ = ["Batch", "Chunk", "batch", "batch_chunks"]
